// A server over `node:net` that sends each line back, or those of more than one
// character, by `node:readline`, for the benchmarks. It prints its port and runs
// until it is killed.
//
//   line_echo_node.mjs all|long

import { createServer } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { announce } from "./_announce.mjs";

const least = process.argv[2] === "long" ? 2 : 0;

const server = createServer({ noDelay: true }, (socket) => {
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  // The load generator cuts its connections at the end.
  socket.on("error", () => {});
  lines.on("error", () => {});
  lines.on("line", (line) => {
    if (line.length >= least) socket.write(`${line}\n`);
  });
});
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
