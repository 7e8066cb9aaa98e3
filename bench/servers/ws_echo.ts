// A WebSocket echo server in one of several ways, for the benchmarks. It prints
// its port and runs until it is killed.
//
//   ws_echo.ts deno|callbacks|pipe|iterate

import { listenTcp } from "../../tcp/mod.ts";
import { acceptWebSocket, newServer } from "../../websocket/mod.ts";

const [way = "callbacks"] = Deno.args;
const maxMessageSize = 32 * 1024 * 1024;
/** The load generator cuts its connections at the end. */
const ignore = () => {};

if (way === "deno") {
  const onListen = ({ port }: Deno.NetAddr) => console.log(port);
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
    socket.onerror = ignore;
    return response;
  });
} else if (way === "callbacks") {
  const server = newServer(0, "", { hostname: "127.0.0.1", maxMessageSize });
  server.onMessage((ws, message) => {
    ws.write(message.payload, message.opcode);
  });
  server.onError(ignore);
  await server.listen({ onListen: ({ port }) => console.log(port) });
} else {
  const listener = listenTcp("127.0.0.1:0");
  console.log(listener.addr.port);
  await listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, { maxMessageSize });
    if (way === "pipe") return socket.readable.pipeTo(socket.writable);
    const writer = socket.writable.getWriter();
    for await (const message of socket.readable) await writer.write(message);
  });
}
