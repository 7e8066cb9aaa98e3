// Stands in for the load generators in C where there is no C compiler, under Node
// or Deno, with their arguments:
//
//   stand_in.mjs tcp_load PORT SECONDS CONNECTIONS SIZE echo|bulk|connect
//   stand_in.mjs ws_load PORT SECONDS CONNECTIONS SIZE WINDOW binary|text
//
// It is slower than some of what it loads: a ratio is then nearer to 1 than it
// would be.

import { Buffer } from "node:buffer";
import { connect } from "node:net";
import process from "node:process";
import { count, makeLoads, runLoad } from "./_stand_in.mjs";

const [, , name, ...args] = process.argv;
const [port, seconds, connections, size] = args.map(Number);

function dial() {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.on("error", () => {});
  return socket;
}

/** Keeps messages in flight; all frames are of one length, so bytes tell. */
function loadByFrames() {
  const window = Number(args[4]);
  const frame = makeFrame(args[5] === "text" ? 0x81 : 0x82);
  const answerLength = frame.length - 4;
  const socket = dial();
  let handshake = "";
  let bytes = 0;
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const send = (frames) => {
    socket.write(Buffer.alloc(frames * frame.length, frame));
  };
  socket.on("data", (data) => {
    if (!handshake.endsWith("\r\n\r\n")) {
      handshake += data.toString("latin1");
      if (handshake.endsWith("\r\n\r\n")) send(window);
      return;
    }
    bytes += data.length;
    const answers = Math.floor(bytes / answerLength);
    bytes -= answers * answerLength;
    count(answers);
    if (answers > 0) send(answers);
  });
}

function makeFrame(firstByte) {
  const header = Buffer.alloc(size < 126 ? 6 : size < 65536 ? 8 : 14);
  header[0] = firstByte;
  header[1] = 0x80 | (size < 126 ? size : size < 65536 ? 126 : 127);
  if (header.length === 8) header.writeUInt16BE(size, 2);
  if (header.length === 14) header.writeBigUInt64BE(BigInt(size), 2);
  const key = [0x37, 0xfa, 0x21, 0x3d];
  header.set(key, header.length - 4);
  const payload = Buffer.alloc(size, "v").map((byte, index) =>
    byte ^ key[index & 3]
  );
  return Buffer.concat([header, payload]);
}

const loads = makeLoads(dial, "connect", size);
const load = name === "ws_load" ? loadByFrames : loads[args[4]];
runLoad(load, connections, seconds);
