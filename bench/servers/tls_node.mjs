// An echo server over TLS on `node:tls`, for the benchmarks. It prints its port
// and runs until it is killed.
//
//   tls_node.mjs FOLDER_WITH_CERTIFICATE

import { readFileSync } from "node:fs";
import process from "node:process";
import { createServer } from "node:tls";
import { announce } from "./_announce.mjs";

const [, , folder] = process.argv;
const options = {
  noDelay: true,
  cert: readFileSync(`${folder}/cert.pem`),
  key: readFileSync(`${folder}/key.pem`),
};

/** The usual events, with the pause that keeps memory within bounds. */
const server = createServer(options, (socket) => {
  socket.on("error", () => {});
  socket.on("data", (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
});
// A client that is cut before its handshake is done.
server.on("tlsClientError", () => {});
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
