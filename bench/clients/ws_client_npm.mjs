// A WebSocket client on npm's `ws`, for the benchmarks: see `drive`.
//
//   ws_client_npm.mjs FOLDER_WITH_NODE_MODULES PORT SECONDS SIZE WINDOW

import { once } from "node:events";
import { createRequire } from "node:module";
import process from "node:process";
import { drive } from "./_drive.mjs";

const [, , folder, ...args] = process.argv;
const WebSocket = createRequire(`${folder}/index.js`)("ws");

await drive(args, async (url, onMessage) => {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: 32 * 1024 * 1024,
  });
  socket.on("message", onMessage);
  await once(socket, "open");
  return (data) => socket.send(data);
});
