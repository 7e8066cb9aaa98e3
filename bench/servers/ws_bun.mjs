// A WebSocket server of Bun's own, for the benchmarks: it sends each message back,
// or to everyone. It prints its port and runs until it is killed.
//
//   ws_bun.mjs echo|broadcast

import process from "node:process";
import { announce } from "./_announce.mjs";

const { Bun } = globalThis;
const [, , task] = process.argv;
const EVERYONE = "everyone";

const echo = {
  message: (socket, message) => socket.send(message),
};
const broadcast = {
  open: (socket) => socket.subscribe(EVERYONE),
  message: (_socket, message) => server.publish(EVERYONE, message),
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response(null, { status: 400 }),
  websocket: {
    maxPayloadLength: 32 * 1024 * 1024,
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: false,
    ...task === "broadcast" ? broadcast : echo,
  },
});
announce(server.port);
