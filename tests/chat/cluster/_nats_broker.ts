import { createRequire } from "node:module";
import type { ChatLog } from "../../../chat/cluster/chat_log.ts";
import type {
  NatsJetStreamManager,
  NatsLogConnection,
} from "../../../chat/cluster/nats_jetstream.ts";
import {
  natsLog,
  type NatsLogOptions,
} from "../../../chat/cluster/nats_log.ts";
import { findNatsClient, NatsServer } from "../../_nats_server.ts";
import type { LogBroker } from "./_log_contract.ts";

/** Milliseconds of a lease in tests: the least there can be. */
export const LEASE_TIME = 1000;

/** A connection of the real client, with what tests use of it. */
export interface NatsConnection extends NatsLogConnection {
  close(): Promise<void>;
  flush(): Promise<void>;
}

/** The streams of the real client, with what tests use of them. */
export interface NatsManager extends NatsJetStreamManager {
  readonly streams: NatsJetStreamManager["streams"] & {
    delete(name: string): Promise<unknown>;
    deleteMessage(name: string, sequence: number): Promise<unknown>;
  };
  readonly consumers: {
    list(stream: string): AsyncIterable<{ readonly name: string }>;
    delete(stream: string, name: string): Promise<unknown>;
  };
}

interface Packages {
  connect(options: Record<string, unknown>): Promise<NatsConnection>;
  jetstreamManager(
    connection: NatsLogConnection,
    options?: { checkAPI: boolean; timeout: number },
  ): Promise<NatsManager>;
}

/** The file from which the client is found, if it is there. */
export const ENTRY: string | undefined = findNatsClient(
  "transport-node",
  "jetstream",
);

/** Loads the client. */
export function loadClient(entry = ENTRY ?? ""): Packages {
  const load = createRequire(entry);
  return {
    connect: load("@nats-io/transport-node").connect,
    jetstreamManager: load("@nats-io/jetstream").jetstreamManager,
  };
}

interface BrokerOptions {
  readonly jetStream?: boolean;
  readonly config?: string | undefined;
}

/**
 * Calls again until there is an answer: with a time limit that is short for the
 * sake of a test, a broker on a busy machine may be too slow.
 */
export async function answered<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as Error).name !== "TimeoutError") throw error;
    }
  }
}

/** A real broker with logs, whose connections are closed with it. */
export class NatsBroker implements LogBroker {
  readonly #packages = loadClient();
  readonly #logs: ChatLog[] = [];
  readonly #connections: NatsConnection[] = [];
  readonly #renewals: ReturnType<typeof setInterval>[] = [];
  readonly server: NatsServer;

  constructor(options: BrokerOptions = {}) {
    this.server = new NatsServer({ jetStream: true, ...options });
  }

  /** Starts a broker. */
  static async start(options: BrokerOptions = {}): Promise<NatsBroker> {
    const broker = new NatsBroker(options);
    await broker.server.start();
    return broker;
  }

  async connect(
    options: Record<string, unknown> = {},
  ): Promise<NatsConnection> {
    const connection = await this.#packages.connect({
      servers: `127.0.0.1:${this.server.port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 20,
      ...options,
    });
    this.#connections.push(connection);
    return connection;
  }

  async open(options: Partial<NatsLogOptions> = {}): Promise<ChatLog> {
    const connection = options.connection ?? await this.connect();
    const { jetstreamManager } = this.#packages;
    const log = await natsLog({
      connection,
      jetstreamManager,
      leaseTime: LEASE_TIME,
      ...options,
    });
    this.#logs.push(log);
    return log;
  }

  /** The streams, over a connection of its own. */
  async manager(): Promise<NatsManager> {
    return await this.#packages.jetstreamManager(await this.connect());
  }

  async recreate(): Promise<void> {
    const { streams } = await this.manager();
    await streams.delete("CHAT");
  }

  /** Takes a lease as another process that lives on would. */
  async takeLease(server: string): Promise<void> {
    const manager = await this.manager();
    const subject = `CHAT.servers.${server}`;
    const renew = () =>
      manager.jetstream().publish(subject, new Uint8Array(1), {});
    await renew();
    this.#renewals.push(setInterval(() => void renew().catch(() => {}), 100));
  }

  expire(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#renewals.forEach(clearInterval);
    await Promise.all(this.#logs.map((log) => log.close()));
    await Promise.all(this.#connections.map((one) => one.close()));
    await this.server[Symbol.asyncDispose]();
  }
}
