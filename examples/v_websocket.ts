/**
 * A WebSocket echo server and its client in one program, with callbacks.
 *
 * It is V's WebSocket program, `websocket.new_server` and `new_client`: the
 * client sends a pong when it opens, then "a" twice, and prints the answers.
 * Where V sleeps, this waits for the answer. The server takes a free port; an
 * argument is another, such as V's 30000.
 *
 * ```sh
 * deno run --allow-net examples/v_websocket.ts
 * ```
 *
 * @module
 */

import { newClient, newServer, OPCode, type Server } from "../websocket/mod.ts";

/** Makes a server that sends everything back. */
function makeServer(port: number): Server {
  const server = newServer(port, "", { hostname: "127.0.0.1" });
  server.pingInterval = 100;
  // Requests for other paths than "/" get 403.
  server.onConnect((peer) => peer.resourceName === "/");
  server.onMessage((ws, message) => ws.write(message.payload, message.opcode));
  server.onClose(() => console.log("server: a client has closed"));
  return server;
}

/** Sends "a" twice, and each time waits for the echo. */
async function talk(url: string): Promise<void> {
  console.log("client: connecting");
  const ws = newClient(url);
  let echo = Promise.withResolvers<void>();
  ws.onOpen((ws) => {
    console.log("client: open!");
    return ws.pong();
  });
  ws.onError((_ws, error) => {
    console.log(`client: error: ${error}`);
    echo.reject(error);
  });
  ws.onClose((_ws, code) => console.log(`client: closed with ${code}`));
  ws.onMessage((_ws, message) => {
    console.log(`client: type ${message.opcode}, payload "${message.text()}"`);
    if (message.opcode === OPCode.textFrame) echo.resolve();
  });

  await ws.connect();
  const listening = ws.listen();
  for (const text of ["a", "a"]) {
    echo = Promise.withResolvers();
    await ws.writeString(text);
    await echo.promise;
  }
  await ws.close();
  await listening;
}

const server = makeServer(Number(Deno.args[0] ?? 0));
const listening = Promise.withResolvers<Deno.NetAddr>();
const serving = server.listen({ onListen: listening.resolve });
const { port } = await listening.promise;
await talk(`ws://127.0.0.1:${port}/`);
await server.close();
await serving;
