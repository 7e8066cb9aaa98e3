// An echo server over UDP on `node:dgram` with its usual events, for the
// benchmarks. It prints its port and runs until it is killed.

import { createSocket } from "node:dgram";
import { announce } from "./_announce.mjs";

const socket = createSocket("udp4");
socket.on("message", (data, { port, address }) => {
  socket.send(data, port, address);
});
socket.bind(0, "127.0.0.1", () => announce(socket.address().port));
