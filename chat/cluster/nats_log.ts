import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { sleep } from "../../internal/wait/sleep.ts";
import { NatsLease } from "./_nats_lease.ts";
import { jetStreamCode, NatsLink, STREAM_NOT_FOUND } from "./_nats_link.ts";
import { NatsReader } from "./_nats_reader.ts";
import { NatsSnapshots } from "./_nats_snapshots.ts";
import { NANOSECONDS, NatsStream, type StreamChoice } from "./_nats_stream.ts";
import type { ChatLease, ChatLog, ChatSnapshot } from "./chat_log.ts";
import type {
  NatsJetStreamManager,
  NatsLogConnection,
  NatsStreamInfo,
} from "./nats_jetstream.ts";

/** The name of the stream of batches, by default. */
export const DEFAULT_STREAM = "CHAT";
const DEFAULT_TIMEOUT = 5000;
const DEFAULT_LEASE_TIME = 6000;
/** Milliseconds for which the id of a batch is remembered. */
const DUPLICATE_WINDOW = 5 * 60_000;
/** The least version of the server: the first with consumers that have names. */
const LEAST_VERSION = [2, 9];

/** Options for {@linkcode natsLog}. */
export interface NatsLogOptions {
  /** The connection, made with `maxReconnectAttempts: -1`. The caller closes it. */
  connection: NatsLogConnection;
  /**
   * The function of this name from `@nats-io/jetstream`, which makes the client of
   * JetStream for the connection.
   */
  jetstreamManager(
    connection: NatsLogConnection,
    options: { checkAPI: boolean; timeout: number },
  ): Promise<NatsJetStreamManager>;
  /**
   * The name of the stream of batches: letters, digits, `-` and `_`. The names of
   * the other streams and of all subjects begin with it. All servers of a cluster
   * have the same.
   *
   * @default {"CHAT"}
   */
  stream?: string;
  /**
   * How many servers of the broker keep a copy, from 1 to 5, for streams that are
   * created.
   *
   * @default {1}
   */
  replicas?: number;
  /**
   * Milliseconds for which a lease lasts without being renewed, which is tried four
   * times in it; at least 1,000. All servers of a cluster have the same.
   *
   * @default {6000}
   */
  leaseTime?: number;
  /**
   * Milliseconds that a request may take, and wait for a lost connection before
   * that; at least 1.
   *
   * @default {5000}
   */
  timeout?: number;
}

const NATS_LOG_CHECKS: OptionChecks<NatsLogOptions> = {
  connection: isType("object"),
  jetstreamManager: isType("function"),
  stream: isStreamName,
  replicas: isInteger(1, 5),
  leaseTime: isInteger(1000, 3_600_000),
  timeout: isInteger(1, 3_600_000),
};

/**
 * Opens the log of a cluster of chat servers on NATS with JetStream, version 2.9 or
 * later. It imports nothing: the caller loads the packages of `@nats-io`, version 3,
 * makes the connection, and closes it after the log.
 *
 * **The connection** needs `maxReconnectAttempts: -1`, so that it comes back after
 * any outage, and a `reconnectTimeWait` of less than half of `leaseTime` (the default
 * of 2 seconds fits). With `pingInterval: 5000` it notices a broker that has become
 * silent within 15 seconds instead of minutes.
 *
 * **Streams** are created where they are missing, with storage in files; of existing
 * ones, the configuration is checked.
 *
 * | stream | subjects | messages |
 * |---|---|---|
 * | `CHAT` | `CHAT.log` | batches, kept until `trim()`; ids are known for 5 minutes |
 * | `CHAT_SERVERS` | `CHAT.servers.>` | leases, kept for `leaseTime` |
 * | `CHAT_SNAPSHOTS` | `CHAT.snapshots.>` | compressed snapshots in parts, and their index |
 *
 * An operator may limit the bytes of a stream. If the broker then drops batches,
 * servers that have not read them yet fail.
 *
 * **Waiting.** While the connection is lost, `read()` waits without a limit, and every
 * other call for `timeout`. A call that has been sent rejects when the connection is
 * lost; the same batch may then be appended again with the same id. Calls may reject
 * at once: wait a little before the next attempt.
 *
 * **Leases** outlast an outage of the broker: if a lease has lapsed only since its
 * server could not reach the broker, and no other process has taken it, it is taken
 * again. So `servers()` answers when the broker has been reachable for `leaseTime`, and
 * every living server could do this. A lease is lost if its process did not run for
 * `leaseTime` (it was stopped, its machine slept, or its event loop was busy).
 *
 * **Permissions.** With the default names, the user of the connection must be able to
 * subscribe to `_INBOX.>` and to publish to
 *
 * - `CHAT.>`,
 * - `$JS.API.STREAM.INFO.`, `$JS.API.STREAM.PURGE.` and, unless the streams exist,
 *   `$JS.API.STREAM.CREATE.`, each with `CHAT`, `CHAT_SERVERS` and `CHAT_SNAPSHOTS`,
 * - `$JS.API.STREAM.MSG.GET.` with `CHAT_SERVERS` and `CHAT_SNAPSHOTS`,
 * - `$JS.API.CONSUMER.*.CHAT.>` and `$JS.API.CONSUMER.MSG.NEXT.CHAT.>`.
 *
 * A user of the broker that can publish to `CHAT.>` can write anything into the chat.
 *
 * @param options The connection, and the names and times of the cluster.
 * @returns The log, which the caller closes.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid.
 * @throws {Error} If the server is too old, has no JetStream, lacks a permission for
 * its user, or has a stream of that name with another configuration.
 * @throws {DOMException} Named `TimeoutError`, if the server does not answer.
 *
 * @example Usage
 * ```ts
 * import { natsLog, type NatsLogOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * // import { connect } from "npm:@nats-io/transport-node";
 * // import { jetstreamManager } from "npm:@nats-io/jetstream";
 * // const connection = await connect({ servers: "…", maxReconnectAttempts: -1 });
 * const { options, stored } = standIn();
 *
 * const log = await natsLog({ ...options, stream: "EXAMPLE" });
 * await log.append(new TextEncoder().encode("a batch"), "east.4711/1");
 * await log.close();
 * assertEquals(stored, ["EXAMPLE.log"]);
 *
 * function standIn(): { options: NatsLogOptions; stored: string[] } {
 *   const stored: string[] = [];
 *   const state = { messages: 0, first_seq: 0, last_seq: 0 };
 *   const options: NatsLogOptions = {
 *     connection: {
 *       info: { version: "2.9.10", max_payload: 1024 * 1024 },
 *       status: () => new ReadableStream<{ type: string }>(),
 *     },
 *     async jetstreamManager() {
 *       return {
 *         streams: {
 *           info: () => Promise.reject(Object.assign(new Error(), { code: 10059 })),
 *           add: (config) => Promise.resolve({ created: "now", config, state }),
 *           purge: () => Promise.resolve(),
 *           getMessage: () => Promise.resolve(null),
 *         },
 *         jetstream: () => ({
 *           publish: (subject) => Promise.resolve({ seq: stored.push(subject) }),
 *           consumers: { get: () => Promise.reject(new Error("No consumers")) },
 *         }),
 *       };
 *     },
 *   };
 *   return { options, stored };
 * }
 * ```
 */
export async function natsLog(options: NatsLogOptions): Promise<ChatLog> {
  checkOptions(options, NATS_LOG_CHECKS);
  checkRequired(options);
  const {
    connection,
    stream = DEFAULT_STREAM,
    replicas = 1,
    leaseTime = DEFAULT_LEASE_TIME,
    timeout = DEFAULT_TIMEOUT,
  } = options;
  const { max_payload } = checkServer(connection);
  const manager = await options.jetstreamManager(connection, {
    checkAPI: false,
    timeout,
  });
  const link = new NatsLink(connection, timeout);
  const open = (
    suffix: string,
    subject: string,
    choice: Partial<StreamChoice>,
  ) =>
    NatsStream.open(manager, link, {
      name: `${stream}${suffix}`,
      subjects: [`${stream}.${subject}`],
      num_replicas: replicas,
      duplicate_window: DUPLICATE_WINDOW * NANOSECONDS,
      ...choice,
    });
  try {
    const batches = await open("", "log", { max_msgs_per_subject: -1 });
    const age = leaseTime * NANOSECONDS;
    const leases = await open("_SERVERS", "servers.>", {
      max_age: age,
      duplicate_window: age,
    });
    const snapshots = await open("_SNAPSHOTS", "snapshots.>", {});
    const maxBatchBytes = Math.floor(max_payload / 2);
    return new NatsLog({
      link,
      batches,
      leases,
      snapshots: new NatsSnapshots(snapshots, {
        prefix: `${stream}.snapshots`,
        epoch: batches.created,
        partBytes: maxBatchBytes,
      }),
      leaseTime,
      maxBatchBytes,
    });
  } catch (error) {
    link.end(closedError());
    throw error;
  }
}

/** The parts of a log. */
interface NatsLogParts {
  readonly link: NatsLink;
  readonly batches: NatsStream;
  readonly leases: NatsStream;
  readonly snapshots: NatsSnapshots;
  readonly leaseTime: number;
  readonly maxBatchBytes: number;
}

/** The log on three streams. */
class NatsLog implements ChatLog {
  readonly #link: NatsLink;
  readonly #batches: NatsStream;
  readonly #leases: NatsStream;
  readonly #leaseTime: number;
  readonly #snapshots: NatsSnapshots;
  /** The tasks that run until the log is closed. */
  readonly #running = new Set<Promise<unknown>>();
  /** Whether the last batch may have been lost on its way. */
  #isUncertain = false;

  readonly maxBatchBytes: number;

  constructor(parts: NatsLogParts) {
    this.#link = parts.link;
    this.#batches = parts.batches;
    this.#leases = parts.leases;
    this.#snapshots = parts.snapshots;
    this.#leaseTime = parts.leaseTime;
    this.maxBatchBytes = parts.maxBatchBytes;
  }

  get epoch(): string {
    return this.#batches.created;
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  async append(batch: Uint8Array, id: string): Promise<void> {
    if (batch.length > this.maxBatchBytes) {
      throw new RangeError(
        `Cannot append a batch of ${batch.length} bytes: expected at most ${this.maxBatchBytes}`,
      );
    }
    // The client sends later, and does not copy.
    const payload = batch.slice();
    // The client keeps data that a silent server does not take: does it answer?
    if (this.#isUncertain) await this.#getInfo();
    this.#isUncertain = true;
    await this.#batches.publish(`${this.#batches.name}.log`, payload, {
      msgID: id,
    });
    this.#isUncertain = false;
  }

  async read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.#link.ended.throwIfAborted();
    const reader = new NatsReader({
      stream: this.#batches,
      link: this.#link,
      getInfo: () => this.#getInfo(),
      take,
    }, after);
    await this.#track(reader.run(signal));
  }

  async end(): Promise<number> {
    const { state } = await this.#getInfo();
    return state.last_seq;
  }

  async first(): Promise<number> {
    const { state } = await this.#getInfo();
    return state.messages === 0 ? state.last_seq + 1 : state.first_seq;
  }

  async trim(before: number): Promise<void> {
    const { state } = await this.#getInfo();
    // Beyond its end, the broker would skip sequence numbers.
    const seq = Math.min(before, state.last_seq + 1);
    if (seq > 1 && seq > state.first_seq) await this.#batches.purge({ seq });
  }

  async lease(server: string): Promise<ChatLease> {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(server)) {
      throw new SyntaxError(
        `Cannot take a lease for server "${server}": expected names of letters, digits, "-" and "_", with "." between them`,
      );
    }
    const lease = await NatsLease.take(
      this.#leases,
      `${this.#leasePrefix}${server}`,
      this.#leaseTime,
      this.#link.ended,
    );
    this.#track(lease.stopped());
    return lease;
  }

  async servers(): Promise<readonly string[]> {
    await this.#waitForLeases();
    const { state } = await this.#leases.info(`${this.#leasePrefix}>`);
    return Object.keys(state.subjects ?? {}).map((subject) =>
      subject.slice(this.#leasePrefix.length)
    );
  }

  loadSnapshots(): Promise<readonly ChatSnapshot[]> {
    return this.#snapshots.load();
  }

  async saveSnapshot({ sequence, data }: ChatSnapshot): Promise<boolean> {
    const copy = data.slice();
    await this.#getInfo();
    return await this.#snapshots.save(sequence, copy);
  }

  async close(): Promise<void> {
    this.#link.end(closedError());
    await Promise.allSettled(this.#running);
  }

  get #leasePrefix(): string {
    return `${this.#batches.name}.servers.`;
  }

  /** Describes the log, which ends if it is not the one that was opened. */
  async #getInfo(): Promise<NatsStreamInfo> {
    const what = `Cannot use the log in stream "${this.#batches.name}"`;
    let info: NatsStreamInfo;
    try {
      info = await this.#batches.info();
    } catch (error) {
      if (jetStreamCode(error) === STREAM_NOT_FOUND) {
        this.#link.end(new Error(`${what}: it was deleted`, { cause: error }));
      }
      throw error;
    }
    if (info.created !== this.epoch) {
      this.#link.end(
        new Error(
          `${what}: it was created anew at ${info.created}, expected that of ${this.epoch}`,
        ),
      );
    }
    this.#link.ended.throwIfAborted();
    return info;
  }

  /** Waits until all living servers have renewed their leases. */
  #waitForLeases(): Promise<void> {
    const link = this.#link;
    return link.call("Cannot list the servers", () => {
      const time = performance.now() - link.reachableSince;
      return sleep(Math.max(0, this.#leaseTime - time), link.lost);
    });
  }

  /** Lets `close()` wait for something that ends with the link. */
  #track(running: Promise<void>): Promise<void> {
    this.#running.add(running);
    const forget = () => void this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }
}

function closedError(): ClosedError {
  return new ClosedError("Cannot use the log: it was closed");
}

/** Checks the options that have no default. */
function checkRequired(options: NatsLogOptions): void {
  const { connection, jetstreamManager }: Partial<NatsLogOptions> = options;
  if (typeof connection?.status !== "function") {
    throw new TypeError(
      "Cannot use a connection without status: expected one of @nats-io, once it is connected",
    );
  }
  if (jetstreamManager !== undefined) return;
  throw new TypeError(
    "Cannot use NATS without jetstreamManager: expected that of @nats-io/jetstream",
  );
}

/** Checks that a server can have a log. */
function checkServer(
  { info }: NatsLogConnection,
): NonNullable<NatsLogConnection["info"]> {
  if (info === undefined) {
    throw new Error("Cannot use a connection to NATS that is closed");
  }
  const [major = 0, minor = 0] = info.version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_VERSION;
  if (major > leastMajor || major === leastMajor && minor >= leastMinor) {
    return info;
  }
  throw new Error(
    `Cannot use NATS server ${info.version}: expected version ${
      LEAST_VERSION.join(".")
    } or later`,
  );
}

function isStreamName(value: unknown, name: string): void {
  isType("string")(value, name);
  if (/^[\w-]+$/.test(value as string)) return;
  throw new SyntaxError(
    `Cannot use ${name} "${value}": expected letters, digits, "-" and "_"`,
  );
}
