// An echo server over TCP on `node:net`, for the benchmarks. It prints its port
// and runs until it is killed.
//
//   tcp_node.mjs events|pipe

import { createServer } from "node:net";
import process from "node:process";
import { announce } from "./_announce.mjs";

const [, , way] = process.argv;

/** The usual events, with the pause that keeps memory within bounds. */
function echo(socket) {
  socket.on("data", (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  if (way === "pipe") socket.pipe(socket);
  else echo(socket);
});
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
