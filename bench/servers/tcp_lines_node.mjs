// A server over `node:net` that reads lines by `node:readline`, for the
// benchmarks. It answers each 1,000 lines with a byte, prints its port and runs
// until it is killed.

import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { announce } from "./_announce.mjs";

const LINES_PER_ANSWER = 1000;

const server = createServer({ noDelay: true }, (socket) => {
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  // The load generator cuts its connections at the end.
  socket.on("error", () => {});
  lines.on("error", () => {});
  let seen = 0;
  lines.on("line", () => {
    seen++;
    if (seen % LINES_PER_ANSWER === 0) socket.write(".");
  });
});
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
