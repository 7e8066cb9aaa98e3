// An echo server over UDP on `node:dgram`, and beside it one over TCP on `node:net`
// in the same process, for the benchmarks. It prints its TCP port and its UDP port
// and runs until it is killed.

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { announce } from "./_announce.mjs";

const udp = createSocket("udp4");
udp.on("message", (data, { port, address }) => {
  udp.send(data, port, address);
});
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.pipe(socket);
});
udp.bind(0, "127.0.0.1", () => {
  server.listen(0, "127.0.0.1", 4096, () => {
    announce(server.address().port, udp.address().port);
  });
});
