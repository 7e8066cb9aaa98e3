// A WebSocket server on npm's `ws`, for the benchmarks: it sends each message
// back, or to everyone, or to those who have asked for "/topic", or texts only.
// It prints its port and runs until it is killed.
//
//   ws_npm.mjs FOLDER_WITH_NODE_MODULES echo|broadcast|publish|deflate|texts

import { createRequire } from "node:module";
import process from "node:process";
import { announce } from "./_announce.mjs";
import { publishInTurns } from "./_publishing.mjs";

const [, , folder, task] = process.argv;
const { WebSocketServer } = createRequire(`${folder}/index.js`)("ws");
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  backlog: 4096,
  perMessageDeflate: task === "deflate" ? { threshold: 0 } : false,
  maxPayload: 32 * 1024 * 1024,
}, () => announce(server.address().port));

const subscribers = new Set();

server.on("connection", (socket, request) => {
  socket.on("error", () => {});
  if (task === "publish") {
    if (request.url === "/topic") subscribers.add(socket);
    socket.on("close", () => subscribers.delete(socket));
    return socket.on("message", (data, isBinary) => {
      publishInTurns(data, () => {
        for (const one of subscribers) one.send(data, { binary: isBinary });
      });
    });
  }
  if (task === "texts") {
    return socket.on("message", (data, isBinary) => {
      if (!isBinary) socket.send(data, { binary: false });
    });
  }
  socket.on("message", (data, isBinary) => {
    if (task === "broadcast") {
      for (const one of server.clients) one.send(data, { binary: isBinary });
    } else {
      socket.send(data, { binary: isBinary });
    }
  });
});
