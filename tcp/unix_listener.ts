import { type ListenerOptions, StreamListener } from "./stream_listener.ts";
import { UnixConn } from "./unix_conn.ts";

/**
 * Listens on a Unix socket (V's `unix.StreamListener`). Closing it removes the
 * socket's file.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, listenUnix, UnixListener } from "@vnet/net/tcp";
 * import { assertInstanceOf } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   using listener = await listenUnix(`${directory}/example.sock`);
 *   assertInstanceOf(listener, UnixListener);
 * }
 * await Deno.remove(directory);
 * ```
 */
export class UnixListener extends StreamListener<UnixConn, Deno.UnixAddr> {
  /**
   * Takes over a listener of Deno, which nobody else may use from then on.
   *
   * @param listener The listener.
   * @param options Options of the listener.
   */
  constructor(listener: Deno.UnixListener, options: ListenerOptions = {}) {
    const addr = listener.addr as Deno.UnixAddr;
    super({
      raw: listener,
      addr,
      name: JSON.stringify(addr.path),
      admits: () => true,
      prepare: (raw: Deno.UnixConn) => new UnixConn(raw),
    }, options);
  }
}
