// A WebSocket server of Bun's own, for the benchmarks: it sends each message back,
// or to everyone, or to those who have asked for "/topic". It prints its port and
// runs until it is killed.
//
//   ws_bun.mjs echo|broadcast|publish

import process from "node:process";
import { announce } from "./_announce.mjs";
import { publishInTurns } from "./_publishing.mjs";

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

const publish = {
  open: (socket) => socket.data.subscribes && socket.subscribe(EVERYONE),
  message: (_socket, message) =>
    publishInTurns(message, () => server.publish(EVERYONE, message)),
  sendPings: false,
};
const tasks = { echo, broadcast, publish };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request, {
        data: { subscribes: request.url.endsWith("/topic") },
      })
      ? undefined
      : new Response(null, { status: 400 }),
  websocket: {
    maxPayloadLength: 32 * 1024 * 1024,
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: false,
    ...tasks[task],
  },
});
announce(server.port);
