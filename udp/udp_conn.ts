import { joinAddress } from "../internal/address.ts";
import { ClosedError } from "../internal/closed_error.ts";
import { systemError } from "../internal/system_error.ts";
import type { WaitOptions } from "../internal/wait_options.ts";
import type { UdpBackend, UdpSink } from "./_backend.ts";
import { checkBuffer, checkData, encode } from "./_checks.ts";
import { Counters } from "./_counters.ts";
import { readKernelDrops } from "./_kernel_drops.ts";
import { Multicast } from "./_multicast.ts";
import { type NamedAddress, Peer, PeerBook } from "./_peers.ts";
import { Receiver } from "./_receiver.ts";
import { ReplyGuard } from "./_reply_guard.ts";
import { resolveHost } from "./_resolve.ts";
import { Sender } from "./_sender.ts";
import { PullIterator, PullStream } from "./_streams.ts";
import type { Datagram, OutgoingDatagram, ReadResult } from "./datagram.ts";
import { DatagramLimits } from "./datagram_limits.ts";
import type { JoinMulticastOptions, Membership } from "./membership.ts";
import { ReplyRefusedError } from "./reply_refused_error.ts";
import type { UdpAddr, UdpAddress } from "./udp_address.ts";
import type { CheckedOptions } from "./udp_options.ts";
import {
  dispatch,
  failSessions,
  type SessionsHost,
  type SessionsOptions,
  UdpSessions,
} from "./udp_sessions.ts";
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
 * the first of them on, what nobody waits for is queued, up to `maxQueued` and
 * `maxQueuedBytes`; until then it waits in the system's buffer, on Linux some
 * 90 datagrams.
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
export class UdpConn extends DatagramLimits implements AsyncIterable<Datagram> {
  readonly #backend: UdpBackend;
  readonly #maxDatagramSize: number;
  readonly #counters: Counters;
  readonly #peers: PeerBook;
  readonly #remote: Peer | undefined;
  readonly #remoteHost: string | undefined;
  readonly #guard: ReplyGuard | undefined;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #multicast: Multicast;
  readonly #sessionsHost: SessionsHost;
  readonly #lookups = new Map<string, Promise<Peer>>();
  readonly #name: string;
  #sessions: UdpSessions | undefined;
  #readable: PullStream<Datagram> | undefined;
  #writable: WritableStream<OutgoingDatagram | Uint8Array> | undefined;
  #isReadableDone = false;
  #isWritableDone = false;
  #isBroadcast: boolean;
  #isClosed = false;

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
    const { backend, options, remote } = parts;
    const name = joinAddress(backend.addr.hostname, backend.addr.port);
    const counters = new Counters();
    const receiver = new Receiver(
      {
        describeReceive: () => `Cannot receive at ${name}`,
        onWait: () => backend.wake(),
        onRest: () => backend.rest(),
      },
      options,
      counters,
    );
    const sender = new Sender(
      backend,
      () => `Cannot send from ${name}`,
      counters,
    );
    super(receiver.limits, sender.limits);
    this.#backend = backend;
    this.#maxDatagramSize = options.maxDatagramSize;
    this.#counters = counters;
    this.#peers = new PeerBook(backend.addr);
    this.#receiver = receiver;
    this.#sender = sender;
    this.#multicast = new Multicast(backend);
    this.#name = name;
    this.#isBroadcast = false;
    this.localAddr = backend.addr;
    if (remote !== undefined) {
      const { ip, target } = remote;
      this.#remote = this.#peers.fromName(target, ip, target.hostname);
      this.remoteAddr = this.#remote.addr;
      // The runtime tells where a datagram came from without the zone.
      this.#remoteHost = this.remoteAddr.hostname.split("%")[0];
    }
    if (parts.maxReplyRatio !== Infinity) {
      this.#guard = new ReplyGuard(parts.maxReplyRatio);
    }
    this.#sessionsHost = {
      name,
      backend,
      counters,
      limits: options,
      check: (length, peer) => this.#check(length, peer),
      detach: () => this.#detachSessions(),
    };
    backend.open(this.#makeSink());
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
    const { length, bytes } = this.#receiver.queue;
    return {
      received,
      bytesReceived,
      sent,
      bytesSent,
      queued: length + (this.#sessions?.queued ?? 0),
      queuedBytes: bytes + (this.#sessions?.queuedBytes ?? 0),
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
    return this.#isClosed
      ? Promise.reject(this.#closedError())
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
    return this.#sessions === undefined
      ? this.#receiver.receive(wait)
      : Promise.reject(this.#busyError());
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
    const wrong = checkBuffer(buffer) ??
      (this.#sessions === undefined ? undefined : this.#busyError());
    return wrong === undefined
      ? this.#receiver.read(buffer, wait)
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
    return this.#send(data, remote, wait);
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
    try {
      const found = this.#peers.find(address);
      if (found instanceof Peer) return this.#send(data, found, wait);
      return this.#sendToName(data, found, wait);
    } catch (error) {
      return Promise.reject(this.#isClosed ? this.#closedError() : error);
    }
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
   */
  get readable(): ReadableStream<Datagram> {
    this.#readable ??= new PullStream<Datagram>({
      next: (signal) => this.receive({ signal }),
      isClosed: () => this.#isClosed,
      onCancel: () => this.#endSide("readable"),
    });
    return this.#readable.stream;
  }

  /**
   * Sends each chunk: a datagram to its address, bytes to the peer of a dialled
   * connection. Replies that `maxReplyRatio` forbids are dropped and counted;
   * any other failure ends the stream. Closing it leaves the connection open,
   * unless {@linkcode UdpConn.readable} was cancelled too.
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
        if (this.#isClosed) return null;
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
    if (this.#isClosed) throw this.#closedError();
    if (this.#sessions !== undefined || this.#receiver.isWaited) {
      throw this.#busyError();
    }
    const sessions = new UdpSessions(this.#sessionsHost, options);
    this.#sessions = sessions;
    const { queue } = this.#receiver;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { data, addr, truncated } = next;
      dispatch(sessions, data, this.#peers.fromSystem(addr), truncated);
    }
    this.#backend.wake();
    return sessions;
  }

  /**
   * Joins a multicast group, of which several may be joined. To receive what is
   * sent to a group the connection has to be bound to the group's port on all
   * interfaces (`":5000"`, `"[::]:5000"`).
   *
   * `ttl` and `loopback` hold for all that the connection sends to groups, as
   * the system knows them per socket.
   *
   * @param group The group's address: 224.0.0.0 to 239.255.255.255, or ff00::/8
   * on an IPv6 connection.
   * @param options The interface, and settings for sending.
   * @returns The membership.
   * @throws {SyntaxError | RangeError} If `group` is no multicast address.
   * @throws {TypeError} If it is not of the connection's family.
   * @throws {Deno.errors.AddrInUse} If the connection is a member already.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for an option.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using receiver = await listenUdp(":0");
   * await receiver.joinMulticast("239.1.2.3", { interface: "127.0.0.1" });
   *
   * using sender = await listenUdp("127.0.0.1:0");
   * await sender.writeToString(`239.1.2.3:${receiver.addr.port}`, "to all");
   * const { data } = await receiver.receive();
   * assertEquals(new TextDecoder().decode(data), "to all");
   * ```
   */
  joinMulticast(
    group: string,
    options: JoinMulticastOptions = {},
  ): Promise<Membership> {
    return this.#whileOpen(() => this.#multicast.join(group, options));
  }

  /**
   * Sets how many routers what is sent to groups may pass (V's
   * `set_multicast_ttl`). For IPv4 only; the native back end needs a group
   * joined before.
   *
   * @param ttl 1 to 255.
   * @throws {RangeError} If `ttl` is out of bounds.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastTtl(4);
   * ```
   */
  setMulticastTtl(ttl: number): Promise<void> {
    return this.#whileOpen(() => this.#multicast.setTtl(ttl));
  }

  /**
   * Sets whether what is sent to groups reaches listeners on this machine too
   * (V's `set_multicast_loop`). The native back end needs a group joined before.
   *
   * @param on Whether it does; at first it does.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastLoopback(false);
   * ```
   */
  setMulticastLoopback(on: boolean): Promise<void> {
    return this.#whileOpen(() => this.#multicast.setLoopback(on));
  }

  /**
   * Sets the interface that what is sent to groups leaves by (V's
   * `set_multicast_interface`). With the Node back end only.
   *
   * @param networkInterface As in {@linkcode JoinMulticastOptions}.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastInterface("127.0.0.1");
   * ```
   */
  setMulticastInterface(networkInterface: string | number): Promise<void> {
    return this.#whileOpen(() =>
      this.#multicast.setInterface(networkInterface)
    );
  }

  /**
   * Allows to send to the broadcast address 255.255.255.255, or forbids it
   * again (V's `set_option_bool(.broadcast, …)`).
   *
   * With the Node back end it also is what the system asks for the broadcast
   * address of one network, such as 192.0.2.255; the sockets of the native one
   * may always send there.
   *
   * @param on Whether it is allowed; at first it is not.
   * @throws {ClosedError} If the connection is closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp(":0");
   * await assertRejects(
   *   () => conn.writeToString("255.255.255.255:9", "hello"),
   *   Deno.errors.PermissionDenied,
   * );
   * conn.setBroadcast(true);
   * ```
   */
  setBroadcast(on: boolean): void {
    if (this.#isClosed) throw this.#closedError();
    this.#backend.setBroadcast(on);
    this.#isBroadcast = on;
  }

  /**
   * Fails: neither back end can set the system's receive buffer. (`node:dgram`
   * has a call for it that, in Deno 2.9, leaves the system's buffer as it is and
   * cuts datagrams instead.) Against bursts there are `maxQueued` and, on Linux,
   * `sysctl net.core.rmem_default`.
   *
   * @param bytes The size asked for.
   * @throws {Deno.errors.NotSupported} Always.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertThrows } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertThrows(() => conn.setReceiveBufferSize(1e6), Deno.errors.NotSupported);
   * ```
   */
  setReceiveBufferSize(bytes: number): void {
    throw this.#noBufferSize("receive", "rmem", bytes);
  }

  /**
   * Fails: neither back end can set the system's send buffer; see
   * {@linkcode UdpConn.setReceiveBufferSize}.
   *
   * @param bytes The size asked for.
   * @throws {Deno.errors.NotSupported} Always.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertThrows } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertThrows(() => conn.setSendBufferSize(1e6), Deno.errors.NotSupported);
   * ```
   */
  setSendBufferSize(bytes: number): void {
    throw this.#noBufferSize("send", "wmem", bytes);
  }

  /**
   * Lets calls that wait keep the process alive, as they do at first.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.unref();
   * conn.ref();
   * ```
   */
  ref(): void {
    if (!this.#isClosed) this.#backend.ref();
  }

  /**
   * Lets the process end although calls wait.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.unref();
   * ```
   */
  unref(): void {
    if (!this.#isClosed) this.#backend.unref();
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
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#backend.close();
    this.#sender.close(() => this.#closedError());
    this.#receiver.close(() => this.#closedError());
    this.#sessions?.close();
    this.#multicast.close();
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

  #makeSink(): UdpSink {
    return {
      onDatagram: (bytes, addr) => this.#onDatagram(bytes, addr),
      onUnreachable: (error) => {
        if (this.#remote !== undefined) {
          const what = `Cannot reach ${this.#remote.key}`;
          this.#receiver.failNext(systemError(what, error));
        }
        return this.#isWaited;
      },
      onFailure: (error) => {
        const named = systemError(`Cannot receive at ${this.#name}`, error);
        if (this.#sessions === undefined) this.#receiver.failAll(named);
        else failSessions(this.#sessions, named);
      },
    };
  }

  #onDatagram(bytes: Uint8Array, addr: UdpAddr): boolean {
    const counters = this.#counters;
    if (this.#remote !== undefined && !this.#isRemote(addr)) {
      counters.filtered++;
      return this.#isWaited;
    }
    const truncated = bytes.length > this.#maxDatagramSize;
    const data = truncated ? bytes.subarray(0, this.#maxDatagramSize) : bytes;
    if (truncated) counters.truncated++;
    counters.received++;
    counters.bytesReceived += data.length;
    if (this.#guard !== undefined) {
      this.#guard.onReceived(this.#peers.fromSystem(addr), data.length);
    }
    if (this.#sessions === undefined) {
      return this.#receiver.deliver(data, addr, truncated);
    }
    dispatch(this.#sessions, data, this.#peers.fromSystem(addr), truncated);
    return true;
  }

  /** Whether an address that the system told is that of the peer. */
  #isRemote({ hostname, port }: UdpAddr): boolean {
    return port === this.remoteAddr?.port && hostname === this.#remoteHost;
  }

  /** Whether more datagrams are wanted right now. */
  get #isWaited(): boolean {
    return this.#receiver.isWaited || this.#sessions !== undefined;
  }

  #send(
    data: Uint8Array,
    peer: Peer,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkData(data) ?? this.#check(data.length, peer);
    return wrong === undefined
      ? this.#sender.send(data, peer, wait)
      : Promise.reject(this.#isClosed ? this.#closedError() : wrong);
  }

  #sendToName(
    data: Uint8Array,
    address: NamedAddress,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkData(data) ?? this.#checkPort(address);
    if (wrong !== undefined) return Promise.reject(wrong);
    return this.#sender.sendLater(data, async () => {
      const peer = await this.#lookup(address);
      const wrong = this.#check(data.length, peer);
      if (wrong !== undefined) throw wrong;
      return peer;
    }, wait);
  }

  /** Looks a name up, once for all who ask meanwhile. */
  #lookup(address: NamedAddress): Promise<Peer> {
    const { hostname, port } = address;
    const key = joinAddress(hostname, port);
    const running = this.#lookups.get(key);
    if (running !== undefined) return running;
    const lookup = resolveHost(hostname, port, this.#peers.family)
      .then(({ ip, host }) => this.#peers.fromName(address, ip, host))
      .finally(() => this.#lookups.delete(key));
    this.#lookups.set(key, lookup);
    return lookup;
  }

  async #writeChunk(chunk: OutgoingDatagram | Uint8Array): Promise<void> {
    try {
      if (chunk instanceof Uint8Array) await this.write(chunk);
      else await this.writeTo(chunk.addr, chunk.data);
    } catch (error) {
      if (!(error instanceof ReplyRefusedError)) throw error;
    }
  }

  /** Returns why a datagram may not be sent, or `undefined`. */
  #check(length: number, peer: Peer): Error | undefined {
    if (this.#receiver.hasFailure) {
      return this.#receiver.takeFailure()?.error as Error;
    }
    if (length > peer.maxPayload) {
      return new RangeError(
        `Cannot send ${length} bytes to ${peer.key}: expected at most ${peer.maxPayload}, what a datagram carries`,
      );
    }
    if (this.#remote !== undefined && peer.key !== this.#remote.key) {
      return new TypeError(
        `Cannot send to ${peer.key}: the connection was dialled to ${this.#remote.key}, expected one made by listenUdp()`,
      );
    }
    if (peer.addr.port === 0) return this.#checkPort(peer.addr);
    if (!this.#isBroadcast && peer.isBroadcast) {
      return new Deno.errors.PermissionDenied(
        `Cannot send to ${peer.key}: expected setBroadcast(true) before`,
      );
    }
    return this.#guard === undefined
      ? undefined
      : this.#checkReply(this.#guard, length, peer);
  }

  #checkReply(
    guard: ReplyGuard,
    length: number,
    peer: Peer,
  ): ReplyRefusedError | undefined {
    const refusal = guard.check(peer, length);
    return refusal && new ReplyRefusedError(
      `Cannot send ${length} bytes to ${peer.key}: ${refusal.reason}`,
      peer.addr,
      refusal.allowedBytes,
    );
  }

  #checkPort({ hostname, port }: NamedAddress): RangeError | undefined {
    return port !== 0 ? undefined : new RangeError(
      `Cannot send to ${
        joinAddress(hostname, port)
      }: expected a port from 1 to 65535`,
    );
  }

  /** Runs what the back end does; whatever the timing, closing ends it. */
  async #whileOpen<T>(run: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw this.#closedError();
    try {
      const result = await run();
      if (!this.#isClosed) return result;
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
    throw this.#closedError();
  }

  #detachSessions(): void {
    this.#sessions = undefined;
    if (!this.#isClosed) this.#backend.rest();
  }

  #endSide(side: "readable" | "writable"): void {
    if (side === "readable") this.#isReadableDone = true;
    else this.#isWritableDone = true;
    if (this.#isReadableDone && this.#isWritableDone) this.close();
  }

  #closedError(): ClosedError {
    return new ClosedError(
      `Cannot use ${this.#name}: the connection is closed`,
    );
  }

  #busyError(): Error {
    return new Deno.errors.Busy(
      this.#sessions === undefined
        ? `Cannot make sessions at ${this.#name}: a call waits for a datagram`
        : `Cannot receive at ${this.#name}: its datagrams go to the sessions`,
    );
  }

  #noBufferSize(side: string, sysctl: string, bytes: number): Error {
    if (this.#isClosed) return this.#closedError();
    return new Deno.errors.NotSupported(
      `Cannot set the ${side} buffer size to ${bytes}: Deno has no call for it, expected the system's setting, such as sysctl net.core.${sysctl}_default`,
    );
  }
}
