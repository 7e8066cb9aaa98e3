import { describeAddr, isNetAddr } from "../../internal/address/address.ts";
import { StreamConn } from "../conn/stream_conn.ts";

/**
 * A connection over a Unix socket (V's `unix.StreamConn`). It is a
 * `Deno.UnixConn` too, unless its listener has the option `proxyProtocol`: then
 * `remoteAddr` may be a `Deno.NetAddr`, that of a client which has come through a
 * proxy.
 *
 * @typeParam A The type of the addresses.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, listenUnix } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/echo.sock`;
 * {
 *   using listener = await listenUnix(path);
 *   using client = await dialUnix(path);
 *   using server = await listener.accept();
 *   await client.writeString("hello\n");
 *   assertEquals(await server.readLine(), "hello");
 * }
 * await Deno.remove(directory);
 * ```
 */
export class UnixConn<A extends Deno.Addr = Deno.UnixAddr> extends StreamConn<A>
  implements Deno.Conn<A> {
  /**
   * Takes over a connection of Deno, which must not be used elsewhere from then on.
   *
   * @param conn The connection. One that is not of the runtime must not keep or
   * transfer the buffers that it is given.
   */
  constructor(conn: Deno.Conn<A>) {
    super({ raw: conn, ends: conn, keepsAlive: false });
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    const { remoteAddr, localAddr } = this;
    if (isNetAddr(remoteAddr)) return describeAddr(remoteAddr);
    const { path } = remoteAddr as Deno.UnixAddr;
    return JSON.stringify(
      path ?? (localAddr as Deno.UnixAddr).path ?? "unnamed",
    );
  }
}
