import { systemError } from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { UdpBackend, UdpSink } from "../backend/_backend.ts";
import type { Counters } from "../_counters.ts";
import type { Life } from "../_life.ts";
import type { Peer, PeerBook } from "../sending/_peers.ts";
import { Receiver } from "./_receiver.ts";
import type { ReplyGuard } from "../sending/_reply_guard.ts";
import type { Datagram, ReadResult } from "../datagram.ts";
import type { UdpAddr } from "../udp_address.ts";
import type { CheckedOptions } from "../udp_options.ts";
import {
  dispatch,
  failSessions,
  type SessionsHost,
  type SessionsOptions,
  UdpSessions,
} from "../udp_sessions.ts";

/** What an {@linkcode Inbound} is made of. */
interface Parts {
  readonly backend: UdpBackend;
  readonly name: string;
  readonly life: Life;
  readonly options: CheckedOptions;
  readonly counters: Counters;
  readonly peers: PeerBook;
  readonly remote: Peer | undefined;
  readonly guard: ReplyGuard | undefined;
}

/** Everything that a connection does with a datagram that has arrived. */
export class Inbound implements UdpSink {
  readonly #backend: UdpBackend;
  readonly #name: string;
  readonly #life: Life;
  readonly #maxDatagramSize: number;
  readonly #counters: Counters;
  readonly #peers: PeerBook;
  readonly #remote: Peer | undefined;
  readonly #remoteHost: string | undefined;
  readonly #guard: ReplyGuard | undefined;

  /** The connection's own calls and queue. */
  readonly receiver: Receiver;
  /** Who gets the datagrams instead. */
  sessions: UdpSessions | undefined;

  constructor(parts: Parts) {
    const { backend, name, options, counters } = parts;
    this.#backend = backend;
    this.#name = name;
    this.#life = parts.life;
    this.#maxDatagramSize = options.maxDatagramSize;
    this.#counters = counters;
    this.#peers = parts.peers;
    this.#remote = parts.remote;
    // The runtime tells where a datagram came from without the zone.
    this.#remoteHost = parts.remote?.addr.hostname.split("%")[0];
    this.#guard = parts.guard;
    this.receiver = new Receiver(
      backend,
      () => `Cannot receive at ${name}`,
      options,
      counters,
    );
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

  /** Lets sessions have all datagrams, those that are queued first. */
  startSessions(
    host: Omit<SessionsHost, "detach">,
    options: SessionsOptions,
  ): UdpSessions {
    this.#life.assertOpen();
    const { queue } = this.receiver;
    if (this.sessions !== undefined || this.receiver.isWaited) {
      throw this.#busyError();
    }
    const detach = () => this.#detachSessions();
    const sessions = new UdpSessions({ ...host, detach }, options);
    this.sessions = sessions;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { data, addr, truncated } = next;
      dispatch(sessions, data, this.#peers.fromSystem(addr), truncated);
    }
    this.#backend.wake();
    return sessions;
  }

  onDatagram(bytes: Uint8Array, addr: UdpAddr): boolean {
    const remote = this.#remote;
    if (remote !== undefined && !this.#isRemote(addr, remote)) {
      this.#counters.filtered++;
      return this.#isWaited;
    }
    const truncated = bytes.length > this.#maxDatagramSize;
    const data = truncated ? bytes.subarray(0, this.#maxDatagramSize) : bytes;
    if (truncated) this.#counters.truncated++;
    this.#counters.received++;
    this.#counters.bytesReceived += data.length;
    if (this.#guard !== undefined) {
      this.#guard.onReceived(this.#peers.fromSystem(addr), data.length);
    }
    if (this.sessions === undefined) {
      return this.receiver.deliver(data, remote?.addr ?? addr, truncated);
    }
    dispatch(this.sessions, data, this.#peers.fromSystem(addr), truncated);
    return true;
  }

  onUnreachable(error: unknown): boolean {
    if (this.#remote !== undefined) {
      const attempt = { operation: "reach", name: this.#remote.key } as const;
      this.receiver.failNext(systemError(attempt, error));
    }
    return this.#isWaited;
  }

  onFailure(error: unknown): void {
    const attempt = { operation: "receive", name: this.#name } as const;
    const named = systemError(attempt, error);
    if (this.sessions === undefined) this.receiver.failAll(named);
    else failSessions(this.sessions, named);
  }

  /** Ends everything that waits. */
  close(): void {
    this.receiver.close(this.#life.makeError);
    this.sessions?.close();
  }

  /** Whether more datagrams are wanted right now. */
  get #isWaited(): boolean {
    return this.receiver.isWaited || this.sessions !== undefined;
  }

  /** Whether an address that the system told is that of the peer. */
  #isRemote({ hostname, port }: UdpAddr, remote: Peer): boolean {
    return port === remote.addr.port && hostname === this.#remoteHost;
  }

  #detachSessions(): void {
    this.sessions = undefined;
    if (!this.#life.isClosed) this.#backend.rest();
  }

  #busyError(): Error {
    return new Deno.errors.Busy(
      this.sessions === undefined
        ? `Cannot make sessions at ${this.#name}: a call waits for a datagram`
        : `Cannot receive at ${this.#name}: its datagrams go to the sessions`,
    );
  }
}
