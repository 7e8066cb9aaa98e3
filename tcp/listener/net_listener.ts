import {
  isCount,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { toNetAddr } from "../../internal/address/address.ts";
import {
  addZone,
  dropMapping,
  isLinkLocal,
  zoneOf,
  zoneOfLocal,
} from "../../internal/address/zone.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import type { RawListener } from "./_accept_loop.ts";
import type { StreamConn } from "../conn/stream_conn.ts";
import type { ProxiedConn } from "../proxy_protocol/_proxied_conn.ts";
import type { ProxyProtocolOptions } from "../proxy_protocol/proxy_protocol_options.ts";
import { ProxyHeaderReads } from "../proxy_protocol/_proxy_header_reads.ts";
import { PeerLimits } from "./_peer_limits.ts";
import {
  LISTENER_CHECKS,
  type ListenerOptions,
  StreamListener,
} from "./stream_listener.ts";

export type { Gate, PeerEnds, PeerLimits } from "./_peer_limits.ts";

/** Options of the listeners for TCP and TLS. */
export interface NetListenerOptions extends ListenerOptions {
  /**
   * How many connections one IP address may have open at once, those in a
   * handshake included. One more is closed at once and counted.
   *
   * Of an IPv6 address the first 64 bits count, as the owner of one has all of
   * these; an IPv4 address in the form of IPv6 (`::ffff:192.0.2.1`, on a listener
   * for both families) counts as the IPv4 address. Behind a PROXY header the
   * address is the client's; that of a proxy has no limit.
   *
   * @default {Infinity}
   */
  maxConnectionsPerIp?: number;
}

/** The checks of {@linkcode NetListenerOptions}. */
export const NET_LISTENER_CHECKS: OptionChecks<NetListenerOptions> = {
  ...LISTENER_CHECKS,
  maxConnectionsPerIp: isCount(),
};

/** A connection that has been accepted, before anything is known of it. */
interface Incoming {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  /** The connection itself, where this stands for its handshake, too. */
  readonly socket?: Deno.TcpConn;
  close(): void;
}

/** The parts of a listener. */
interface Parts<C> {
  raw: RawListener<Incoming> & { readonly addr: Deno.Addr };
  name: string;
  /**
   * Makes a connection.
   *
   * @param raw The accepted connection.
   * @param client The same behind its PROXY header, if it had one.
   */
  prepare: (
    // deno-lint-ignore no-explicit-any
    raw: any,
    client: ProxiedConn<Deno.NetAddr> | undefined,
  ) => C | Promise<C>;
}

/** A listener for connections of any class. */
// deno-lint-ignore no-explicit-any
export type AnyNetListener = NetListener<any>;

/** The limits of a listener, to which servers of the package add their own. */
export let peerLimitsOf: (listener: AnyNetListener) => PeerLimits;

/**
 * A listener on an IP address and port: the common base of those for TCP and TLS.
 *
 * @typeParam C The type of the connections.
 */
export abstract class NetListener<C extends StreamConn<Deno.NetAddr>>
  extends StreamListener<C, Deno.NetAddr> {
  static {
    peerLimitsOf = (listener) => listener.#limits;
  }

  readonly #limits: PeerLimits;

  /** Takes over a listener of the runtime. */
  protected constructor(parts: Parts<C>, options: NetListenerOptions) {
    const { from, timeout }: Partial<ProxyProtocolOptions> =
      options.proxyProtocol ?? {};
    const limits = new PeerLimits(from);
    const headers = new ProxyHeaderReads(timeout);
    const prepare = (raw: Incoming, client?: ProxiedConn<Deno.NetAddr>) => {
      const conn = parts.prepare(raw, client);
      if (!(conn instanceof Promise)) return conn;
      // A connection counts until it is freed, or has failed.
      const ends = client ?? raw;
      return conn.catch((error) => {
        limits.leave(ends);
        // Of a proxy itself, it may be a health check, which has no TLS.
        const isCheck = limits.isOfProxy(ends) && isPeerEnd(error);
        throw isCheck ? expectEnd(error) : error;
      });
    };
    const prepareProxied = (raw: Incoming, drop: () => void) =>
      headers.read(raw.socket ?? raw as Deno.TcpConn).then((client) => {
        if (limits.enter(client)) return prepare(raw, client);
        closeRaw(raw);
        drop();
        throw expectEnd(new Error("Cannot accept one more of the client"));
      });
    super({
      raw: parts.raw,
      addr: toNetAddr(parts.raw.addr),
      name: parts.name,
      admits: (raw: Incoming) => {
        fixAddresses(raw, parts.raw.addr as Deno.NetAddr);
        if (limits.isOfRefusedFamily(raw)) return false;
        // A proxy's connection is let in once its client is known.
        return limits.isOfProxy(raw) || limits.enter(raw);
      },
      prepare: (raw: Incoming, drop) =>
        limits.isOfProxy(raw) ? prepareProxied(raw, drop) : prepare(raw),
      onFreed: (conn) => limits.leave(conn),
      refusedPerIp: () => limits.refusedCount,
      onClose: () => headers.close(),
    }, options);
    this.#limits = limits;
    if (options.maxConnectionsPerIp !== undefined) {
      this.maxConnectionsPerIp = options.maxConnectionsPerIp;
    }
  }

  /**
   * How many connections one IP address may have open at once. It can be set at
   * any time; connections that are open stay.
   */
  get maxConnectionsPerIp(): number {
    return this.#limits.maxPerIp;
  }

  set maxConnectionsPerIp(count: number) {
    isCount()(count, "maxConnectionsPerIp");
    this.#limits.maxPerIp = count;
  }

  /**
   * Tells how many connections an IP address has open: of an IPv6 address, how
   * many its network of 64 bits has. See
   * {@linkcode NetListenerOptions.maxConnectionsPerIp}.
   *
   * @param ip The address, as `peerIp` of a connection gives it.
   * @throws {TypeError} If it is no string.
   */
  connectionCountOf(ip: string): number {
    isType("string")(ip, "ip");
    return this.#limits.countOf(ip);
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
