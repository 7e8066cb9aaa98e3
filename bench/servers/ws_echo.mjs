// A WebSocket echo server on npm's `ws` under Node, for the benchmarks.
//
//   node ws_echo.mjs FOLDER_WITH_NODE_MODULES

import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(`${process.argv[2]}/index.js`);
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  maxPayload: 32 * 1024 * 1024,
}, () => console.log(server.address().port));
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    socket.send(data, { binary: isBinary });
  });
  socket.on("error", () => {});
});
