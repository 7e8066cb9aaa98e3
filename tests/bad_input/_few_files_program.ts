// A WebSocket server for the test of a process that has few files to open: it
// echoes, and reports on demand.
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import {
  prepareForFewFiles,
  reportOnDemand,
} from "../tcp/support/_few_files.ts";

prepareForFewFiles();
const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(async (conn) => {
  const socket = await acceptWebSocket(conn);
  for await (const message of socket.readable) await socket.write(message);
  await socket.closed;
});
await reportOnDemand(listener);
await listener.shutdown({ timeout: 1000 });
await serving;
