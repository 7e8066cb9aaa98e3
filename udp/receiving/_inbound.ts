import { systemError } from "../../internal/errors/system_error.ts";
import { joinAddress } from "../../internal/address/address.ts";
import { withoutZone } from "../../internal/address/zone.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { UdpSocket } from "../_udp_socket.ts";
import type { UdpSink } from "../backend/_backend.ts";
import type { Datagram, ReadResult } from "../datagram.ts";
import type { DirectionLimits } from "../datagram_limits.ts";
import type { UdpAddr } from "../udp_address.ts";
import {
  dispatch,
  failSessions,
  limitsOf,
  makeSessions,
  type SessionsOptions,
  type UdpSessions,
} from "../udp_sessions.ts";
import type { SessionHost } from "../udp_session.ts";
import { Receiver } from "./_receiver.ts";

/**
 * The receiving side of a connection: filters and counts datagrams, and passes
 * them to the calls of the connection or to its sessions.
 */
export class Inbound implements UdpSink, DirectionLimits {
  readonly #socket: UdpSocket;
  readonly #remoteHost: string | undefined;
  readonly #remotePort: number | undefined;

  /** The calls of the connection, and its queue. */
  readonly receiver: Receiver;
  /** The sessions, which get all datagrams while there are any. */
  sessions: UdpSessions | undefined;

  constructor(socket: UdpSocket) {
    this.#socket = socket;
    const addr = socket.remote?.addr;
    // The runtime tells the source of a datagram without its zone.
    this.#remoteHost = addr && withoutZone(addr.hostname);
    this.#remotePort = addr?.port;
    this.receiver = new Receiver(
      socket.backend,
      () => `Cannot receive at ${socket.name}`,
      socket.options,
      socket.counters,
    );
  }

  /** Milliseconds that each call may take, `accept` of the sessions included. */
  get timeout(): number {
    return this.receiver.waiters.timeout;
  }

  set timeout(timeout: number) {
    this.receiver.waiters.timeout = timeout;
    if (this.sessions) limitsOf(this.sessions).timeout = timeout;
  }

  /** The moment at which all waiting ends, or `undefined` for none. */
  get deadline(): Date | undefined {
    return this.receiver.waiters.deadline;
  }

  setDeadline(deadline: Date | number | undefined): void {
    this.receiver.waiters.setDeadline(deadline);
    if (this.sessions) limitsOf(this.sessions).setDeadline(deadline);
  }

  receive(wait: WaitOptions | undefined): Promise<Datagram> {
    return this.sessions === undefined
      ? this.receiver.receive(wait)
      : Promise.reject(this.#busyError());
  }

  read(
    target: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<ReadResult> {
    return this.sessions === undefined
      ? this.receiver.read(target, wait)
      : Promise.reject(this.#busyError());
  }

  /** Makes sessions, which get the queued datagrams first. */
  startSessions(
    check: SessionHost["check"],
    options: SessionsOptions,
  ): UdpSessions {
    const socket = this.#socket;
    socket.assertOpen();
    if (this.sessions !== undefined || this.receiver.isWaited) {
      throw this.#busyError();
    }
    const detach = () => this.#detachSessions();
    const sessions = makeSessions({ socket, check, detach }, options);
    this.sessions = sessions;
    const limits = limitsOf(sessions);
    limits.timeout = this.timeout;
    limits.setDeadline(this.deadline);
    const { queue } = this.receiver;
    for (let next = queue.shift(); next; next = queue.shift()) {
      dispatch(sessions, next);
    }
    socket.backend.wake();
    return sessions;
  }

  onDatagram(bytes: Uint8Array, source: UdpAddr): boolean {
    const { counters, guard, options, remote, zones } = this.#socket;
    if (remote !== undefined && !this.#isRemote(source)) {
      counters.filtered++;
      return this.#isWaited;
    }
    const addr = remote?.addr ?? zones.complete(source);
    const truncated = bytes.length > options.maxDatagramSize;
    const data = truncated ? bytes.subarray(0, options.maxDatagramSize) : bytes;
    if (truncated) counters.truncated++;
    counters.received++;
    counters.bytesReceived += data.length;
    guard?.onReceived(joinAddress(addr.hostname, addr.port), data.length);
    const arrival = { data, addr, truncated };
    if (this.sessions === undefined) return this.receiver.deliver(arrival);
    dispatch(this.sessions, arrival);
    return true;
  }

  onUnreachable(error: unknown): boolean {
    const { remote } = this.#socket;
    if (remote !== undefined) {
      const attempt = { operation: "reach", name: remote.key } as const;
      this.receiver.failNext(systemError(attempt, error));
    }
    return this.#isWaited;
  }

  onFailure(error: unknown): void {
    const { name } = this.#socket;
    const named = systemError({ operation: "receive", name }, error);
    if (this.sessions === undefined) this.receiver.failAll(named);
    else failSessions(this.sessions, named);
  }

  /** Ends all calls that wait, and the sessions. */
  close(): void {
    this.receiver.close(this.#socket.closedError);
    this.sessions?.close();
  }

  /** Whether more datagrams are wanted now. */
  get #isWaited(): boolean {
    return this.receiver.isWaited || this.sessions !== undefined;
  }

  #isRemote({ hostname, port }: UdpAddr): boolean {
    return port === this.#remotePort && hostname === this.#remoteHost;
  }

  #detachSessions(): void {
    this.sessions = undefined;
    if (!this.#socket.isClosed) this.#socket.backend.rest();
  }

  #busyError(): Error {
    const { name } = this.#socket;
    return new Deno.errors.Busy(
      this.sessions === undefined
        ? `Cannot make sessions at ${name}: a call waits for a datagram`
        : `Cannot receive at ${name}: its datagrams go to the sessions`,
    );
  }
}
