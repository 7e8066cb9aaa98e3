import { isBytes } from "../internal/bytes/bytes.ts";
import { joinAddress } from "../internal/address/address.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import type { UdpBackend } from "./backend/_backend.ts";
import { checkBuffer, encode } from "./_checks.ts";
import { Counters } from "./_counters.ts";
import { Inbound } from "./receiving/_inbound.ts";
import { readKernelDrops } from "./backend/_kernel_drops.ts";
import { Life } from "./_life.ts";
import { Outbound } from "./sending/_outbound.ts";
import { type NamedAddress, type Peer, PeerBook } from "./sending/_peers.ts";
import { ReplyGuard } from "./sending/_reply_guard.ts";
import { PullIterator, PullStream } from "./receiving/_streams.ts";
import type { Datagram, OutgoingDatagram, ReadResult } from "./datagram.ts";
import { ReplyRefusedError } from "./reply_refused_error.ts";
import type { UdpAddr, UdpAddress } from "./udp_address.ts";
import type { CheckedOptions } from "./udp_options.ts";
import type { SessionsOptions, UdpSessions } from "./udp_sessions.ts";
import { UdpSettings } from "./udp_settings.ts";
import type { UdpStats } from "./udp_stats.ts";

/** What a connection is made of. */
export interface UdpConnParts {
  readonly backend: UdpBackend;
  readonly options: CheckedOptions;
  readonly broadcast: boolean;
  readonly maxReplyRatio: number;
  /** The only one to talk with, if it was dialled. */
  readonly remote:
    | { readonly ip: string; readonly target: NamedAddress }
    | undefined;
}

/**
 * A UDP connection (V's `UdpConn`): a bound socket that sends and receives
 * datagrams. A dialled one has a peer, and talks with nobody else.
 *
 * **Receiving.** {@linkcode UdpConn.receive}, {@linkcode UdpConn.read},
 * {@linkcode UdpConn.readable} and `for await` take datagrams in the order they
 * arrived, each datagram once; they may be mixed, and calls may overlap. From
 * the first of them on (with the Node back end from the start), what nobody
 * waits for is queued, up to `maxQueued` and `maxQueuedBytes`; until then it
 * waits in the system's buffer, on Linux some 90 datagrams of 1 KiB.
 *
 * **Sending.** {@linkcode UdpConn.write}, {@linkcode UdpConn.writeTo} and
 * {@linkcode UdpConn.writable} send whole datagrams in the order asked. To have
 * sent says nothing about arrival: a datagram may be lost, doubled or overtaken
 * on the way. That nobody listens at a port is news that the sockets of Deno
 * pass on under Windows only; there the next call on a dialled connection
 * rejects with `Deno.errors.ConnectionRefused`.
 *
 * **Limits.** Every call that waits takes a timeout, a deadline and a signal;
 * the setters give defaults. A call that gives up loses no datagram.
 *
 * **Ends.** A limit is a `DOMException` named `TimeoutError`, an abort the
 * signal's reason, anything after {@linkcode UdpConn.close} a
 * {@linkcode ClosedError}, except that streams and loops end. Calls that wait
 * keep the process alive, the open connection does not.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp(server.addr);
 * await client.writeString("hello");
 *
 * const { data, addr } = await server.receive({ timeout: 1000 });
 * await server.writeTo(addr, data);
 *
 * const buffer = new Uint8Array(100);
 * const [length] = await client.read(buffer, { timeout: 1000 });
 * assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), "hello");
 * ```
 */
export class UdpConn extends UdpSettings implements AsyncIterable<Datagram> {
  readonly #name: string;
  readonly #life: Life;
  readonly #backend: UdpBackend;
  readonly #options: CheckedOptions;
  readonly #counters: Counters;
  readonly #guard: ReplyGuard | undefined;
  readonly #remote: Peer | undefined;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  #readable: PullStream<Datagram> | undefined;
  #writable: WritableStream<OutgoingDatagram | Uint8Array> | undefined;
  #isReadableDone = false;
  #isWritableDone = false;

  /** The address that the connection is bound to. */
  readonly localAddr: UdpAddr;
  /** The address of the peer, `undefined` if it was not dialled. */
  readonly remoteAddr: UdpAddr | undefined;

  /**
   * Connections are made by `listenUdp` and `dialUdp`.
   *
   * @ignore
   */
  constructor(parts: UdpConnParts) {
    const { backend, options, maxReplyRatio, remote: given } = parts;
    const name = joinAddress(backend.addr.hostname, backend.addr.port);
    const life = new Life(name);
    const counters = new Counters();
    const peers = new PeerBook(backend.addr);
    const guard = maxReplyRatio === Infinity
      ? undefined
      : new ReplyGuard(maxReplyRatio);
    const remote = given &&
      peers.fromName(given.target, given.ip, given.target.hostname);
    const shared = { backend, name, life, options, counters, peers };
    const inbound = new Inbound({ ...shared, remote, guard });
    const { receiver } = inbound;
    const outbound = new Outbound({ ...shared, remote, guard, receiver });
    const { sender } = outbound;
    super({
      backend,
      life,
      outbound,
      reads: receiver.limits,
      writes: sender.limits,
    });
    this.#name = name;
    this.#life = life;
    this.#backend = backend;
    this.#options = options;
    this.#counters = counters;
    this.#guard = guard;
    this.#remote = remote;
    this.#inbound = inbound;
    this.#outbound = outbound;
    this.localAddr = backend.addr;
    this.remoteAddr = remote?.addr;
    backend.open(inbound);
    if (parts.broadcast) this.setBroadcast(true);
  }

  /** {@linkcode UdpConn.localAddr} by the name that V and Deno have for it. */
  get addr(): UdpAddr {
    return this.localAddr;
  }

  /** {@linkcode UdpConn.remoteAddr} by V's name. */
  get peerAddr(): UdpAddr | undefined {
    return this.remoteAddr;
  }

  /** What carries the datagrams; see `backend` of the options. */
  get backend(): "native" | "node" {
    return this.#backend.kind;
  }

  /** What has become of the datagrams so far. */
  get stats(): UdpStats {
    const { received, bytesReceived, sent, bytesSent } = this.#counters;
    const { dropped, truncated, filtered } = this.#counters;
    const { receiver, sessions } = this.#inbound;
    const { length, bytes } = receiver.queue;
    return {
      received,
      bytesReceived,
      sent,
      bytesSent,
      queued: length + (sessions?.queued ?? 0),
      queuedBytes: bytes + (sessions?.queuedBytes ?? 0),
      dropped,
      truncated,
      filtered,
      refused: this.#guard?.refused ?? 0,
    };
  }

  /**
   * Asks the system how many datagrams it has dropped before they could be
   * received, as its buffer for this address was full. Sockets that share the
   * address are counted together.
   *
   * @returns The number, or `undefined` where the system does not tell: only
   * Linux does, and Deno lets only programs with all permissions (`-A`) see it.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assert } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * const drops = await conn.kernelDrops();
   * assert(drops === undefined || drops === 0);
   * ```
   */
  kernelDrops(): Promise<number | undefined> {
    return this.#life.isClosed
      ? Promise.reject(this.#life.makeError())
      : readKernelDrops(this.localAddr);
  }

  /**
   * Takes the next datagram.
   *
   * @param wait Limits on this call.
   * @returns The datagram.
   * @throws {DOMException} Named `TimeoutError`, at a limit. Nothing is lost.
   * @throws {ClosedError} If the connection is or gets closed.
   * @throws {Deno.errors.Busy} If {@linkcode UdpConn.sessions} has them all.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * await assertRejects(() => conn.receive({ timeout: 1 }), DOMException);
   *
   * await conn.writeToString(conn.addr, "late");
   * const { data, addr } = await conn.receive();
   * assertEquals(new TextDecoder().decode(data), "late");
   * assertEquals(addr, conn.addr);
   * ```
   */
  receive(wait?: WaitOptions): Promise<Datagram> {
    return this.#inbound.receive(wait);
  }

  /**
   * Reads the next datagram (V's `read`). What does not fit in `buffer` is
   * lost, told by the third part of the result, and counted in
   * {@linkcode UdpConn.stats}; {@linkcode UdpConn.receive} always has room.
   *
   * @param buffer Where the bytes go. It is left alone once the call settles.
   * @param wait Limits on this call.
   * @returns How many bytes were put there, who sent them, and whether the
   * datagram was cut.
   * @throws {TypeError} If `buffer` is no `Uint8Array`.
   * @throws {DOMException} Named `TimeoutError`, at a limit. Nothing is lost.
   * @throws {ClosedError} If the connection is or gets closed.
   * @throws {Deno.errors.Busy} If {@linkcode UdpConn.sessions} has them all.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * await conn.writeToString(conn.addr, "hello");
   * const buffer = new Uint8Array(4);
   * const [length, addr, truncated] = await conn.read(buffer);
   * assertEquals([length, truncated], [4, true]);
   * assertEquals(addr, conn.addr);
   * ```
   */
  read(buffer: Uint8Array, wait?: WaitOptions): Promise<ReadResult> {
    const wrong = checkBuffer(buffer);
    return wrong === undefined
      ? this.#inbound.read(buffer, wait)
      : Promise.reject(wrong);
  }

  /**
   * Sends a datagram to the peer of a dialled connection. It settles when the
   * system has taken it; the caller may use the buffer again from then on,
   * whatever the outcome.
   *
   * If the call gives up, its error has a property `bytesWritten`: 0, or all
   * bytes if the datagram was with the system already and goes out all the same.
   *
   * @param data The bytes, of which there may be none.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   * @throws {TypeError} If the connection has no peer.
   * @throws {RangeError} If there are more bytes than a datagram carries: 65,507
   * over IPv4, 65,527 over IPv6.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * assertEquals(await client.write(new Uint8Array([1, 2, 3])), 3);
   * assertEquals((await server.receive()).data.length, 3);
   * ```
   */
  write(data: Uint8Array, wait?: WaitOptions): Promise<number> {
    const remote = this.#remote;
    if (remote === undefined) {
      return Promise.reject(
        new TypeError(
          `Cannot send from ${this.#name} without an address: expected writeTo(), or a connection made by dialUdp()`,
        ),
      );
    }
    return this.#outbound.send(data, remote, wait);
  }

  /**
   * Sends a text as UTF-8 to the peer; see {@linkcode UdpConn.write}.
   *
   * @param text The text. Lone surrogates become U+FFFD.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * assertEquals(await client.writeString("漢"), 3);
   * ```
   */
  writeString(text: string, wait?: WaitOptions): Promise<number> {
    const data = encode(text);
    return data instanceof Uint8Array
      ? this.write(data, wait)
      : Promise.reject(data);
  }

  /** {@linkcode UdpConn.writeString} by the name of V's early versions. */
  writeStr(text: string, wait?: WaitOptions): Promise<number> {
    return this.writeString(text, wait);
  }

  /**
   * Sends a datagram to an address (V's `write_to`); see
   * {@linkcode UdpConn.write} for what a call that gives up leaves behind.
   *
   * A name is looked up once and kept for as long as the connection; datagrams
   * to others pass it meanwhile. A numeric address costs nothing to look up.
   *
   * @param address Where to: the `addr` of a datagram, or `"host:port"`.
   * @param data The bytes, of which there may be none.
   * @param wait Limits on this call, the look-up included.
   * @returns The number of bytes.
   * @throws {SyntaxError} If `address` is not `host:port`.
   * @throws {RangeError} If the port is not in 1 to 65535, or there are more
   * bytes than a datagram carries.
   * @throws {TypeError} If the address is of a family that the connection can't
   * reach, or not the peer of a dialled connection.
   * @throws {Deno.errors.NotFound} If the name is not found.
   * @throws {Deno.errors.PermissionDenied} If it is the broadcast address and
   * {@linkcode UdpConn.setBroadcast} has not been called.
   * @throws {ReplyRefusedError} If `maxReplyRatio` forbids it.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * using a = await listenUdp("127.0.0.1:0");
   * using b = await listenUdp("127.0.0.1:0");
   * await a.writeTo(b.addr, new Uint8Array([1]));
   * await a.writeTo(`127.0.0.1:${b.addr.port}`, new Uint8Array([2]));
   * assertEquals((await b.receive()).data, new Uint8Array([1]));
   * assertEquals((await b.receive()).data, new Uint8Array([2]));
   *
   * const tooLong = new Uint8Array(65_508);
   * await assertRejects(() => a.writeTo(b.addr, tooLong), RangeError);
   * await assertRejects(() => a.writeTo("[::1]:9", tooLong), TypeError);
   * ```
   */
  writeTo(
    address: UdpAddress,
    data: Uint8Array,
    wait?: WaitOptions,
  ): Promise<number> {
    return this.#outbound.sendTo(address, data, wait);
  }

  /**
   * Sends a text as UTF-8 to an address (V's `write_to_string`); see
   * {@linkcode UdpConn.writeTo}.
   *
   * @param address Where to.
   * @param text The text. Lone surrogates become U+FFFD.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertEquals(await conn.writeToString(conn.addr, "hello"), 5);
   * ```
   */
  writeToString(
    address: UdpAddress,
    text: string,
    wait?: WaitOptions,
  ): Promise<number> {
    const data = encode(text);
    return data instanceof Uint8Array
      ? this.writeTo(address, data, wait)
      : Promise.reject(data);
  }

  /**
   * The datagrams as a stream without read-ahead: it takes one when its reader
   * asks. It ends when the connection is closed. Cancelling it leaves the
   * connection open, unless {@linkcode UdpConn.writable} is closed too.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * await conn.writeToString(conn.addr, "hello");
   * const { value } = await conn.readable.getReader().read();
   * assertEquals(value?.data.length, 5);
   * ```
   */
  get readable(): ReadableStream<Datagram> {
    this.#readable ??= new PullStream<Datagram>({
      next: (signal) => this.receive({ signal }),
      isClosed: () => this.#life.isClosed,
      onCancel: () => this.#endSide("readable"),
    });
    return this.#readable.stream;
  }

  /**
   * Sends each chunk: a datagram to its address, bytes to the peer of a dialled
   * connection. Replies that `maxReplyRatio` forbids are dropped and counted;
   * any other failure ends the stream. Closing it leaves the connection open,
   * unless {@linkcode UdpConn.readable} was cancelled too.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * const numbers = ReadableStream.from([new Uint8Array([1]), new Uint8Array(2)]);
   * await numbers.pipeTo(client.writable);
   * assertEquals((await server.receive()).data.length, 1);
   * assertEquals((await server.receive()).data.length, 2);
   * ```
   */
  get writable(): WritableStream<OutgoingDatagram | Uint8Array> {
    this.#writable ??= new WritableStream({
      write: (chunk) => this.#writeChunk(chunk),
      close: () => this.#endSide("writable"),
      abort: () => this.#endSide("writable"),
    });
    return this.#writable;
  }

  /**
   * Iterates over the datagrams until the connection is closed. Leaving the
   * loop leaves the connection open.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * await client.writeString("one");
   * await client.writeString("two");
   * const texts: string[] = [];
   * for await (const { data } of server) {
   *   texts.push(new TextDecoder().decode(data));
   *   if (texts.length === 2) server.close();
   * }
   * assertEquals(texts, ["one", "two"]);
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    return new PullIterator(async () => {
      try {
        return await this.receive();
      } catch (error) {
        if (this.#life.isClosed) return null;
        throw error;
      }
    });
  }

  /**
   * Gives each peer a session of its own, over this one socket; see
   * {@linkcode UdpSessions}. From then on all datagrams go to the sessions, those
   * queued already first.
   *
   * @param options How long and how many.
   * @returns The new sessions, as they come.
   * @throws {Deno.errors.Busy} If there are sessions or calls that wait.
   * @throws {ClosedError} If the connection is closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions({ idleTimeout: 10_000, maxSessions: 100 });
   * using client = await dialUdp(server.addr);
   * await client.writeString("hello");
   * const session = await sessions.accept();
   * assertEquals(session.remoteAddr, client.addr);
   * ```
   */
  sessions(options: SessionsOptions = {}): UdpSessions {
    const outbound = this.#outbound;
    return this.#inbound.startSessions({
      name: this.#name,
      backend: this.#backend,
      counters: this.#counters,
      limits: this.#options,
      check: (length, peer) => outbound.check(length, peer),
    }, options);
  }

  /**
   * Closes the connection, which may be done twice. Calls that wait reject with
   * a {@linkcode ClosedError}; streams, loops and sessions end. What was queued
   * is dropped.
   *
   * @example Usage
   * ```ts
   * import { ClosedError, listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * const conn = await listenUdp("127.0.0.1:0");
   * const pending = conn.receive();
   * conn.close();
   * conn.close();
   * await assertRejects(() => pending, ClosedError);
   * ```
   */
  close(): void {
    if (this.#life.isClosed) return;
    this.#life.isClosed = true;
    this.#backend.close();
    this.#outbound.sender.close(this.#life.makeError);
    this.#inbound.close();
    this.#readable?.end();
  }

  /**
   * Closes the connection, for `using`.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertEquals(conn.stats.sent, 0);
   * ```
   */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Returns the class and the address, for logs. */
  override toString(): string {
    return `${this.constructor.name}(${this.#name})`;
  }

  async #writeChunk(chunk: OutgoingDatagram | Uint8Array): Promise<void> {
    try {
      if (isBytes(chunk)) await this.write(chunk);
      else await this.writeTo(chunk.addr, chunk.data);
    } catch (error) {
      if (!(error instanceof ReplyRefusedError)) throw error;
    }
  }

  #endSide(side: "readable" | "writable"): void {
    if (side === "readable") this.#isReadableDone = true;
    else this.#isWritableDone = true;
    if (this.#isReadableDone && this.#isWritableDone) this.close();
  }
}
