import { joinAddress } from "../internal/address/address.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { makeUdpAddr } from "./_addresses.ts";
import type { Zones } from "./_zones.ts";
import type { UdpBackend } from "./backend/_backend.ts";
import { type NamedAddress, type Peer, PeerBook } from "./sending/_peers.ts";
import { ReplyGuard } from "./sending/_reply_guard.ts";
import type { UdpAddr } from "./udp_address.ts";
import type { CompleteOptions } from "./udp_options.ts";
import { Counters } from "./udp_stats.ts";

/** The parts of a {@linkcode UdpSocket}. */
export interface UdpSocketParts {
  readonly backend: UdpBackend;
  readonly options: CompleteOptions;
  readonly zones: Zones;
  /** The only peer, if the connection was dialled. */
  readonly remote:
    | { readonly ip: string; readonly target: NamedAddress }
    | undefined;
}

/** A bound socket, and the state that both directions of a connection share. */
export class UdpSocket {
  readonly backend: UdpBackend;
  readonly options: CompleteOptions;
  readonly zones: Zones;
  /** The address that it is bound to. */
  readonly addr: UdpAddr;
  /** The same as `host:port`. */
  readonly name: string;
  readonly counters: Counters = new Counters();
  readonly peers: PeerBook;
  readonly remote: Peer | undefined;
  readonly guard: ReplyGuard | undefined;
  /** Whether the broadcast address may be sent to. */
  mayBroadcast = false;
  isClosed = false;

  constructor({ backend, options, zones, remote }: UdpSocketParts) {
    const { hostname, port } = zones.complete(backend.addr);
    this.backend = backend;
    this.options = options;
    this.zones = zones;
    this.addr = makeUdpAddr(hostname, port);
    this.name = joinAddress(hostname, port);
    this.peers = new PeerBook(this.addr);
    this.remote = remote &&
      this.peers.fromName(remote.target, remote.ip, remote.target.hostname);
    const { maxReplyRatio } = options;
    if (maxReplyRatio !== Infinity) this.guard = new ReplyGuard(maxReplyRatio);
  }

  /** Makes the error of a call on the closed connection. */
  readonly closedError = (): ClosedError =>
    new ClosedError(`Cannot use ${this.name}: the connection is closed`);

  /** Throws if the connection is closed. */
  assertOpen(): void {
    if (this.isClosed) throw this.closedError();
  }

  /** Runs an operation; a `ClosedError` is its outcome once the socket closes. */
  async whileOpen<T>(run: () => Promise<T>): Promise<T> {
    this.assertOpen();
    try {
      const result = await run();
      if (!this.isClosed) return result;
    } catch (error) {
      if (!this.isClosed) throw error;
    }
    throw this.closedError();
  }
}
