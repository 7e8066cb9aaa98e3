import { joinAddress } from "../internal/address/address.ts";
import {
  checkOptions,
  isCount,
  isTime,
  type OptionChecks,
} from "../internal/check_options.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { SlotMap } from "../internal/slot_map.ts";
import { afterPoll } from "../internal/wait/after_poll.ts";
import { Alarm } from "../internal/wait/alarm.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../internal/wait/wait_queue.ts";
import { makeUdpAddr } from "./_addresses.ts";
import type { DirectionLimits } from "./datagram_limits.ts";
import type { ByteBudget } from "./receiving/_receive_queue.ts";
import type { Arrival } from "./receiving/_receiver.ts";
import { PullIterator } from "./receiving/_streams.ts";
import { Peer } from "./sending/_peers.ts";
import type { UdpAddr } from "./udp_address.ts";
import {
  deliverTo,
  expireSession,
  makeSession,
  type SessionHost,
  type UdpSession,
} from "./udp_session.ts";

/** Options for `conn.sessions()`. */
export interface SessionsOptions {
  /**
   * Milliseconds after which a session ends if nothing was received or sent.
   * Datagrams that have come while the process was busy are seen before.
   *
   * @default {30000}
   */
  idleTimeout?: number;
  /**
   * How many sessions there may be at once, including those not accepted yet.
   * Datagrams of further peers are dropped and counted as `dropped`.
   *
   * @default {1024}
   */
  maxSessions?: number;
  /**
   * The most bytes of datagrams that may wait in all sessions together, plus 128
   * for each datagram. It protects the memory against floods from forged
   * addresses. Beyond it a session drops its own oldest datagrams if that makes
   * room, and else the new one. Each session also has the limits of the
   * connection.
   *
   * @default {16777216}
   */
  maxQueuedBytes?: number;
}

/**
 * How often it looks, while datagrams come, before sessions end. The runtime polls
 * each time, and what the system keeps by default is read in some polls.
 */
const MAX_LOOKS = 8;

const SESSIONS_CHECKS: OptionChecks<SessionsOptions> = {
  idleTimeout: isTime,
  maxSessions: isCount(1),
  maxQueuedBytes: isCount(0),
};

/** The part of a connection that its sessions use. */
export interface SessionsHost extends Omit<SessionHost, "limits" | "onOver"> {
  /** Passes datagrams to the connection's own calls again. */
  detach(): void;
}

/** Makes the sessions of a connection. */
export let makeSessions: (
  host: SessionsHost,
  options: SessionsOptions,
) => UdpSessions;

/** Delivers a datagram to the session of its peer. */
export let dispatch: (sessions: UdpSessions, arrival: Arrival) => void;

/** Ends all sessions, as the connection can't receive any more. */
export let failSessions: (sessions: UdpSessions, error: unknown) => void;

/** The limits on accepting. */
export let limitsOf: (sessions: UdpSessions) => DirectionLimits;

/**
 * The sessions of a connection, one for each peer, as an async iterable: the
 * listener of a datagram server.
 *
 * Leaving a `for await` loop stops accepting new peers; the open sessions
 * continue until each has ended. {@linkcode UdpSessions.close} ends all.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp, type UdpSession } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * async function greet(session: UdpSession) {
 *   for await (const { data } of session) {
 *     const name = new TextDecoder().decode(data);
 *     await session.writeString(`Hello ${name}`);
 *   }
 * }
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp(server.addr);
 * await client.writeString("V");
 * for await (const session of server.sessions({ idleTimeout: 10_000 })) {
 *   greet(session);
 *   break;
 * }
 * const { data } = await client.receive();
 * assertEquals(new TextDecoder().decode(data), "Hello V");
 * ```
 */
export class UdpSessions implements AsyncIterable<UdpSession> {
  static {
    makeSessions = (host, options) => new UdpSessions(host, options);
    dispatch = (sessions, arrival) => sessions.#dispatch(arrival);
    limitsOf = (sessions) => sessions.#accepts;
    failSessions = (sessions, error) => {
      sessions.#failure = error;
      sessions.close();
    };
  }

  readonly #host: SessionsHost;
  readonly #idleTimeout: number;
  readonly #maxSessions: number;
  readonly #budget: ByteBudget;
  readonly #sessions = new SlotMap<string, UdpSession>();
  readonly #accepts: WaitQueue<Waiter<UdpSession>>;
  readonly #alarm = new Alarm(() => this.#look(0), false);
  /** Sessions that wait to be accepted. */
  readonly #fresh = new Set<UdpSession>();
  /** The failure of the connection, if that has ended the sessions. */
  #failure: unknown;
  #isAccepting = true;
  #isClosed = false;

  private constructor(host: SessionsHost, options: SessionsOptions) {
    checkOptions(options, SESSIONS_CHECKS);
    this.#host = host;
    this.#idleTimeout = options.idleTimeout ?? 30_000;
    this.#maxSessions = options.maxSessions ?? 1024;
    this.#budget = { used: 0, max: options.maxQueuedBytes ?? 16 * 2 ** 20 };
    this.#accepts = new WaitQueue(this.#describe, () => {}, false);
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Datagrams that wait in the sessions. */
  get queued(): number {
    let queued = 0;
    this.#sessions.each((session) => queued += session.queued);
    return queued;
  }

  /** Bytes that wait in the sessions. */
  get queuedBytes(): number {
    let bytes = 0;
    this.#sessions.each((session) => bytes += session.queuedBytes);
    return bytes;
  }

  /**
   * Takes the next new session.
   *
   * The read timeout and the read deadline of the connection limit it too.
   *
   * @param wait Limits on this call.
   * @returns The session.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the sessions or the connection are or get closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * using client = await dialUdp(server.addr);
   * await client.writeString("hello");
   * const session = await sessions.accept({ timeout: 1000 });
   * assertEquals(session.remoteAddr, client.addr);
   * ```
   */
  // deno-lint-ignore require-await -- an error has to reject
  async accept(wait?: WaitOptions): Promise<UdpSession> {
    if (!this.#isAccepting) throw this.#error();
    const refusal = this.#accepts.refuse(wait);
    if (refusal !== undefined) throw refusal.error;
    for (const session of this.#fresh) {
      this.#fresh.delete(session);
      return session;
    }
    const waiter = new Waiter<UdpSession>();
    this.#accepts.add(waiter, wait);
    return waiter.promise;
  }

  /**
   * Iterates over new sessions until these or the connection are closed.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * await client.writeString("hello");
   * for await (const session of server.sessions()) {
   *   assertEquals((await session.receive())?.data.length, 5);
   *   server.close();
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<UdpSession> {
    return new PullIterator({
      next: () => this.accept(),
      isClosed: () => !this.#isAccepting && this.#failure === undefined,
    }, () => this.#stop());
  }

  /**
   * Ends all sessions. The connection stays open, and its own calls get the
   * datagrams again.
   *
   * @example Usage
   * ```ts
   * import { dialUdp, listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using client = await dialUdp(server.addr);
   * const sessions = server.sessions();
   * sessions.close();
   * await client.writeString("hello");
   * assertEquals((await server.receive()).addr, client.addr);
   * ```
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
    for (const session of this.#sessions.values()) session.close();
    this.#host.detach();
  }

  /**
   * Ends all sessions, for `using`.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using server = await listenUdp("127.0.0.1:0");
   * using sessions = server.sessions();
   * assertEquals(sessions.size, 0);
   * ```
   */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Accepts no more sessions, and ends those that wait to be accepted. */
  #stop(): void {
    if (!this.#isAccepting) return;
    this.#isAccepting = false;
    this.#accepts.drain((waiter) => waiter.reject(this.#error()));
    this.#accepts.stopTiming();
    for (const session of this.#fresh) session.close();
    if (this.#sessions.size === 0) this.close();
  }

  readonly #describe = () =>
    `Cannot accept a session at ${this.#host.socket.name}`;

  #error(): unknown {
    return this.#failure ??
      new ClosedError(`${this.#describe()}: the sessions are closed`);
  }

  #dispatch(arrival: Arrival): void {
    const { hostname, port } = arrival.addr;
    const session = this.#sessions.get(joinAddress(hostname, port)) ??
      this.#open(arrival.addr);
    if (session === undefined) this.#host.socket.counters.dropped++;
    else deliverTo(session, arrival);
  }

  #open({ hostname, port }: UdpAddr): UdpSession | undefined {
    const isFull = this.#sessions.size >= this.#maxSessions;
    if (isFull || !this.#isAccepting) return undefined;
    const host = this.#host;
    const peer = new Peer(makeUdpAddr(hostname, port));
    const session = makeSession({
      socket: host.socket,
      limits: { ...host.socket.options, budget: this.#budget },
      check: (length, peer) => host.check(length, peer),
      onOver: (session) => this.#onOver(session, peer.key),
    }, peer);
    this.#sessions.set(peer.key, session);
    if (this.#idleTimeout !== Infinity) {
      this.#alarm.ringBy(performance.now() + this.#idleTimeout);
    }
    const waiter = this.#accepts.shift();
    if (waiter === undefined) this.#fresh.add(session);
    else waiter.resolve(session);
    return session;
  }

  #onOver(session: UdpSession, key: string): void {
    this.#sessions.delete(key);
    if (this.#fresh.delete(session)) {
      this.#host.socket.counters.dropped += session.queued;
    }
    if (this.#sessions.size > 0) return;
    this.#alarm.stop();
    if (!this.#isAccepting) this.close();
  }

  /**
   * Ends idle sessions when it has seen what waits in the socket, as it may of a
   * process that was busy. Under a flood it does so after some looks.
   */
  #look(looks: number): void {
    const { counters } = this.#host.socket;
    const { received } = counters;
    afterPoll(() => {
      const mayBeMore = counters.received !== received;
      if (mayBeMore && looks < MAX_LOOKS) this.#look(looks + 1);
      else this.#expire();
    });
  }

  #expire(): void {
    const before = performance.now() - this.#idleTimeout;
    let oldest = Infinity;
    for (const session of this.#sessions.values()) {
      const active = expireSession(session, before);
      if (active !== undefined && active < oldest) oldest = active;
    }
    if (oldest !== Infinity) this.#alarm.ringBy(oldest + this.#idleTimeout);
  }
}
