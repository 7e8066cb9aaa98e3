import {
  isLinkLocal,
  onlyZone,
  withZone,
  zoneOf,
} from "../../internal/address/zone.ts";
import type {
  BackendMembership,
  GroupRequest,
  UdpBackend,
  UdpSink,
} from "./_backend.ts";
import { makeUdpAddr } from "../sending/_peers.ts";
import type { UdpAddr } from "../udp_address.ts";

/** Milliseconds for which the only link of the machine is not asked for again. */
const ZONE_AGE = 5000;

/**
 * Gives link-local peers the zone that both back ends drop, so that an answer
 * leaves by the link that the datagram came from: the zone of the address that
 * was bound, or of the only link where the socket is bound to all.
 *
 * @param backend The bound socket.
 * @param hostname The address that was asked for.
 * @param hasPeer Whether it talks with one peer, whose zone is known.
 */
export function withZones(
  backend: UdpBackend,
  hostname: string,
  hasPeer = false,
): UdpBackend {
  const zone = zoneOf(hostname);
  const isAny = backend.addr.hostname === "::" && !hasPeer;
  return zone !== undefined || isAny
    ? new ZonedBackend(backend, zone, hasPeer)
    : backend;
}

/** A back end whose link-local addresses have their zone. */
class ZonedBackend implements UdpBackend {
  readonly #backend: UdpBackend;
  readonly #bound: string | undefined;
  readonly #hasPeer: boolean;
  #found: string | undefined;
  #foundAt = -Infinity;
  readonly addr: UdpAddr;

  constructor(
    backend: UdpBackend,
    zone: string | undefined,
    hasPeer: boolean,
  ) {
    this.#backend = backend;
    this.#hasPeer = hasPeer;
    this.#bound = zone;
    const { hostname, port } = backend.addr;
    this.addr = zone === undefined
      ? backend.addr
      : makeUdpAddr(withZone(hostname, zone), port);
  }

  get kind(): "native" | "node" {
    return this.#backend.kind;
  }

  get sendsAtOnce(): boolean {
    return this.#backend.sendsAtOnce;
  }

  open(sink: UdpSink): void {
    if (this.#hasPeer) return this.#backend.open(sink);
    this.#backend.open({
      onDatagram: (bytes, addr) => sink.onDatagram(bytes, this.#complete(addr)),
      onUnreachable: (error) => sink.onUnreachable(error),
      onFailure: (error) => sink.onFailure(error),
    });
  }

  #complete(addr: UdpAddr): UdpAddr {
    const { hostname, port } = addr;
    if (!hostname.startsWith("fe") || !isLinkLocal(hostname)) return addr;
    const zone = this.#bound ?? this.#onlyZone();
    return zone === undefined
      ? addr
      : { transport: "udp", hostname: withZone(hostname, zone), port };
  }

  #onlyZone(): string | undefined {
    const now = performance.now();
    if (now - this.#foundAt > ZONE_AGE) {
      this.#found = onlyZone();
      this.#foundAt = now;
    }
    return this.#found;
  }

  wake(): void {
    this.#backend.wake();
  }

  rest(): void {
    this.#backend.rest();
  }

  send(data: Uint8Array, target: UdpAddr): Promise<unknown> {
    return this.#backend.send(data, target);
  }

  ref(): void {
    this.#backend.ref();
  }

  unref(): void {
    this.#backend.unref();
  }

  close(): void {
    this.#backend.close();
  }

  setBroadcast(on: boolean): void {
    this.#backend.setBroadcast(on);
  }

  join(request: GroupRequest): Promise<BackendMembership> {
    return this.#backend.join(request);
  }

  setMulticastTtl(ttl: number): Promise<void> {
    return this.#backend.setMulticastTtl(ttl);
  }

  setMulticastLoopback(on: boolean): Promise<void> {
    return this.#backend.setMulticastLoopback(on);
  }

  setMulticastInterface(networkInterface: string | number): Promise<void> {
    return this.#backend.setMulticastInterface(networkInterface);
  }
}
