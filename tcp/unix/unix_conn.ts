import { StreamConn } from "../conn/stream_conn.ts";

/**
 * A connection over a Unix socket (V's `unix.StreamConn`). It is a
 * `Deno.UnixConn` too.
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
export class UnixConn extends StreamConn<Deno.UnixAddr>
  implements Deno.UnixConn {
  /**
   * Takes over a connection of Deno, which nobody else may use from then on.
   *
   * @param conn The connection. One that is not of the runtime must not keep or
   * transfer the buffers that it is given.
   */
  constructor(conn: Deno.UnixConn) {
    super({ raw: conn, ends: conn, keepsAlive: false });
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    return JSON.stringify(
      this.remoteAddr.path ?? this.localAddr.path ?? "unnamed",
    );
  }
}
