import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { SYSTEM_CLOCK } from "../../internal/reconnect/clock.ts";
import { NatsLease } from "./_nats_lease.ts";
import { jetStreamCode, NatsLink, STREAM_NOT_FOUND } from "./_nats_link.ts";
import { NatsReader } from "./_nats_reader.ts";
import { NatsSnapshots } from "./_nats_snapshots.ts";
import { NatsStream } from "./_nats_stream.ts";
import type { ChatLease, ChatLog, ChatSnapshot } from "./chat_log.ts";
import type {
  NatsJetStreamManager,
  NatsLogConnection,
  NatsStreamConfig,
  NatsStreamInfo,
} from "./nats_jetstream.ts";

const DEFAULT_STREAM = "CHAT";
const DEFAULT_TIMEOUT = 5000;
const DEFAULT_LEASE_TIME = 6000;
/** Milliseconds for which the id of a batch is remembered. */
const DUPLICATE_WINDOW = 5 * 60_000;
const NANOSECONDS = 1_000_000;
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
 * makes the connection and closes it after the log.
 *
 * **The connection** needs `maxReconnectAttempts: -1`, so that it comes back after
 * any outage, and a `reconnectTimeWait` of less than half a lease (its default of
 * 2 seconds fits the default lease). `pingInterval: 5000` notices a broker that is
 * silent in 15 seconds, else that takes minutes.
 *
 * **Streams** are created when they are missing, with file storage, and their
 * configuration is checked when they exist:
 *
 * | stream | subjects | messages |
 * |---|---|---|
 * | `CHAT` | `CHAT.log` | batches, kept until `trim()`; ids are remembered for 5 minutes |
 * | `CHAT_SERVERS` | `CHAT.servers.>` | leases, kept for `leaseTime` |
 * | `CHAT_SNAPSHOTS` | `CHAT.snapshots.>` | snapshots in parts, and their index |
 *
 * A limit in bytes may be added to them. If it makes the broker drop batches, servers
 * that have not read those yet fail.
 *
 * **Waiting.** While the connection is lost, `read()` waits, and all other calls wait
 * for up to `timeout`. What a call has sent before is not known to have arrived:
 * `append()` with the same id stores it once.
 *
 * **Leases** survive an outage of the broker: a server whose lease has lapsed only
 * because the broker was away takes it again. So `servers()` answers once the
 * connection has lasted for `leaseTime`, when all living servers have done so. A
 * server whose process was paused for longer than `leaseTime` has lost its lease.
 *
 * **Permissions** of the NATS user, with the default name of the stream: subscribe to
 * `_INBOX.>`, and publish to
 *
 * - `CHAT.>`
 * - `$JS.API.STREAM.INFO.*`, `$JS.API.STREAM.PURGE.*`, `$JS.API.STREAM.MSG.GET.*`
 * - `$JS.API.STREAM.CREATE.*`, unless the streams exist
 * - `$JS.API.CONSUMER.*.CHAT.>`, `$JS.API.CONSUMER.MSG.NEXT.CHAT.>`
 *
 * where `*` of the first two lines may be limited to the three streams. Whoever can
 * publish to `CHAT.>` can write anything into the chat.
 *
 * @param options The connection and the names.
 * @returns The log.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid.
 * @throws {Error} If the server is too old, has no JetStream, refuses a request, or
 * has a stream of that name with another configuration.
 * @throws {DOMException} Named `TimeoutError`, if the server does not answer.
 *
 * @example Usage
 * ```ts ignore
 * import { connect } from "npm:@nats-io/transport-node@^3.4";
 * import { jetstreamManager } from "npm:@nats-io/jetstream@^3.4";
 *
 * const connection = await connect({
 *   servers: "127.0.0.1:4222",
 *   maxReconnectAttempts: -1,
 *   pingInterval: 5000,
 * });
 * const log = await natsLog({ connection, jetstreamManager });
 * await log.append(new TextEncoder().encode("a batch"), "east.4711/1");
 * await log.close();
 * await connection.close();
 * ```
 */
export async function natsLog(options: NatsLogOptions): Promise<ChatLog> {
  checkOptions(options, NATS_LOG_CHECKS);
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
    limits: Partial<NatsStreamConfig>,
  ) =>
    NatsStream.open(manager, link, {
      name: `${stream}${suffix}`,
      subjects: [`${stream}.${subject}`],
      retention: "limits",
      storage: "file",
      num_replicas: replicas,
      max_age: 0,
      max_msgs_per_subject: 1,
      duplicate_window: DUPLICATE_WINDOW * NANOSECONDS,
      ...limits,
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
    return new NatsLog(
      link,
      batches,
      leases,
      leaseTime,
      maxBatchBytes,
      snapshots,
    );
  } catch (error) {
    link.end(closedError());
    throw error;
  }
}

/** The log on three streams. */
class NatsLog implements ChatLog {
  readonly #link: NatsLink;
  readonly #batches: NatsStream;
  readonly #leases: NatsStream;
  readonly #leaseTime: number;
  readonly #snapshots: NatsSnapshots;
  /** What goes on until the log is closed. */
  readonly #running = new Set<Promise<unknown>>();
  /** Whether the last batch may have been lost on its way. */
  #isUncertain = false;

  readonly maxBatchBytes: number;

  constructor(
    link: NatsLink,
    batches: NatsStream,
    leases: NatsStream,
    leaseTime: number,
    maxBatchBytes: number,
    snapshots: NatsStream,
  ) {
    this.#link = link;
    this.#batches = batches;
    this.#leases = leases;
    this.#leaseTime = leaseTime;
    this.maxBatchBytes = maxBatchBytes;
    this.#snapshots = new NatsSnapshots(
      snapshots,
      `${batches.name}.snapshots`,
      this.epoch,
      maxBatchBytes,
    );
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
    // The client keeps what a silent server does not take: first see if it answers.
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
    const reader = new NatsReader(
      this.#batches,
      this.#link,
      () => this.#getInfo(),
      after,
      take,
    );
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
      const age = performance.now() - link.connectedAt;
      return SYSTEM_CLOCK.sleep(Math.max(0, this.#leaseTime - age), link.lost);
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
