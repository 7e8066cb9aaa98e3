/**
 * A TCP server, with everything that the Net module document lists of one.
 *
 * Each comment names the event, property or method of Node's `net.Server` or of
 * its sockets. The server greets its clients, sends back what they send, and
 * runs until Ctrl-C. Its client is `net_module_client.ts`. The argument is
 * another port than 8124.
 *
 * ```sh
 * deno run --allow-net examples/net_module_server.ts
 * ```
 *
 * @module
 */

import { listenTcp, type TcpConn, type TcpListener } from "../tcp/mod.ts";

/** Starts the server. Port 0 takes a free one. */
export function startServer(port: number): TcpListener {
  // server.listen(port) is done when `listenTcp` returns; it throws if the port is
  // in use (the server's event "error"). The second argument of createServer is
  // the handler of `serve`. Its options are not needed: a client that has ended
  // can still be written to (allowHalfOpen), and nothing is read before a call
  // asks for it (pauseOnConnect).
  const listener = listenTcp({ hostname: "127.0.0.1", port });
  // server.maxConnections
  listener.maxConnections = 6;
  // server.address()
  console.log(`server: listening on port ${listener.addr.port}`);
  serve(listener);
  return listener;
}

async function serve(listener: TcpListener): Promise<void> {
  // The server's event "connection" is the call of the handler.
  await listener.serve(async (conn) => {
    // server.getConnections(callback)
    console.log(`server: client connected, ${listener.connectionCount} in all`);
    try {
      await talk(conn);
      // The socket's event "close" with hadError = false,
      console.log("server: client gone");
    } catch (error) {
      // and "error", followed by "close" with hadError = true.
      console.log(`server: client failed: ${error}`);
    }
  });
  // The server's event "close": it is closed and the last client has left.
  console.log("server: closed");
}

async function talk(conn: TcpConn): Promise<void> {
  // The socket's event "connect" has passed: accepted connections are open.
  // Its event "drain" is that a write settles.
  await conn.writeString("Welcome!\n");
  // The event "data". `readable` has bytes in pieces of any size, `lines()` lines.
  for await (const line of conn.lines()) {
    console.log(`server: received ${line}`);
    await conn.writeString(`You said: ${line}\n`);
  }
  // The event "end".
  console.log("server: all data received");
}

if (import.meta.main) {
  const listener = startServer(Number(Deno.args[0] ?? 8124));
  // server.close(callback): no more clients, and connected clients may finish;
  // `shutdown` also waits for them, within a limit. A second call does nothing.
  Deno.addSignalListener("SIGINT", () => listener.shutdown({ timeout: 1000 }));
}
