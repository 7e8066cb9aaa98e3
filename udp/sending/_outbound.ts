import { joinAddress } from "../../internal/address/address.ts";
import { checkBytes } from "../../internal/bytes/bytes.ts";
import {
  type Attempt,
  systemError,
} from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { isBroadcast } from "../_addresses.ts";
import { resolveHost } from "../_resolve.ts";
import type { UdpSocket } from "../_udp_socket.ts";
import type { Receiver } from "../receiving/_receiver.ts";
import type { UdpAddress } from "../udp_address.ts";
import { type NamedAddress, Peer } from "./_peers.ts";
import { Sender } from "./_sender.ts";

/** The sending side of a connection: checks and looks up, then sends. */
export class Outbound {
  readonly #socket: UdpSocket;
  readonly #receiver: Receiver;
  readonly #lookups = new Map<string, Promise<Peer>>();

  /** The calls that wait for the system. */
  readonly sender: Sender;

  /**
   * @param socket The socket.
   * @param receiver The receiving side, which may have an error for the next
   * call of either side.
   */
  constructor(socket: UdpSocket, receiver: Receiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.sender = new Sender(
      socket.backend,
      () => `Cannot send from ${socket.name}`,
      socket.counters,
      socket.guard,
    );
  }

  /** Sends a datagram to a known peer. */
  send(
    data: Uint8Array,
    peer: Peer,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkBytes("send", data) ?? this.check(data.length, peer);
    return wrong === undefined
      ? this.sender.send(data, peer, wait)
      : this.#reject(wrong);
  }

  /** Sends a datagram to an address, whose name is looked up if it has one. */
  sendTo(
    address: UdpAddress,
    data: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    let found: Peer | NamedAddress;
    try {
      found = this.#socket.peers.find(address);
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
    const { maxPayload, addr: { hostname, port } } = peer;
    const { remote, guard, zones, mayBroadcast } = this.#socket;
    if (length > maxPayload) {
      return new RangeError(
        `Cannot send ${length} bytes to ${peer.key}: expected at most ${maxPayload}, what a datagram carries`,
      );
    }
    if (remote !== undefined && peer !== remote && peer.key !== remote.key) {
      return new TypeError(
        `Cannot send to ${peer.key}: the connection was dialled to ${remote.key}, expected one made by listenUdp()`,
      );
    }
    if (port === 0) return portError(peer.addr);
    if (!mayBroadcast && isBroadcast(hostname)) {
      return systemError(
        sending(peer),
        new Deno.errors.PermissionDenied("expected setBroadcast(true) before"),
      );
    }
    if (zones.isAmbiguous(hostname)) {
      return systemError(
        sending(peer),
        new Deno.errors.NetworkUnreachable(
          `this machine has several links, expected an address with a zone, such as "${hostname}%eth0", or a connection bound to one`,
        ),
      );
    }
    return guard?.check(peer, length);
  }

  #sendToName(
    address: NamedAddress,
    data: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<number> {
    const wrong = checkBytes("send", data) ??
      (address.port === 0 ? portError(address) : undefined);
    if (wrong !== undefined) return this.#reject(wrong);
    const { length } = data;
    return this.sender.sendLater(
      data,
      () => this.#lookup(address),
      wait,
      (peer) => this.check(length, peer),
    );
  }

  /** Looks a name up, once for all calls that ask meanwhile. */
  #lookup(address: NamedAddress): Promise<Peer> {
    const { hostname, port } = address;
    const key = joinAddress(hostname, port);
    const running = this.#lookups.get(key);
    if (running !== undefined) return running;
    const { peers } = this.#socket;
    const lookup = resolveHost(hostname, port, peers.family)
      .then(({ ip, host }) => peers.fromName(address, ip, host))
      .finally(() => this.#lookups.delete(key));
    this.#lookups.set(key, lookup);
    return lookup;
  }

  #reject(error: unknown): Promise<never> {
    return Promise.reject(this.sender.closedError ?? error);
  }
}

function portError({ hostname, port }: NamedAddress): RangeError {
  return new RangeError(
    `Cannot send to ${
      joinAddress(hostname, port)
    }: expected a port from 1 to 65535`,
  );
}

function sending({ key }: Peer): Attempt {
  return { operation: "send", name: key };
}
