import { joinAddress } from "../../internal/address/address.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { UdpBackend } from "../backend/_backend.ts";
import { checkData } from "../_checks.ts";
import type { Counters } from "../_counters.ts";
import { type NamedAddress, Peer, type PeerBook } from "./_peers.ts";
import type { Receiver } from "../receiving/_receiver.ts";
import type { ReplyGuard } from "./_reply_guard.ts";
import { resolveHost } from "./_resolve.ts";
import { Sender } from "./_sender.ts";
import { ReplyRefusedError } from "../reply_refused_error.ts";
import type { UdpAddress } from "../udp_address.ts";

/** What an {@linkcode Outbound} is made of. */
interface Parts {
  readonly backend: UdpBackend;
  readonly name: string;
  readonly counters: Counters;
  readonly peers: PeerBook;
  readonly remote: Peer | undefined;
  readonly guard: ReplyGuard | undefined;
  /** What may have an error that is due to the next call, of whatever kind. */
  readonly receiver: Receiver;
}

/** Everything that a connection does before a datagram goes to the system. */
export class Outbound {
  readonly #peers: PeerBook;
  readonly #remote: Peer | undefined;
  readonly #guard: ReplyGuard | undefined;
  readonly #receiver: Receiver;
  readonly #lookups = new Map<string, Promise<Peer>>();
  /** Whether the broadcast address may be sent to. */
  isBroadcast = false;

  /** The calls that wait for the system. */
  readonly sender: Sender;

  constructor(parts: Parts) {
    const { backend, name, counters } = parts;
    this.#peers = parts.peers;
    this.#remote = parts.remote;
    this.#guard = parts.guard;
    this.#receiver = parts.receiver;
    this.sender = new Sender(
      backend,
      () => `Cannot send from ${name}`,
      counters,
    );
  }

  /** Sends a datagram to a known peer. */
  send(
    data: Uint8Array,
    peer: Peer,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkData(data) ?? this.check(data.length, peer);
    return wrong === undefined
      ? this.sender.send(data, peer, wait)
      : this.#reject(wrong);
  }

  /** Sends a datagram to an address, which may have to be looked up. */
  sendTo(
    address: UdpAddress,
    data: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    let found: Peer | NamedAddress;
    try {
      found = this.#peers.find(address);
    } catch (error) {
      return this.#reject(error);
    }
    return found instanceof Peer
      ? this.send(data, found, wait)
      : this.#sendToName(found, data, wait);
  }

  /** Returns why a datagram may not be sent, or `undefined`. */
  check(length: number, peer: Peer): unknown {
    if (this.#receiver.failure !== undefined) {
      return this.#receiver.takeFailure();
    }
    if (length > peer.maxPayload) {
      return new RangeError(
        `Cannot send ${length} bytes to ${peer.key}: expected at most ${peer.maxPayload}, what a datagram carries`,
      );
    }
    if (this.#remote !== undefined && peer !== this.#remote) {
      if (peer.key !== this.#remote.key) return this.#notRemote(peer);
    }
    if (peer.addr.port === 0) return checkTargetPort(peer.addr);
    if (peer.isBroadcast && !this.isBroadcast) {
      return new Deno.errors.PermissionDenied(
        `Cannot send to ${peer.key}: expected setBroadcast(true) before`,
      );
    }
    return this.#guard === undefined
      ? undefined
      : checkReply(this.#guard, length, peer);
  }

  #sendToName(
    address: NamedAddress,
    data: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkData(data) ?? checkTargetPort(address);
    if (wrong !== undefined) return this.#reject(wrong);
    return this.sender.sendLater(data, async () => {
      const peer = await this.#lookup(address);
      const wrong = this.check(data.length, peer);
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
    const lookup = this.#resolve(address)
      .finally(() => this.#lookups.delete(key));
    this.#lookups.set(key, lookup);
    return lookup;
  }

  async #resolve(address: NamedAddress): Promise<Peer> {
    const { hostname, port } = address;
    const { family } = this.#peers;
    const { ip, host } = await resolveHost(hostname, port, family);
    return this.#peers.fromName(address, ip, host);
  }

  #reject(error: unknown): Promise<never> {
    return Promise.reject(this.sender.closedError ?? error);
  }

  #notRemote(peer: Peer): TypeError {
    return new TypeError(
      `Cannot send to ${peer.key}: the connection was dialled to ${this.#remote?.key}, expected one made by listenUdp()`,
    );
  }
}

function checkReply(
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

function checkTargetPort(
  { hostname, port }: NamedAddress,
): RangeError | undefined {
  return port !== 0 ? undefined : new RangeError(
    `Cannot send to ${
      joinAddress(hostname, port)
    }: expected a port from 1 to 65535`,
  );
}
