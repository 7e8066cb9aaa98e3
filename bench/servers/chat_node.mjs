// A chat room in the way that Node tutorials write it, for the benchmarks: lines
// over TCP by `node:net`, and WebSocket messages by npm's `ws` if there is one.
// Whoever comes is asked for a nickname, the others are told who came and left,
// and hear what one says. It prints its TCP port and its HTTP port and runs until
// it is killed.
//
//   chat_node.mjs FOLDER_WITH_NODE_MODULES

import { createRequire } from "node:module";
import { createServer } from "node:net";
import process from "node:process";
import { announce } from "./_announce.mjs";

const [, , folder] = process.argv;
const { WebSocketServer } = createRequire(`${folder}/index.js`)("ws");

/** Everyone in the room: how to send to them, by nickname. */
const users = new Map();

function tellOthers(nickname, text) {
  for (const [other, send] of users) {
    if (other !== nickname) send(text);
  }
}

/** Takes a newcomer in; returns what to do with their lines and their leaving. */
function welcome(send) {
  let nickname;
  send(`Hello! ${users.size} online. Choose a nickname:`);
  return {
    onLine(line) {
      if (nickname !== undefined) {
        return tellOthers(nickname, `${nickname}: ${line}`);
      }
      if (users.has(line)) return send("That nickname is taken. Another one:");
      nickname = line;
      users.set(nickname, send);
      tellOthers(nickname, `${nickname} has joined.`);
    },
    onEnd() {
      if (nickname === undefined || !users.delete(nickname)) return;
      tellOthers(nickname, `${nickname} has left.`);
    },
  };
}

const tcp = createServer({ noDelay: true }, (socket) => {
  socket.setEncoding("utf8");
  const { onLine, onEnd } = welcome((text) => socket.write(`${text}\n`));
  let rest = "";
  socket.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(line.trim());
  });
  socket.on("close", onEnd);
  socket.on("error", () => {});
});

const options = { host: "127.0.0.1", port: 0, backlog: 4096 };
const web = new WebSocketServer(options, () => {
  tcp.listen(0, "127.0.0.1", 4096, () => {
    announce(tcp.address().port, web.address().port);
  });
});
web.on("connection", (socket) => {
  const { onLine, onEnd } = welcome((text) => socket.send(text));
  socket.on("message", (data) => onLine(data.toString().trim()));
  socket.on("close", onEnd);
  socket.on("error", () => {});
});
