// A WebSocket server in one of several ways, for the benchmarks: it sends each
// message back, or to everyone, or to those who have asked for "/topic", or texts
// only. It prints its port and runs until
// it is killed.
//
//   ws_echo.ts deno|callbacks|read|iterate|pipe echo|broadcast|deflate
//   ws_echo.ts deno|callbacks publish
//   ws_echo.ts deno|callbacks|read texts

import { listenTcp } from "../../tcp/mod.ts";
import {
  acceptWebSocket,
  newServer,
  OPCode,
  type WebSocketConn,
} from "../../websocket/mod.ts";
import { announce } from "./_announce.mjs";
import { publishInTurns } from "./_publishing.mjs";

/** Clients reset their connections at the end of a run. */
const QUIET = { onError: () => {} };

const [way = "callbacks", task = "echo"] = Deno.args;
const limits = { maxMessageSize: 32 * 1024 * 1024 };
const options = task === "deflate"
  ? { ...limits, deflate: { threshold: 0 } }
  : limits;
/** The load generator cuts its connections at the end. */
const ignore = () => {};

function serveByDeno(): void {
  const everyone = new Set<WebSocket>();
  const hostname = "127.0.0.1";
  const onListen = ({ port }: Deno.NetAddr) => announce(port);
  Deno.serve({ hostname, port: 0, onListen }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onerror = ignore;
    if (task === "broadcast") {
      socket.onopen = () => everyone.add(socket);
      socket.onclose = () => everyone.delete(socket);
      socket.onmessage = ({ data }) => {
        for (const one of everyone) one.send(data);
      };
    } else if (task === "publish") {
      if (request.url.endsWith("/topic")) {
        socket.onopen = () => everyone.add(socket);
        socket.onclose = () => everyone.delete(socket);
      }
      socket.onmessage = ({ data }) => {
        publishInTurns(new Uint8Array(data), () => {
          for (const one of everyone) one.send(data);
        });
      };
    } else if (task === "texts") {
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") socket.send(data);
      };
    } else {
      socket.onmessage = ({ data }) => socket.send(data);
    }
    return response;
  });
}

async function serveByCallbacks(): Promise<void> {
  const server = newServer(0, "", { hostname: "127.0.0.1", ...options });
  if (task === "broadcast") {
    server.onMessage((_ws, message) => {
      server.broadcast(message.payload);
    });
  } else if (task === "publish") {
    server.pingInterval = 0;
    server.onAttached(({ client, resourceName }) => {
      if (resourceName === "/topic") client.subscribe("topic");
    });
    server.onMessage((_ws, { payload }) => {
      publishInTurns(payload, () => server.publish("topic", payload));
    });
  } else if (task === "texts") {
    server.onMessage((ws, message) => {
      if (message.opcode === OPCode.textFrame) {
        ws.write(message.payload, message.opcode);
      }
    });
  } else {
    server.onMessage((ws, message) => {
      ws.write(message.payload, message.opcode);
    });
  }
  server.onError(ignore);
  await server.listen({ onListen: ({ port }) => announce(port) });
}

async function serveByStreams(): Promise<void> {
  const listener = listenTcp("127.0.0.1:0");
  announce(listener.addr.port);
  await listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, options);
    if (task === "texts") return answerTexts(socket);
    if (way === "pipe") return socket.readable.pipeTo(socket.writable);
    if (way === "read") {
      while (true) {
        const message = await socket.read();
        if (message === null) return;
        await socket.write(message);
      }
    }
    const writer = socket.writable.getWriter();
    for await (const message of socket.readable) await writer.write(message);
  }, QUIET);
}

async function answerTexts(socket: WebSocketConn): Promise<void> {
  while (true) {
    const message = await socket.read();
    if (message === null) return;
    if (typeof message === "string") await socket.write(message);
  }
}

if (way === "deno") serveByDeno();
else if (way === "callbacks") await serveByCallbacks();
else await serveByStreams();
