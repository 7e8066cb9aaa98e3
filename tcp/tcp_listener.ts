import { joinAddress } from "../internal/address/address.ts";
import { checkOptions, type OptionChecks } from "../internal/check_options.ts";
import {
  NET_LISTENER_CHECKS,
  NetListener,
  type NetListenerOptions,
} from "./listener/net_listener.ts";
import { TCP_CONN_CHECKS, TcpConn, type TcpConnOptions } from "./tcp_conn.ts";

/** The checks of the options of a {@linkcode TcpListener}. */
export const TCP_LISTENER_CHECKS: OptionChecks<
  NetListenerOptions & TcpConnOptions
> = { ...NET_LISTENER_CHECKS, ...TCP_CONN_CHECKS };

/**
 * Listens for TCP connections (V's `TcpListener`). It is a `Deno.TcpListener`
 * too: functions that take one of those take this.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using client = await dialTcp(listener.addr);
 * using server = await listener.accept();
 * await server.writeString("hello\n");
 * assertEquals(await client.readLine(), "hello");
 * ```
 */
export class TcpListener extends NetListener<TcpConn>
  implements Deno.TcpListener {
  /**
   * Takes over a listener of Deno, which must not be used elsewhere from then on.
   *
   * @param listener The listener.
   * @param options Options of the listener and of its connections.
   *
   * @example Usage
   * ```ts
   * import { TcpListener } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * const raw = Deno.listen({ hostname: "127.0.0.1", port: 0 });
   * using listener = new TcpListener(raw);
   * assertEquals(listener.addr.port, raw.addr.port);
   * ```
   */
  constructor(
    listener: Deno.TcpListener,
    options: NetListenerOptions & TcpConnOptions = {},
  ) {
    checkOptions(options, TCP_LISTENER_CHECKS);
    const { hostname, port } = listener.addr;
    const { noDelay, keepAlive } = options;
    super({
      raw: listener,
      name: joinAddress(hostname, port),
      prepare: (raw: Deno.TcpConn, client) =>
        new TcpConn(client as unknown as Deno.TcpConn ?? raw, {
          noDelay,
          keepAlive,
        }),
    }, options);
  }
}
