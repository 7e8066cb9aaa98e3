/**
 * Recipe: WebSockets behind an existing HTTP server.
 *
 * The HTTP server is one of `node:http`, as used by Express and others. It forwards
 * requests for a WebSocket to a vnet server on an inner port, as a reverse proxy
 * does, so that all features of vnet work, unlike inside `Deno.serve`. Two clients
 * then talk to each other.
 *
 * ```sh
 * deno run --allow-net examples/websocket_behind_http_server.ts
 * ```
 *
 * @module
 */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { dialTcp } from "../tcp/mod.ts";
import { dialWebSocket, newServer, OPCode } from "../websocket/mod.ts";

// The WebSocket server, which only this machine can reach.
const chat = newServer(0, "/chat", { hostname: "127.0.0.1" });
chat.onMessage((ws, message) => {
  // It also gets the pongs of its clients.
  if (message.opcode !== OPCode.textFrame) return;
  chat.broadcast(message.text(), { except: ws });
});
const inner = Promise.withResolvers<Deno.NetAddr>();
const serving = chat.listen({ onListen: inner.resolve });
const innerAddr = await inner.promise;

// The existing server.
const http = createServer((_request, response) => response.end("A page\n"));
http.on("upgrade", async (request, socket, head) => {
  try {
    await forward(request, socket, head);
  } catch {
    socket.destroy();
  }
});
const outer = Promise.withResolvers<number>();
http.listen(0, "127.0.0.1", () => {
  outer.resolve((http.address() as AddressInfo).port);
});
const port = await outer.promise;

/** Hands a request on as it came, and after it whatever either end sends. */
async function forward(
  { method, url, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
): Promise<void> {
  using conn = await dialTcp(innerAddr, { timeout: 5000 });
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  await conn.writeString(`${lines.join("\r\n")}\r\n\r\n`);
  await conn.write(head);
  const { readable, writable } = Duplex.toWeb(socket);
  await Promise.all([
    readable.pipeTo(conn.writable),
    conn.readable.pipeTo(writable),
  ]);
}

const page = await fetch(`http://127.0.0.1:${port}/`);
console.log(`HTTP: ${(await page.text()).trim()}`);
const ann = await dialWebSocket(`ws://127.0.0.1:${port}/chat`);
const bob = await dialWebSocket(`ws://127.0.0.1:${port}/chat`);
await ann.write("Hello, Bob!");
console.log(`Bob got: ${await bob.read({ timeout: 5000 })}`);
await bob.write("Hello, Ann!");
console.log(`Ann got: ${await ann.read({ timeout: 5000 })}`);
await Promise.all([ann.close(), bob.close()]);
await chat.close();
await serving;
http.close();
