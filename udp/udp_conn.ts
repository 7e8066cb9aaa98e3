import { checkBytes, isBytes } from "../internal/bytes/bytes.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { encode } from "./_encode.ts";
import { UdpSocket, type UdpSocketParts } from "./_udp_socket.ts";
import { readKernelDrops } from "./backend/_kernel_drops.ts";
import type { Datagram, OutgoingDatagram, ReadResult } from "./datagram.ts";
import { Inbound } from "./receiving/_inbound.ts";
import { PullIterator, PullStream } from "./receiving/_streams.ts";
import { Outbound } from "./sending/_outbound.ts";
import { sendStream } from "./sending/_send_stream.ts";
import type { UdpAddr, UdpAddress } from "./udp_address.ts";
import type { SessionsOptions, UdpSessions } from "./udp_sessions.ts";
import { UdpSettings } from "./udp_settings.ts";
import type { UdpStats } from "./udp_stats.ts";

/** Makes the connection of a bound socket. */
export let makeUdpConn: (parts: UdpSocketParts) => UdpConn;

/**
 * A UDP connection (V's `UdpConn`): a bound socket that sends and receives
 * datagrams. A dialled one talks with its peer only.
 *
 * **Receiving.** {@linkcode UdpConn.receive}, {@linkcode UdpConn.read},
 * {@linkcode UdpConn.readable} and `for await` take datagrams in the order they
 * arrived, each datagram once; they may be mixed, and calls may overlap. From
 * the first of them on (with the Node back end from the start), datagrams that no
 * call waits for are queued, up to `maxQueued` and `maxQueuedBytes`; until then
 * they wait in the system's buffer, on Linux about 90 datagrams of 1 KiB.
 *
 * **Sending.** {@linkcode UdpConn.write}, {@linkcode UdpConn.writeTo} and
 * {@linkcode UdpConn.writable} send whole datagrams in the order asked. A
 * datagram may be lost, doubled or overtaken on the way. Deno's sockets report
 * that nothing listens at a port under Windows only; there the next call on a
 * dialled connection rejects with `Deno.errors.ConnectionRefused`.
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
  static {
    makeUdpConn = (parts) => new UdpConn(parts);
  }

  readonly #socket: UdpSocket;
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

  private constructor(parts: UdpSocketParts) {
    const socket = new UdpSocket(parts);
    const inbound = new Inbound(socket);
    const outbound = new Outbound(socket, inbound.receiver);
    super(socket, inbound, outbound.sender.sends);
    this.#socket = socket;
    this.#inbound = inbound;
    this.#outbound = outbound;
    this.localAddr = socket.addr;
    this.remoteAddr = socket.remote?.addr;
    socket.backend.open(inbound);
    if (socket.options.broadcast) this.setBroadcast(true);
  }

  /** {@linkcode UdpConn.localAddr} by the name that V and Deno have for it. */
  get addr(): UdpAddr {
    return this.localAddr;
  }

  /** {@linkcode UdpConn.remoteAddr} by V's name. */
  get peerAddr(): UdpAddr | undefined {
    return this.remoteAddr;
  }

  /** The back end; see `backend` of the options. */
  get backend(): "native" | "node" {
    return this.#socket.backend.kind;
  }

  /** The counters of all datagrams so far. */
  get stats(): UdpStats {
    const { counters, guard } = this.#socket;
    const { receiver: { queue }, sessions } = this.#inbound;
    return {
      ...counters,
      queued: queue.length + (sessions?.queued ?? 0),
      queuedBytes: queue.bytes + (sessions?.queuedBytes ?? 0),
      refused: guard?.refused ?? 0,
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
    return this.#socket.whileOpen(() => readKernelDrops(this.localAddr));
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
   * Reads the next datagram (V's `read`). Bytes that do not fit in `buffer` are
   * lost, which the third part of the result tells and {@linkcode UdpConn.stats}
   * counts; {@linkcode UdpConn.receive} always has room.
   *
   * @param buffer The buffer to fill. It is not touched after the call settles.
   * @param wait Limits on this call.
   * @returns The number of bytes, their sender, and whether the datagram was cut.
   * @throws {TypeError} If `buffer` is not a `Uint8Array`.
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
    const wrong = checkBytes("read into", buffer);
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
   * bytes if the system had the datagram already, which is sent all the same.
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
    const { remote, name } = this.#socket;
    if (remote !== undefined) return this.#outbound.send(data, remote, wait);
    return Promise.reject(
      new TypeError(
        `Cannot send from ${name} without an address: expected writeTo(), or a connection made by dialUdp()`,
      ),
    );
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
  async writeString(text: string, wait?: WaitOptions): Promise<number> {
    return await this.write(encode(text), wait);
  }

  /** {@linkcode UdpConn.writeString} by the name of V's early versions. */
  writeStr(text: string, wait?: WaitOptions): Promise<number> {
    return this.writeString(text, wait);
  }

  /**
   * Sends a datagram to an address (V's `write_to`); see
   * {@linkcode UdpConn.write} for calls that give up.
   *
   * A name is looked up once and kept for as long as the connection; datagrams
   * to other addresses overtake it meanwhile.
   *
   * @param address The peer: the `addr` of a datagram, or `"host:port"`.
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
   * @throws {Deno.errors.NetworkUnreachable} If it is a link-local address without
   * a zone, and this machine has several links; see `listenUdp`.
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
   * @param address The peer.
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
  async writeToString(
    address: UdpAddress,
    text: string,
    wait?: WaitOptions,
  ): Promise<number> {
    return await this.writeTo(address, encode(text), wait);
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
      isClosed: () => this.#socket.isClosed,
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
    return this.#writable ??= sendStream(
      (chunk) =>
        isBytes(chunk)
          ? this.write(chunk)
          : this.writeTo(chunk.addr, chunk.data),
      () => this.#endSide("writable"),
    );
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
    return new PullIterator({
      next: () => this.receive(),
      isClosed: () => this.#socket.isClosed,
    });
  }

  /**
   * Gives each peer a session of its own over this socket; see
   * {@linkcode UdpSessions}. From then on all datagrams go to the sessions, the
   * queued ones first.
   *
   * @param options Limits of the sessions.
   * @returns The new sessions, as they come.
   * @throws {TypeError | RangeError} If an option is not valid.
   * @throws {Deno.errors.Busy} If there are sessions, or calls that wait.
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
    const check = this.#outbound.check.bind(this.#outbound);
    return this.#inbound.startSessions(check, options);
  }

  /**
   * Closes the connection; a second call does nothing. Calls that wait reject
   * with a {@linkcode ClosedError}; streams, loops and sessions end. Queued
   * datagrams are dropped.
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
    const socket = this.#socket;
    if (socket.isClosed) return;
    socket.isClosed = true;
    socket.backend.close();
    this.#outbound.sender.close(socket.closedError);
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
    return `${this.constructor.name}(${this.#socket.name})`;
  }

  #endSide(side: "readable" | "writable"): void {
    if (side === "readable") this.#isReadableDone = true;
    else this.#isWritableDone = true;
    if (this.#isReadableDone && this.#isWritableDone) this.close();
  }
}
