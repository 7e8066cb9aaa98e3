import { assert } from "@std/assert";
import {
  acceptWebSocket,
  dialWebSocket,
  type WebSocketConn,
} from "../../websocket/mod.ts";
import { reconnecting } from "../../websocket/reconnecting.ts";
import {
  checkReport,
  type Kind,
  type Peer,
  runCuts,
} from "../internal/reconnect/_cuts.ts";

const OPTIONS = { maxMessageSize: 64 * 1024 * 1024, closeTimeout: 100 };

const MESSAGES: Kind<WebSocketConn> = {
  dial: ({ port }, signal) =>
    dialWebSocket(`ws://127.0.0.1:${port}/`, { signal, ...OPTIONS }),
  connect: (dial) => reconnecting(dial, { initialDelay: 0 }),
  accept: async (conn) => toPeer(await acceptWebSocket(conn, OPTIONS)),
  handshake: 160,
};

function toPeer(conn: WebSocketConn): Peer {
  return {
    read: async () => {
      const message = await conn.read();
      return message === null ? null : String(message);
    },
    write: (message) => conn.write(message),
    terminate: () => conn.terminate(),
    closed: conn.closed,
  };
}

Deno.test("reconnecting() keeps the order and sends no message twice or torn over 1,000 cuts", async () => {
  const report = await runCuts(MESSAGES, { cuts: 1000, scale: 1, seed: 3 });

  checkReport(report, 1000);
  assert(report.stats.torn > 0);
});

Deno.test("reconnecting() tells which messages are uncertain when long ones are cut", async () => {
  const report = await runCuts(MESSAGES, { cuts: 30, scale: 20_000, seed: 4 });

  checkReport(report, 30);
  assert(report.rejected > 0);
});
