import { Alarm } from "../internal/wait/alarm.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { SlotMap } from "../internal/slot_map.ts";
import { Waiter, WaitQueue } from "../internal/wait/wait_queue.ts";
import {
  checkTimeout,
  type WaitOptions,
} from "../internal/wait/wait_options.ts";
import type { Peer } from "./sending/_peers.ts";
import type { ByteBudget } from "./receiving/_receive_queue.ts";
import { PullIterator } from "./receiving/_streams.ts";
import {
  deliverTo,
  expireSession,
  type SessionHost,
  UdpSession,
} from "./udp_session.ts";

const DEFAULT_IDLE_TIMEOUT = 30_000;
const DEFAULT_MAX_SESSIONS = 1024;
const DEFAULT_MAX_QUEUED_BYTES = 16 * 1024 * 1024;

/** Options for `conn.sessions()`. */
export interface SessionsOptions {
  /**
   * Milliseconds after which a session ends if nothing has come or gone.
   *
   * @default {30000}
   */
  idleTimeout?: number;
  /**
   * How many sessions there may be at once, those not accepted yet included.
   * Datagrams of further peers are dropped and counted as `dropped`.
   *
   * @default {1024}
   */
  maxSessions?: number;
  /**
   * The most bytes of datagrams that may wait in all sessions together, 128 for
   * each of them added, beside the limits of each session, which are those of
   * the connection. Beyond it a session drops its own oldest datagrams if that
   * helps, and otherwise the new one: so a flood from forged addresses can't
   * fill the memory.
   *
   * @default {16777216}
   */
  maxQueuedBytes?: number;
}

/** What the sessions of a connection ask of it. */
export interface SessionsHost extends Omit<SessionHost, "onOver"> {
  /** The connection, for error messages. */
  readonly name: string;
  /** Datagrams go to the connection's own calls again. */
  detach(): void;
}

let take: (
  sessions: UdpSessions,
  bytes: Uint8Array,
  peer: Peer,
  truncated: boolean,
) => void;

let fail: (sessions: UdpSessions, error: unknown) => void;

/** Ends all sessions, as the connection can't receive any more. */
export function failSessions(sessions: UdpSessions, error: unknown): void {
  fail(sessions, error);
}

/** Hands a datagram to the session of its peer. */
export function dispatch(
  sessions: UdpSessions,
  bytes: Uint8Array,
  peer: Peer,
  truncated: boolean,
): void {
  take(sessions, bytes, peer, truncated);
}

/**
 * The sessions of a connection, one for each peer that sends something, as an
 * async iterable: for datagrams what a listener is for connections.
 *
 * Leaving a `for await` loop stops the accepting of new peers; the sessions
 * there are go on until each has ended. {@linkcode UdpSessions.close} ends all.
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
    take = (sessions, bytes, peer, truncated) =>
      sessions.#take(bytes, peer, truncated);
    fail = (sessions, error) => {
      sessions.#makeError = () => error;
      sessions.close();
    };
  }

  readonly #host: SessionsHost;
  readonly #idleTimeout: number;
  readonly #maxSessions: number;
  readonly #budget: ByteBudget;
  readonly #sessions = new SlotMap<string, UdpSession>();
  readonly #accepts: WaitQueue<Waiter<UdpSession>>;
  readonly #alarm = new Alarm(() => this.#expire(), false);
  /** Sessions that nobody has accepted yet. */
  readonly #fresh = new Set<UdpSession>();
  #makeError: () => unknown = () =>
    new ClosedError(
      `Cannot accept a session at ${this.#host.name}: the sessions are closed`,
    );
  #isAccepting = true;
  #isClosed = false;

  /**
   * Sessions are made by `conn.sessions()`.
   *
   * @ignore
   */
  constructor(host: SessionsHost, options: SessionsOptions) {
    const {
      idleTimeout = DEFAULT_IDLE_TIMEOUT,
      maxSessions = DEFAULT_MAX_SESSIONS,
      maxQueuedBytes = DEFAULT_MAX_QUEUED_BYTES,
    } = options;
    this.#idleTimeout = checkTimeout(idleTimeout, "idleTimeout");
    if (!(maxSessions >= 1)) {
      throw new RangeError(
        `Cannot have ${maxSessions} sessions: expected 1 or more as maxSessions`,
      );
    }
    if (!(maxQueuedBytes >= 0)) {
      throw new RangeError(
        `Cannot queue ${maxQueuedBytes} bytes: expected 0 or more as maxQueuedBytes`,
      );
    }
    this.#maxSessions = maxSessions;
    this.#budget = { used: 0, max: maxQueuedBytes };
    this.#host = host;
    this.#accepts = new WaitQueue(
      () => `Cannot accept a session at ${host.name}`,
      () => {},
      false,
    );
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
  // deno-lint-ignore require-await -- what throws has to reject
  async accept(wait?: WaitOptions): Promise<UdpSession> {
    if (!this.#isAccepting) throw this.#makeError();
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
    return new PullIterator(async () => {
      try {
        return await this.accept();
      } catch (error) {
        if (error instanceof ClosedError) return null;
        throw error;
      }
    }, () => this.#stop());
  }

  /**
   * Ends all sessions. The connection stays open, and what it receives goes to
   * its own calls again.
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

  /** Accepts no more sessions; those that nobody has taken end. */
  #stop(): void {
    if (!this.#isAccepting) return;
    this.#isAccepting = false;
    this.#accepts.drain((waiter) => waiter.reject(this.#makeError()));
    this.#accepts.close();
    for (const session of this.#fresh) session.close();
    if (this.#sessions.size === 0) this.close();
  }

  #take(bytes: Uint8Array, peer: Peer, truncated: boolean): void {
    const session = this.#sessions.get(peer.key) ?? this.#open(peer);
    if (session === undefined) this.#host.counters.dropped++;
    else deliverTo(session, bytes, truncated);
  }

  #open(peer: Peer): UdpSession | undefined {
    const isFull = this.#sessions.size >= this.#maxSessions;
    if (isFull || !this.#isAccepting) return undefined;
    const { backend, counters, limits } = this.#host;
    const session = new UdpSession({
      backend,
      counters,
      limits: { ...limits, budget: this.#budget },
      check: (length, peer) => this.#host.check(length, peer),
      onOver: (session) => this.#onOver(session, peer.key),
    }, peer);
    this.#sessions.set(peer.key, session);
    if (this.#idleTimeout !== Infinity) {
      this.#alarm.ringBy(performance.now() + this.#idleTimeout);
    }
    const waiter = this.#accepts.head;
    if (waiter === undefined) this.#fresh.add(session);
    else {
      this.#accepts.remove(waiter);
      waiter.resolve(session);
    }
    return session;
  }

  #onOver(session: UdpSession, key: string): void {
    this.#sessions.delete(key);
    if (this.#fresh.delete(session)) {
      this.#host.counters.dropped += session.queued;
    }
    if (this.#sessions.size > 0) return;
    this.#alarm.stop();
    if (!this.#isAccepting) this.close();
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
