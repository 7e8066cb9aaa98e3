// This project's chat server for the benchmarks, its flood control wide open. It
// prints its TCP port and its HTTP port and runs until it is killed.

import { serveChat } from "../../chat/mod.ts";
import { announce } from "./_announce.mjs";

const server = serveChat({
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 1e9,
  rate: 1e9,
});
announce(server.tcpAddr.port, server.httpAddr.port);
await server.finished;
