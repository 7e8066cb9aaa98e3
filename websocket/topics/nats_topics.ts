import {
  checkOptions,
  isCount,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { NatsBuffer } from "./_nats_buffer.ts";
import {
  decodeMessage,
  encodedLength,
  encodeMessage,
  isFrom,
  SENDER_LENGTH,
  toSubject,
} from "./_nats_message.ts";
import { reportTo } from "./_report.ts";
import type { TopicAdapter } from "./topic_adapter.ts";

const DEFAULT_PREFIX = "topics";
const DEFAULT_MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * A connection to NATS, as `connect` of `@nats-io/transport-node` and
 * `@nats-io/transport-deno` returns it. Only these functions are used.
 */
export interface NatsTopicsConnection {
  /** Sends a message. */
  publish(subject: string, payload: Uint8Array): void;
  /** Receives the messages of a subject. */
  subscribe(
    subject: string,
    options: {
      callback: (
        error: Error | null,
        message: { readonly data: Uint8Array },
      ) => void;
    },
  ): { unsubscribe(): void };
  /** Resolves when the server has all messages sent before. */
  flush(): Promise<void>;
}

/** Options for {@linkcode natsTopics}. */
export interface NatsTopicsOptions {
  /**
   * The start of all subjects: names of letters, digits, `-` and `_`, with `.`
   * between them. Registries with the same prefix share their topics.
   *
   * @default {"topics"}
   */
  prefix?: string;
  /**
   * How many bytes of messages may wait for the broker. A message beyond it is
   * dropped for the other processes.
   *
   * @default {8388608}
   */
  maxBufferedBytes?: number;
  /**
   * Called with each error of the connection: of a message that it refuses, which
   * `dropped` counts too, and of a subscription that the broker refuses. Without it,
   * the latter is printed.
   */
  onError?: (error: unknown) => unknown;
}

/** The adapter that {@linkcode natsTopics} returns, with its counters. */
export interface NatsTopics extends TopicAdapter {
  /** Bytes that the broker may not have yet. */
  readonly bufferedBytes: number;
  /** Messages that were not given to the connection. */
  readonly dropped: number;
  /** Messages of others that were not in the format of this adapter. */
  readonly ignored: number;
}

/** The checks of all options. */
const NATS_CHECKS: OptionChecks<NatsTopicsOptions> = {
  prefix: isPrefix,
  maxBufferedBytes: isCount(1),
  onError: isType("function"),
};

/**
 * Connects the topics of several processes through NATS, for `Topics.relay`. The
 * caller makes the connection with a package of `@nats-io` and closes it; this
 * function imports nothing.
 *
 * **Delivery** is at most once, and in the order of each publisher. While the
 * broker is away, messages are lost for the other processes; the connections of
 * each process stay open and get those of their own. Reconnecting is for the
 * connection to do: pass `maxReconnectAttempts: -1` to `connect`.
 *
 * **Memory.** The connection buffers messages without a bound while it can't send.
 * So the adapter counts those that it has given to it, by the answers to `flush()`,
 * and drops messages beyond `maxBufferedBytes`.
 *
 * **Subjects** are the prefix and the name of the topic as one token, in which all
 * but letters, digits, `-` and `_` are percent-encoded: a name can't be a wildcard
 * or lead into another subject. A client of the broker that can publish to these
 * subjects reaches the subscribers: limit that by the permissions of the broker.
 *
 * Messages carry the number of their adapter, by which it ignores its own; with
 * `noEcho: true` in `connect` the broker does not even send them back.
 *
 * @param connection The connection.
 * @param options The subjects and the limits.
 * @returns The adapter.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid, or the
 * connection lacks a function.
 *
 * @example Usage
 * ```ts
 * import { natsTopics, type NatsTopicsConnection, Topics } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * // import { connect } from "npm:@nats-io/transport-node";
 * // const connection = await connect({ servers: "…", maxReconnectAttempts: -1 });
 * const subjects: string[] = [];
 * const connection: NatsTopicsConnection = {
 *   publish: (subject) => void subjects.push(subject),
 *   subscribe: () => ({ unsubscribe() {} }),
 *   flush: () => Promise.resolve(),
 * };
 *
 * const topics = new Topics();
 * topics.relay(natsTopics(connection, { prefix: "example.topics" }));
 * topics.publish("news > *", "hello");
 * assertEquals(subjects, ["example.topics.news%20%3E%20%2A"]);
 * ```
 */
export function natsTopics(
  connection: NatsTopicsConnection,
  options: NatsTopicsOptions = {},
): NatsTopics {
  checkConnection(connection);
  checkOptions(options, NATS_CHECKS);
  return new NatsAdapter(connection, options);
}

/** Passes messages between the topics and a connection to NATS. */
class NatsAdapter implements NatsTopics {
  readonly #connection: NatsTopicsConnection;
  readonly #prefix: string;
  readonly #onError: NatsTopicsOptions["onError"];
  readonly #buffer: NatsBuffer;
  readonly #sender = crypto.getRandomValues(new Uint8Array(SENDER_LENGTH));

  dropped = 0;
  ignored = 0;

  constructor(connection: NatsTopicsConnection, options: NatsTopicsOptions) {
    const {
      prefix = DEFAULT_PREFIX,
      maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES,
    } = options;
    this.#connection = connection;
    this.#prefix = prefix;
    this.#onError = options.onError;
    this.#buffer = new NatsBuffer(maxBufferedBytes, () => connection.flush());
  }

  get bufferedBytes(): number {
    return this.#buffer.bytes;
  }

  publish(topic: string, data: string | Uint8Array): void {
    const subject = toSubject(this.#prefix, topic);
    const size = subject.length + encodedLength(data);
    if (!this.#buffer.hasRoom(size)) {
      this.dropped++;
      return;
    }
    try {
      this.#connection.publish(subject, encodeMessage(this.#sender, data));
    } catch (error) {
      this.dropped++;
      if (this.#onError !== undefined) this.#report(error);
      return;
    }
    this.#buffer.add(size);
  }

  subscribe(
    topic: string,
    receive: (data: string | Uint8Array) => void,
  ): () => void {
    const subject = toSubject(this.#prefix, topic);
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#receive(message.data, receive);
        else this.#report(error);
      },
    });
    return () => subscription.unsubscribe();
  }

  #receive(
    payload: Uint8Array,
    receive: (data: string | Uint8Array) => void,
  ): void {
    if (isFrom(this.#sender, payload)) return;
    const data = decodeMessage(payload);
    if (data === undefined) this.ignored++;
    else receive(data);
  }

  #report(error: unknown): void {
    reportTo(this.#onError, "Uncaught error in natsTopics", error);
  }
}

function checkConnection(connection: NatsTopicsConnection): void {
  const { publish, subscribe, flush }: Partial<NatsTopicsConnection> = Object(
    connection,
  );
  const isGood = [publish, subscribe, flush].every((one) =>
    typeof one === "function"
  );
  if (isGood) return;
  throw new TypeError(
    "Cannot use a connection without publish, subscribe and flush: expected one of @nats-io, once it is connected",
  );
}

function isPrefix(value: unknown, name: string): void {
  isType("string")(value, name);
  if (/^[\w-]+(\.[\w-]+)*$/.test(value as string)) return;
  throw new SyntaxError(
    `Cannot use ${name} "${value}": expected names of letters, digits, "-" and "_", with "." between them`,
  );
}
