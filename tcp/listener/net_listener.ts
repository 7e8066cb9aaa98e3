import { toNetAddr } from "../../internal/address/address.ts";
import { addressKey } from "../../internal/address/address_key.ts";
import {
  addZone,
  dropMapping,
  isLinkLocal,
  zoneOf,
  zoneOfLocal,
} from "../../internal/address/zone.ts";
import type { RawListener } from "./_accept_loop.ts";
import type { StreamConn } from "../conn/stream_conn.ts";
import {
  checkCount,
  type ListenerOptions,
  StreamListener,
} from "./stream_listener.ts";

/** Options of the listeners for TCP and TLS. */
export interface NetListenerOptions extends ListenerOptions {
  /**
   * How many connections one IP address may have open at once, those in a
   * handshake included. One more is closed at once and counted.
   *
   * Of an IPv6 address the first 64 bits count, as the owner of one has all of
   * these; an IPv4 address in the form of IPv6 (`::ffff:192.0.2.1`, on a listener
   * for both families) counts as the IPv4 address.
   *
   * @default {Infinity}
   */
  maxConnectionsPerIp?: number;
}

/** A connection that has been accepted, before anything is known of it. */
interface Incoming {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  close(): void;
}

/** What a listener is made of. */
interface Parts<C> {
  raw: RawListener<Incoming> & { readonly addr: Deno.Addr };
  name: string;
  // deno-lint-ignore no-explicit-any
  prepare: (raw: any) => C | Promise<C>;
}

/** Decides on connections before anything is read of them, and counts them. */
export interface Gate {
  /** Whether a connection may come in: then it counts until it leaves. */
  enter(addr: Deno.NetAddr): boolean;
  /** Told of one that has failed, or has been freed. */
  leave(addr: Deno.NetAddr): void;
}

let setGate: (listener: AnyNetListener, gate: Gate) => void;

// deno-lint-ignore no-explicit-any
type AnyNetListener = NetListener<any>;

/**
 * Puts a gate before `listener`, for those in the package who have limits of
 * their own: where TLS comes first, a socket of the peer is held by then.
 */
export function setListenerGate(listener: AnyNetListener, gate: Gate): void {
  setGate(listener, gate);
}

/**
 * A listener on an IP address and port: what those for TCP and TLS have in
 * common.
 *
 * @typeParam C The type of the connections.
 */
export abstract class NetListener<C extends StreamConn<Deno.NetAddr>>
  extends StreamListener<C, Deno.NetAddr> {
  static {
    setGate = (listener, gate) => listener.#gate = gate;
  }

  readonly #counts: IpCounts;
  #maxConnectionsPerIp = Infinity;
  #gate: Gate | undefined;

  /** Takes over a listener of the runtime. */
  protected constructor(parts: Parts<C>, options: NetListenerOptions) {
    const counts = new IpCounts();
    const leave = (addr: Deno.NetAddr) => {
      counts.remove(addr.hostname);
      this.#gate?.leave(addr);
    };
    super({
      raw: parts.raw,
      addr: toNetAddr(parts.raw.addr),
      name: parts.name,
      admits: (raw: Incoming) => {
        fixAddresses(raw, parts.raw.addr as Deno.NetAddr);
        const { remoteAddr } = raw;
        return counts.of(remoteAddr.hostname) < this.maxConnectionsPerIp &&
          this.#gate?.enter(remoteAddr) !== false;
      },
      prepare: (raw: Incoming) => {
        const { remoteAddr } = raw;
        counts.add(remoteAddr.hostname);
        const conn = parts.prepare(raw);
        // A connection counts from here on until it is freed, or has failed.
        if (conn instanceof Promise) conn.catch(() => leave(remoteAddr));
        return conn;
      },
      onFreed: (conn) => leave(conn.remoteAddr),
    }, options);
    this.#counts = counts;
    if (options.maxConnectionsPerIp !== undefined) {
      this.maxConnectionsPerIp = options.maxConnectionsPerIp;
    }
  }

  /**
   * How many connections one IP address may have open at once. It can be set at
   * any time; connections that are open stay.
   */
  get maxConnectionsPerIp(): number {
    return this.#maxConnectionsPerIp;
  }

  set maxConnectionsPerIp(count: number) {
    this.#maxConnectionsPerIp = checkCount("maxConnectionsPerIp", count);
  }

  /**
   * Tells how many connections an IP address has open: of an IPv6 address, how
   * many its network of 64 bits has. See
   * {@linkcode NetListenerOptions.maxConnectionsPerIp}.
   *
   * @param ip The address, as `peerIp` of a connection gives it.
   */
  connectionCountOf(ip: string): number {
    return this.#counts.of(ip);
  }
}

/** Shows the addresses of a connection as its peer knows them. */
function fixAddresses(raw: Incoming, listening: Deno.NetAddr): void {
  if (!listening.hostname.includes(":")) return;
  dropMapping(raw);
  addPeerZone(raw, listening);
}

/**
 * Gives a link-local peer the zone that the runtime drops: that of the address
 * listened on, or of the interface that has the connection's own address.
 */
function addPeerZone(
  raw: Incoming,
  listening: Deno.NetAddr,
): void {
  if (!isLinkLocal(raw.remoteAddr.hostname)) return;
  const zone = zoneOf(listening.hostname) ??
    zoneOfLocal(raw.localAddr.hostname);
  if (zone !== undefined) addZone(raw, zone);
}

/** How many connections each IP address, or network of 64 bits, has. */
class IpCounts {
  readonly #counts = new Map<string, number>();

  of(ip: string): number {
    return this.#counts.get(addressKey(ip)) ?? 0;
  }

  add(ip: string): void {
    this.#counts.set(addressKey(ip), this.of(ip) + 1);
  }

  remove(ip: string): void {
    const key = addressKey(ip);
    const count = this.of(ip);
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
