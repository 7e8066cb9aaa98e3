import { toNetAddr } from "../internal/address.ts";
import type { RawListener } from "./_accept_loop.ts";
import type { StreamConn } from "./stream_conn.ts";
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
   * @default {Infinity}
   */
  maxConnectionsPerIp?: number;
}

/** What a listener is made of. */
interface Parts<C> {
  raw: RawListener<Deno.Conn<Deno.NetAddr>> & { readonly addr: Deno.Addr };
  name: string;
  // deno-lint-ignore no-explicit-any
  prepare: (raw: any) => C | Promise<C>;
}

/**
 * A listener on an IP address and port: what those for TCP and TLS have in
 * common.
 *
 * @typeParam C The type of the connections.
 */
export abstract class NetListener<C extends StreamConn<Deno.NetAddr>>
  extends StreamListener<C, Deno.NetAddr> {
  readonly #countOfIp: Map<string, number>;
  #maxConnectionsPerIp = Infinity;

  /** Takes over a listener of the runtime. */
  protected constructor(parts: Parts<C>, options: NetListenerOptions) {
    const countOfIp = new Map<string, number>();
    super({
      raw: parts.raw,
      addr: toNetAddr(parts.raw.addr),
      name: parts.name,
      admits: (raw: Deno.Conn<Deno.NetAddr>) =>
        (countOfIp.get(raw.remoteAddr.hostname) ?? 0) <
          this.maxConnectionsPerIp,
      prepare: (raw: Deno.Conn<Deno.NetAddr>) =>
        countWhileOpen(countOfIp, raw.remoteAddr.hostname, parts.prepare(raw)),
    }, options);
    this.#countOfIp = countOfIp;
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
   * Tells how many connections an IP address has open.
   *
   * @param ip The address, as `peerIp` of a connection gives it.
   */
  connectionCountOf(ip: string): number {
    return this.#countOfIp.get(ip) ?? 0;
  }
}

/** Counts a connection from now until it has failed or is closed. */
function countWhileOpen<C extends StreamConn<Deno.NetAddr>>(
  counts: Map<string, number>,
  ip: string,
  conn: C | Promise<C>,
): C | Promise<C> {
  counts.set(ip, (counts.get(ip) ?? 0) + 1);
  const release = () => {
    const count = counts.get(ip) ?? 0;
    if (count > 1) counts.set(ip, count - 1);
    else counts.delete(ip);
  };
  if (conn instanceof Promise) {
    conn.then(({ closed }) => closed.then(release), release);
  } else conn.closed.then(release);
  return conn;
}
