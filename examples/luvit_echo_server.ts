/**
 * An echo server: greets, and sends everything back.
 *
 * It is the Luvit document's server (`net.createServer` and `c:pipe(c)`), and
 * runs until Ctrl-C. Its client is `luvit_echo_client.ts`. The argument is
 * another port than 8124.
 *
 * ```sh
 * deno run --allow-net examples/luvit_echo_server.ts
 * ```
 *
 * @module
 */

import { listenTcp, type TcpListener } from "../tcp/mod.ts";

/** Starts the server. Port 0 takes a free one. */
export function startEcho(port: number): TcpListener {
  const listener = listenTcp({ hostname: "127.0.0.1", port });
  console.log(`server: bound to port ${listener.addr.port}`);
  listener.serve(async (conn) => {
    console.log("server: connected");
    await conn.writeString("hello\r\n");
    await conn.readable.pipeTo(conn.writable);
    console.log("server: disconnected");
  }, { onError: (error) => console.log(`server: ${error}`) });
  return listener;
}

if (import.meta.main) startEcho(Number(Deno.args[0] ?? 8124));
