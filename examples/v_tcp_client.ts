/**
 * A TCP client: asks a web server for a page and reads until the server ends.
 *
 * It is V's first program, `net.dial_tcp` and `io.read_all`, and prints the
 * whole answer, with its header fields. Without an argument it asks a small server
 * of its own; with one it asks that host.
 *
 * ```sh
 * deno run --allow-net examples/v_tcp_client.ts
 * deno run --allow-net examples/v_tcp_client.ts example.com:80
 * ```
 *
 * @module
 */

import {
  dialTcp,
  infiniteTimeout,
  listenTcp,
  readAll,
  type TcpConn,
} from "../tcp/mod.ts";

using server = listenTcp("127.0.0.1:0");
const serving = server.serve(answer);
try {
  using conn = await dialTcp(Deno.args[0] ?? server.addr, { timeout: 10_000 });
  await conn.writeString("GET /index.html HTTP/1.0\r\n\r\n");
  // This is the default. For a server that may fall silent, set a limit here.
  conn.setReadTimeout(infiniteTimeout);
  const result = await readAll(conn);
  console.log(new TextDecoder().decode(result));
} finally {
  server.close();
  await serving;
}

/** Stands in for the server on the internet. */
async function answer(conn: TcpConn): Promise<void> {
  const request = await conn.readLine({ timeout: 5000 });
  while (await conn.readLine({ timeout: 5000 }));
  await conn.writeString(
    `HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nYou sent ${request}`,
  );
}
