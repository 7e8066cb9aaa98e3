import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { checkOptions, typeOf } from "../../internal/check_options.ts";
import { Client, getSession } from "../callbacks/client.ts";
import { opcodeFor, toExcluded } from "../callbacks/_broadcast_arguments.ts";
import type { BroadcastOptions } from "../callbacks/server_options.ts";
import type { MessageSender } from "../engine/_message_sender.ts";
import { Broadcast } from "../frame/_broadcast.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";
import { State } from "../state.ts";
import { senderOf, WebSocketConn } from "../websocket_conn.ts";
import { Relay } from "./_relay.ts";
import { Subscriber, Topic } from "./_topic.ts";
import { checkTopicName } from "./_topic_name.ts";
import type { TopicAdapter } from "./topic_adapter.ts";
import { TOPICS_CHECKS, type TopicsOptions } from "./topics_options.ts";

const ENCODER = new TextEncoder();
const DEFAULT_MAX_TOPICS = 1000;
const DEFAULT_MAX_LENGTH = 255;

/**
 * A connection that can subscribe to topics: of `acceptWebSocket`,
 * `dialWebSocket` and `upgradeWebSocket`, or a client of a `Server`.
 *
 * @example Usage
 * ```ts
 * import { type TopicConn, Topics } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const topics = new Topics();
 * const countTopics = (conn: TopicConn) => topics.topicsOf(conn).length;
 * assertEquals(typeof countTopics, "function");
 * ```
 */
export type TopicConn = WebSocketConn | Client;

/**
 * Topics to which connections subscribe, and to which messages are published: to
 * all subscribers of a topic at once, without waiting. A `Server` has one for its
 * clients in `Server.topics`; a registry of its own is for connections of
 * `acceptWebSocket` and `upgradeWebSocket`.
 *
 * **Delivery.** A message is encoded once and queued for each subscriber. Each
 * gets the messages of this process once and in the order of the calls. A
 * subscriber that has left `maxBufferedBytes` unread misses the message if its
 * `sendPolicy` is `"drop"`, which `messagesDropped` counts; else its connection is
 * cut, as by `Server.broadcast`.
 *
 * **Lifetime.** A topic exists while it has subscribers. The end of a connection
 * ends its subscriptions.
 *
 * **Security.** A peer that chooses the name of its topic can read any topic:
 * check names from peers before subscribing.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, dialWebSocket, Topics } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
 * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
 * await using server = await accepting;
 *
 * const topics = new Topics();
 * topics.subscribe(server, "news");
 * assertEquals(topics.publish("news", "hello"), 1);
 * assertEquals(topics.publish("weather", "rain"), 0);
 * assertEquals(await client.read(), "hello");
 * ```
 */
export class Topics {
  readonly #maxTopics: number;
  readonly #maxLength: number;
  readonly #onError: TopicsOptions["onError"];
  readonly #topics = new Map<string, Topic<TopicConn>>();
  readonly #subscribers = new WeakMap<TopicConn, Subscriber<TopicConn>>();
  #relay: Relay | undefined;

  /**
   * Makes a registry without topics.
   *
   * @param options Limits.
   * @throws {TypeError | RangeError} If an option is not valid.
   */
  constructor(options: TopicsOptions = {}) {
    checkOptions(options, TOPICS_CHECKS);
    this.#maxTopics = options.maxTopicsPerConnection ?? DEFAULT_MAX_TOPICS;
    this.#maxLength = options.maxTopicLength ?? DEFAULT_MAX_LENGTH;
    this.#onError = options.onError;
  }

  /** How many topics have subscribers. */
  get size(): number {
    return this.#topics.size;
  }

  /**
   * Subscribes a connection to a topic, until it unsubscribes or ends.
   *
   * @param conn The connection. Messages published before it is open are not sent
   * to it.
   * @param topic The name, of any characters.
   * @returns Whether it is subscribed: not if it is closing or closed.
   * @throws {TypeError} If `conn` is no WebSocket connection, or a client that has
   * not been connected yet.
   * @throws {TypeError | RangeError} If the name is not valid, or the connection
   * has too many topics.
   */
  subscribe(conn: TopicConn, topic: string): boolean {
    checkConn(conn);
    checkTopicName(topic, this.#maxLength);
    if (conn.state === State.closing || conn.state === State.closed) {
      return false;
    }
    const subscriber = this.#subscribers.get(conn) ?? this.#add(conn);
    const { topics } = subscriber;
    if (topics.has(topic)) return true;
    if (topics.size >= this.#maxTopics) {
      throw new RangeError(
        `Cannot subscribe to "${topic}": the connection has ${topics.size} topics, the most allowed`,
      );
    }
    const found = this.#topics.get(topic) ?? this.#open(topic);
    topics.set(topic, found);
    found.add(subscriber);
    return true;
  }

  /**
   * Ends a subscription.
   *
   * @param conn The connection.
   * @param topic The name of the topic.
   * @returns Whether the connection was subscribed.
   */
  unsubscribe(conn: TopicConn, topic: string): boolean {
    checkConn(conn);
    const subscriber = this.#subscribers.get(conn);
    const found = subscriber?.topics.get(topic);
    if (subscriber === undefined || found === undefined) return false;
    subscriber.topics.delete(topic);
    this.#leave(topic, found, subscriber);
    return true;
  }

  /**
   * The topics of a connection, in the order of the subscriptions. They are still
   * there in the callbacks of `onClose`.
   *
   * @param conn The connection.
   * @returns The names.
   */
  topicsOf(conn: TopicConn): string[] {
    checkConn(conn);
    return [...this.#subscribers.get(conn)?.topics.keys() ?? []];
  }

  /**
   * How many connections of this process have subscribed to a topic.
   *
   * @param topic The name of the topic.
   * @returns The number.
   */
  subscriberCount(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  /**
   * Sends a message to all subscribers of a topic; with a relay, to those of the
   * other processes too. It does not wait.
   *
   * @param topic The name of the topic.
   * @param data The message: a string as text, bytes as binary. The caller may
   * use the buffer again at once.
   * @param options The connections that do not get it.
   * @returns How many connections of this process it goes to.
   * @throws {TypeError} If `data` is neither string nor bytes, or `except` has
   * anything but connections.
   * @throws {TypeError | RangeError} If the name or `opcode` is not valid.
   */
  publish(
    topic: string,
    data: string | Uint8Array,
    options: BroadcastOptions<TopicConn> = {},
  ): number {
    const found = this.#topics.get(topic);
    if (found === undefined) checkTopicName(topic, this.#maxLength);
    const opcode = opcodeFor("publish", data, options);
    const except = toExcluded(
      options.except,
      isConn,
      "a connection, or connections",
    );
    const count = found?.send(new Broadcast(opcode, data), except) ?? 0;
    this.#relay?.publish(topic, toKind(opcode, data));
    return count;
  }

  /**
   * Connects the topics with those of other processes, through a broker: messages
   * published here go to their subscribers, and the other way round. The broker
   * gets a subscription for each topic that has subscribers here.
   *
   * Between processes a message is delivered at most once. Those that are
   * published while the broker can't be reached, or before it knows of the
   * subscription, are lost for other processes.
   *
   * @param adapter The functions of the broker, such as `natsTopics` returns.
   * @returns Disconnects them again.
   * @throws {TypeError} If there is a relay already, or the adapter lacks a
   * function.
   *
   * @example Usage
   * ```ts
   * import { type TopicAdapter, Topics } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const published: unknown[] = [];
   * const adapter: TopicAdapter = {
   *   publish: (topic, data) => published.push([topic, data]),
   *   subscribe: () => () => {},
   * };
   * const topics = new Topics();
   * const stop = topics.relay(adapter);
   * topics.publish("news", "hello");
   * stop();
   * topics.publish("news", "again");
   * assertEquals(published, [["news", "hello"]]);
   * ```
   */
  relay(adapter: TopicAdapter): () => void {
    const { publish, subscribe }: Partial<TopicAdapter> = Object(adapter);
    if (typeof publish !== "function" || typeof subscribe !== "function") {
      throw new TypeError(
        "Cannot relay topics: expected an adapter with publish and subscribe",
      );
    }
    if (this.#relay !== undefined) {
      throw new TypeError("Cannot relay topics: they have a relay already");
    }
    const relay = new Relay(
      adapter,
      (topic, data) => this.#receive(topic, data),
      this.#onError,
    );
    this.#relay = relay;
    for (const [name, topic] of this.#topics) {
      topic.stop = relay.subscribe(name);
    }
    return () => {
      if (this.#relay !== relay) return;
      this.#relay = undefined;
      for (const topic of this.#topics.values()) stopRelay(topic);
    };
  }

  /** Of the relay: another process has published a message. */
  #receive(topic: string, data: string | Uint8Array): void {
    const message = new Broadcast(opcodeFor("publish", data, {}), data);
    this.#topics.get(topic)?.send(message, undefined);
  }

  #add(conn: TopicConn): Subscriber<TopicConn> {
    const { sender, ended } = linkTo(conn);
    const subscriber = new Subscriber(conn, sender);
    this.#subscribers.set(conn, subscriber);
    const end = () => this.#end(subscriber);
    ended.then(end, end);
    return subscriber;
  }

  #end(subscriber: Subscriber<TopicConn>): void {
    this.#subscribers.delete(subscriber.conn);
    for (const [name, topic] of subscriber.topics) {
      this.#leave(name, topic, subscriber);
    }
    subscriber.topics.clear();
  }

  #open(name: string): Topic<TopicConn> {
    const topic = new Topic<TopicConn>();
    this.#topics.set(name, topic);
    topic.stop = this.#relay?.subscribe(name);
    return topic;
  }

  #leave(
    name: string,
    topic: Topic<TopicConn>,
    subscriber: Subscriber<TopicConn>,
  ): void {
    topic.delete(subscriber);
    if (topic.size > 0) return;
    this.#topics.delete(name);
    stopRelay(topic);
  }
}

function stopRelay(topic: Topic<TopicConn>): void {
  const { stop } = topic;
  topic.stop = undefined;
  stop?.();
}

/** The sender of a connection, and its end. */
interface Link {
  readonly sender: MessageSender;
  readonly ended: Promise<unknown>;
}

function linkTo(conn: TopicConn): Link {
  if (conn instanceof WebSocketConn) {
    return { sender: senderOf(conn), ended: conn.closed };
  }
  const session = getSession(conn);
  if (session === undefined) {
    throw new TypeError(
      "Cannot subscribe a client that is not connected yet: a server's client can subscribe from onAttached on",
    );
  }
  return { sender: session.sender, ended: session.ended };
}

function isConn(conn: unknown): conn is TopicConn {
  return conn instanceof WebSocketConn || conn instanceof Client;
}

function checkConn(conn: unknown): void {
  if (isConn(conn)) return;
  throw new TypeError(
    `Cannot use a connection of type ${
      typeOf(conn)
    }: expected a WebSocketConn or a Client`,
  );
}

/** Text as a string, binary as bytes. */
function toKind(
  opcode: DataOpcode,
  data: string | Uint8Array,
): string | Uint8Array {
  if (opcode === OPCode.binaryFrame) {
    return typeof data === "string" ? ENCODER.encode(data) : data;
  }
  return typeof data === "string" ? data : decodeLossy(data, 0, data.length);
}
