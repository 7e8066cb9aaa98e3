// A WebSocket server for the test of a process that has few files to open: it
// tells its port, echoes, and reports at the end of its input.
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(async (conn) => {
  const socket = await acceptWebSocket(conn);
  for await (const message of socket.readable) await socket.write(message);
  await socket.closed;
});
console.log(listener.addr.port);
const reader = Deno.stdin.readable.getReader();
while (!(await reader.read()).done) { /* Until the end. */ }
const { acceptedCount: accepted, errorCount: errors } = listener;
console.log(JSON.stringify({ accepted, errors }));
await listener.shutdown({ timeout: 1000 });
await serving;
