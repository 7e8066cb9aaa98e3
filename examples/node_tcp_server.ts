/**
 * A TCP server that counts and limits its clients, and prints their events.
 *
 * It is the server of the Node document's first chapter: two clients at most,
 * the events of the server and of its sockets, and `server.close()` five
 * seconds after the first client has connected. It ends when the last client has
 * left. Talk to it with `nc 127.0.0.1 8080` or telnet.
 *
 * The arguments are another port, and other milliseconds until it closes.
 *
 * ```sh
 * deno run --allow-net examples/node_tcp_server.ts
 * deno run --allow-net examples/node_tcp_server.ts 9090 60000
 * ```
 *
 * @module
 */

import { listenTcp, type TcpConn } from "../tcp/mod.ts";

const [port = 8080, patience = 5000] = Deno.args.map(Number);

// A port that is taken makes this throw: Node's event "error" of the server.
const listener = listenTcp({ hostname: "127.0.0.1", port });
// It can be set at any time, and open connections stay.
listener.maxConnections = 2;
console.log(`The server listens on port ${listener.addr.port}`);

// The handler is Node's event "connection". The promise is the event "close":
// it resolves when the listener is closed and the last handler is done.
await listener.serve(talk, {
  onError: (error) => console.log(`A client has failed: ${error}`),
});
console.log(`The server is closed; it turned ${listener.droppedCount} away`);

async function talk(conn: TcpConn): Promise<void> {
  const { hostname, port } = conn.localAddr;
  console.log(`A client has come to ${hostname}:${port}`);
  const { connectionCount, maxConnections, acceptedCount } = listener;
  console.log(`Clients now: ${connectionCount}, at most ${maxConnections}`);
  // Event "close": both directions have ended, for any reason.
  conn.closed.then(() => console.log("The client has gone"));
  // It stops accepting; connected clients can continue.
  if (acceptedCount === 1) setTimeout(() => listener.close(), patience);

  // Event "data", as with `socket.setEncoding("utf8")`: a character that arrives
  // in two pieces is decoded whole.
  for await (const text of conn.readable.pipeThrough(new TextDecoderStream())) {
    console.log(`Received: ${JSON.stringify(text)}`);
    await conn.writeString(`The server has received: ${text}`);
  }
  // Event "end". The client may still be reading; `allowHalfOpen` is always on,
  // and the connection is closed when this function returns.
  console.log("The client has said all");
}
