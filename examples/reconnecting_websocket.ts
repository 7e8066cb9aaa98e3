/**
 * Recipe: a WebSocket client that logs in again on each connection, and stops
 * when the server says so.
 *
 * The server here restarts before it has answered the first order, answers it
 * on the next connection, and bans the client after the second. An order whose
 * connection is lost on its way may have arrived or not: it is not sent again,
 * and the program has to ask.
 *
 * ```sh
 * deno run --allow-net examples/reconnecting_websocket.ts
 * ```
 *
 * @module
 */

import { listenTcp } from "../tcp/mod.ts";
import {
  acceptWebSocket,
  dialWebSocket,
  reconnecting,
  UncertainWriteError,
  WebSocketError,
} from "../websocket/mod.ts";

const RESTART = 1012;
const BANNED = 4003;

const listener = listenTcp("127.0.0.1:0");
const unanswered: string[] = [];
let count = 0;
listener.serve(async (conn) => {
  const socket = await acceptWebSocket(conn);
  for await (const message of socket) {
    console.log(`server: ${message}`);
    if (message === "login Ann") {
      await socket.write("welcome");
      for (const what of unanswered.splice(0)) {
        await socket.write(`taken: ${what}`);
      }
    } else if (++count === 1) {
      unanswered.push(String(message));
      await socket.close(RESTART, "restart");
    } else {
      await socket.write(`taken: ${message}`);
      await socket.close(BANNED, "too many orders");
    }
  }
});

const url = `ws://127.0.0.1:${listener.addr.port}/`;
const shop = reconnecting(
  // Pings find a dead link.
  ({ signal }) => dialWebSocket(url, { signal, pingInterval: 20_000 }),
  {
    onOpen: async (conn, { signal }) => {
      await conn.write("login Ann");
      const answer = await conn.read({ signal });
      if (answer !== "welcome") throw new Error(`Cannot log in: ${answer}`);
    },
    isRetriable: (reason) =>
      !(reason instanceof WebSocketError && reason.closeCode === BANNED),
    initialDelay: 100,
  },
);

/** Sends an order, now or when the shop is there again. */
async function order(what: string): Promise<void> {
  try {
    await shop.write(what, { timeout: 60_000 });
  } catch (error) {
    if (!(error instanceof UncertainWriteError)) throw error;
    console.log(`client: ${what}: ask whether it has arrived`);
  }
}

await order("tea");
console.log(`client: ${await shop.read()}`);
await order("coffee");
console.log(`client: ${await shop.read()}`);
try {
  await shop.read();
} catch (error) {
  if (!(error instanceof WebSocketError)) throw error;
  console.log(`client: closed with ${error.closeCode}: ${error.reason}`);
}
listener.close();
