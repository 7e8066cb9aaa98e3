import { checkBytes } from "../internal/bytes/bytes.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { encode } from "./_encode.ts";
import type { UdpSocket } from "./_udp_socket.ts";
import type { Datagram } from "./datagram.ts";
import { DatagramLimits } from "./datagram_limits.ts";
import type { QueueLimits } from "./receiving/_receive_queue.ts";
import { type Arrival, Receiver } from "./receiving/_receiver.ts";
import { PullIterator, PullStream } from "./receiving/_streams.ts";
import type { Peer } from "./sending/_peers.ts";
import { Sender } from "./sending/_sender.ts";
import { sendStream } from "./sending/_send_stream.ts";
import type { UdpAddr } from "./udp_address.ts";

/** The part of a connection that its sessions share. */
export interface SessionHost {
  readonly socket: UdpSocket;
  readonly limits: QueueLimits;
  /** Returns why a datagram may not be sent, or `undefined`. */
  check(length: number, peer: Peer): unknown;
  /** Called when a session has ended. */
  onOver(session: UdpSession): void;
}

/** The error of calls that find the session ended: `null` for the caller. */
const ENDED = Symbol("ended");

/** Sessions get their datagrams whether calls wait or not. */
const ALWAYS_AWAKE = { wake: () => {}, rest: () => {} };

/** Makes the session of a peer. */
export let makeSession: (host: SessionHost, peer: Peer) => UdpSession;

/** Delivers a datagram. */
export let deliverTo: (session: UdpSession, arrival: Arrival) => void;

/**
 * Ends a session if nothing was received or sent since a moment.
 *
 * @returns When something was, or `undefined` if the session has ended.
 */
export let expireSession: (
  session: UdpSession,
  before: number,
) => number | undefined;

/**
 * The exchange with one peer of a connection that has many, from
 * `conn.sessions()`. It reads and writes like a connection of its own.
 *
 * It ends when nothing was received or sent for `idleTimeout`: queued datagrams
 * can still be read, then reading resolves to `null`, and writing rejects. The
 * next datagram of the peer opens a new session.
 *
 * Datagrams that wait to be read have a queue of their own; beyond its limits the
 * connection's `overflow` decides which is dropped and counted.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp(server.addr);
 * await client.writeString("ping");
 * for await (const session of server.sessions()) {
 *   assertEquals(session.remoteAddr, client.addr);
 *   const ping = await session.receive({ timeout: 1000 });
 *   assertEquals(ping?.data.length, 4);
 *   await session.writeString("pong");
 *   break;
 * }
 * const { data } = await client.receive();
 * assertEquals(new TextDecoder().decode(data), "pong");
 * ```
 */
export class UdpSession extends DatagramLimits {
  static {
    makeSession = (host, peer) => new UdpSession(host, peer);
    deliverTo = (session, { data, truncated }) => {
      session.#lastActive = performance.now();
      const addr = session.remoteAddr;
      session.#receiver.deliver({ data, addr, truncated });
    };
    expireSession = (session, before) => {
      if (session.#lastActive > before) return session.#lastActive;
      session.#finish("open", "it has ended, as nothing came or went");
      return undefined;
    };
  }

  readonly #host: SessionHost;
  readonly #peer: Peer;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  #lastActive = performance.now();
  #readable: PullStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #isOver = false;
  #isClosed = false;

  /** The address of the connection. */
  readonly localAddr: UdpAddr;
  /** The address of the peer. */
  readonly remoteAddr: UdpAddr;

  private constructor(host: SessionHost, peer: Peer) {
    const { backend, counters, addr, guard } = host.socket;
    const receiver = new Receiver(
      ALWAYS_AWAKE,
      () => `Cannot receive from ${peer.key}`,
      host.limits,
      counters,
    );
    const sender = new Sender(
      backend,
      () => `Cannot send to ${peer.key}`,
      counters,
      guard,
    );
    super(receiver.waiters, sender.sends);
    this.#host = host;
    this.#peer = peer;
    this.#receiver = receiver;
    this.#sender = sender;
    this.localAddr = addr;
    this.remoteAddr = peer.addr;
  }

  /** {@linkcode UdpSession.localAddr} by V's name. */
  get addr(): UdpAddr {
    return this.localAddr;
  }

  /** {@linkcode UdpSession.remoteAddr} by V's name. */
  get peerAddr(): UdpAddr {
    return this.remoteAddr;
  }

  /** Datagrams that wait to be received. */
  get queued(): number {
    return this.#receiver.queue.length;
  }

  /** Bytes that wait to be received. */
  get queuedBytes(): number {
    return this.#receiver.queue.bytes;
  }

  /**
   * Takes the next datagram of the peer.
   *
   * @param wait Limits on this call.
   * @returns The datagram, or `null` if the session has ended.
   * @throws {DOMException} Named `TimeoutError`, at a limit. Nothing is lost.
   * @throws {ClosedError} If the session or its connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.write(new Uint8Array([1, 2]));
   * const session = await sessions.accept();
   * assertEquals((await session.receive())?.data, new Uint8Array([1, 2]));
   * ```
   */
  async receive(wait?: WaitOptions): Promise<Datagram | null> {
    return await nullAtEnd(this.#receiver.receive(wait));
  }

  /**
   * Reads the next datagram of the peer. Bytes that do not fit in `buffer` are
   * lost, and counted; {@linkcode UdpSession.receive} always has room.
   *
   * @param buffer The buffer to fill. It is not touched after the call settles.
   * @param wait Limits on this call.
   * @returns How many bytes were put there, or `null` if the session has ended.
   * @throws {DOMException} Named `TimeoutError`, at a limit. Nothing is lost.
   * @throws {ClosedError} If the session or its connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions({ idleTimeout: 1 });
   * using client = await dialUdp(server.addr);
   * await client.write(new Uint8Array([1, 2]));
   * const session = await sessions.accept();
   * const buffer = new Uint8Array(100);
   * assertEquals(await session.read(buffer), 2);
   * assertEquals(await session.read(buffer), null);
   * ```
   */
  async read(buffer: Uint8Array, wait?: WaitOptions): Promise<number | null> {
    const wrong = checkBytes("read into", buffer);
    if (wrong !== undefined) throw wrong;
    const result = await nullAtEnd(this.#receiver.read(buffer, wait));
    return result === null ? null : result[0];
  }

  /**
   * Sends a datagram to the peer; see `UdpConn.writeTo`.
   *
   * @param data The bytes.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   * @throws {RangeError} If it is longer than a datagram can be.
   * @throws {ReplyRefusedError} If `maxReplyRatio` forbids it.
   * @throws {ClosedError} If the session has ended, or is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * const session = await sessions.accept();
   * assertEquals(await session.write(new Uint8Array([1])), 1);
   * ```
   */
  write(data: Uint8Array, wait?: WaitOptions): Promise<number> {
    const wrong = checkBytes("send", data) ??
      (this.#isOver ? undefined : this.#host.check(data.length, this.#peer));
    if (wrong !== undefined) return Promise.reject(wrong);
    this.#lastActive = performance.now();
    return this.#sender.send(data, this.#peer, wait);
  }

  /**
   * Sends a text as UTF-8; see {@linkcode UdpSession.write}.
   *
   * @param text The text.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * const session = await sessions.accept();
   * assertEquals(await session.writeString("pong"), 4);
   * ```
   */
  async writeString(text: string, wait?: WaitOptions): Promise<number> {
    return await this.write(encode(text), wait);
  }

  /**
   * The bytes of each datagram of the peer, until the session ends.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * const session = await sessions.accept();
   * const { value } = await session.readable.getReader().read();
   * assertEquals(value?.length, 4);
   * ```
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#readable ??= new PullStream({
      next: async (signal) => (await this.receive({ signal }))?.data ?? null,
      isClosed: () => this.#isClosed,
      onCancel: () => {},
    });
    return this.#readable.stream;
  }

  /**
   * Sends each chunk as a datagram. Closing it changes nothing, as a datagram
   * connection has no end to send. Replies that `maxReplyRatio` forbids are
   * dropped and counted.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * const session = await sessions.accept();
   * const echoing = session.readable.pipeTo(session.writable);
   * assertEquals((await client.receive()).data.length, 4);
   * session.close();
   * await echoing;
   * ```
   */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= sendStream((chunk) => this.write(chunk));
  }

  /**
   * Iterates over the peer's datagrams until the session ends or is closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * for await (const { data } of await sessions.accept()) {
   *   assertEquals(data.length, 4);
   *   break;
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    return new PullIterator({
      next: () => this.receive(),
      isClosed: () => this.#isClosed,
    });
  }

  /**
   * Ends the session. Queued datagrams are dropped; the connection and its other
   * sessions continue. The next datagram of the peer opens a new session.
   *
   * @example Usage
   * ```ts
   * import { ClosedError, dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * const session = await sessions.accept();
   * session.close();
   * await assertRejects(() => session.receive(), ClosedError);
   * ```
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#finish("closed", "the session is closed");
    this.#readable?.end();
  }

  /**
   * Ends the session, for `using`.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("ping");
   * {
   *   using session = await sessions.accept();
   *   await session.receive();
   * }
   * assertEquals(sessions.size, 0);
   * ```
   */
  [Symbol.dispose](): void {
    this.close();
  }

  #finish(queue: "open" | "closed", why: string): void {
    const { key } = this.#peer;
    const isFirst = !this.#isOver;
    this.#isOver = true;
    if (isFirst) this.#host.onOver(this);
    this.#receiver.queue.leaveBudget();
    if (queue === "open") this.#receiver.end(() => ENDED);
    else {
      this.#receiver.close(() =>
        new ClosedError(`Cannot receive from ${key}: ${why}`)
      );
    }
    if (!isFirst) return;
    this.#sender.close(() => new ClosedError(`Cannot send to ${key}: ${why}`));
  }
}

async function nullAtEnd<T>(receiving: Promise<T>): Promise<T | null> {
  try {
    return await receiving;
  } catch (error) {
    if (error === ENDED) return null;
    throw error;
  }
}
