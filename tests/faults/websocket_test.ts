import { assert, assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";
import { errorOf } from "../tcp/_outcomes.ts";
import type { Faults } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { HARMLESS } from "./_stream.ts";

const HANGS = { timeout: 10_000 };

/** What is sent: text and bytes of all forms of the length. */
const MESSAGES: readonly (string | Uint8Array)[] = [
  "hello",
  "",
  new Uint8Array(0),
  "漢字 \u{1f600}".repeat(30),
  new Uint8Array(125).fill(1),
  new Uint8Array(126).fill(2),
  "x".repeat(65_535),
  Uint8Array.from({ length: 70_000 }, (_, at) => at * 7),
  "the same again and again ".repeat(4000),
];

/** Connects through a relay, and runs a test with both sides. */
async function connect(
  faults: Faults,
  options: WebSocketOptions,
  run: (
    client: WebSocketConn,
    server: WebSocketConn,
    relay: FaultRelay,
  ) => Promise<void>,
): Promise<void> {
  using listener = listenTcp("127.0.0.1:0");
  await using relay = await FaultRelay.start(listener.addr, faults);
  const accepting = listener.accept(HANGS).then((conn) =>
    acceptWebSocket(conn, options)
  );
  const url = `ws://127.0.0.1:${relay.addr.port}/`;
  const client = await dialWebSocket(url, options);
  const server = await accepting;
  try {
    await run(client, server, relay);
  } finally {
    client.terminate();
    server.terminate();
  }
}

async function send(socket: WebSocketConn): Promise<void> {
  for (const message of MESSAGES) await socket.write(message, HANGS);
}

async function receive(socket: WebSocketConn): Promise<void> {
  for (const expected of MESSAGES) {
    const message = await socket.read(HANGS);
    assertEquals(typeof message, typeof expected);
    // Comparing large values in detail takes longer than all else.
    const isSame = message === expected ||
      (message instanceof Uint8Array && expected instanceof Uint8Array &&
        message.length === expected.length &&
        message.every((byte, at) => byte === expected[at]));
    assert(isSame, `Got another message of ${message?.length}`);
  }
}

const PLACES: Record<string, Faults> = {
  ...Object.fromEntries(
    Object.entries(HARMLESS).map(([what, course]) => [
      what,
      { up: course, down: course },
    ]),
  ),
  "passes on few bytes from the client": { up: { slice: 13 } },
  "passes on few bytes from the server": { down: { slice: 13 } },
};

for (const deflate of [false, true]) {
  const how = deflate ? "compressed" : "plain";
  for (const [what, faults] of Object.entries(PLACES)) {
    Deno.test(`a WebSocket carries ${how} messages both ways through a relay that ${what}`, async () => {
      await connect(faults, { deflate }, async (client, server, relay) => {
        assertEquals(client.extensions !== "", deflate);
        relay.stalled.then(() => relay.release());
        await Promise.all([
          send(client),
          send(server),
          receive(client),
          receive(server),
        ]);
        await client.close(1000, "done", HANGS);
        const { code, reason, wasClean } = await server.closed;
        assertEquals([code, reason, wasClean], [1000, "done", true]);
      });
    });
  }

  Deno.test(`a WebSocket carries ${how} messages through a relay that passes on single bytes`, async () => {
    const faults = { up: { slice: 1 }, down: { slice: 1 } };
    await connect(faults, { deflate }, async (client, server) => {
      const message = "one at a time ".repeat(30);
      for (let round = 0; round < 5; round++) {
        await client.write(message + round);
        assertEquals(await server.read(HANGS), message + round);
        await server.write(new Uint8Array(300).fill(round));
        assertEquals(
          await client.read(HANGS),
          new Uint8Array(300).fill(round),
        );
      }
      assert(await client.ping(undefined, HANGS) >= 0);
      await server.close(1001, "", HANGS);
      assertEquals((await client.closed).code, 1001);
    });
  });
}

for (
  const [what, faults] of Object.entries({
    "ends the client's direction": { up: { endAt: 20_000 } },
    "ends the server's direction": { down: { endAt: 20_000 } },
    "resets the client's direction": { up: { resetAt: 20_000 } },
    "resets the server's direction": { down: { resetAt: 20_000 } },
  })
) {
  Deno.test(`a WebSocket ends with 1006 on both sides when a relay ${what}`, async () => {
    await connect(faults, {}, async (client, server) => {
      const sockets = [client, server];
      const reads = sockets.map(async (socket) => {
        let count = 0;
        const error = await errorOf((async () => {
          for (;;) {
            const message = await socket.read(HANGS);
            assertEquals(message, `message ${count++}`);
          }
        })());
        assert(error instanceof Error && error.name !== "TimeoutError");
      });
      const writes = sockets.map(async (socket) => {
        const error = await errorOf((async () => {
          for (let count = 0;; count++) {
            await socket.write(`message ${count}`, HANGS);
          }
        })());
        assert(error instanceof Error && error.name !== "TimeoutError");
      });
      for (const socket of sockets) {
        const { code, wasClean } = await socket.closed;
        assertEquals([code, wasClean], [1006, false]);
      }
      await Promise.all([...reads, ...writes]);
    });
  });
}

Deno.test("a WebSocket notices a relay that has stalled by the pong that does not come", async () => {
  const options = { pingInterval: 20, pongTimeout: 40 };
  await connect({ up: { stallAt: 1000 } }, options, async (client, server) => {
    await client.write(new Uint8Array(2000));
    const { code, wasClean } = await server.closed;
    assertEquals([code, wasClean], [1006, false]);
    client.terminate();
  });
});

for (
  const [what, faults] of Object.entries({
    "ends in the request": { up: { endAt: 40 } },
    "resets in the request": { up: { resetAt: 40 } },
    "ends in the response": { down: { endAt: 40 } },
    "resets in the response": { down: { resetAt: 40 } },
  })
) {
  Deno.test(`an opening handshake fails when a relay ${what}`, async () => {
    const listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      const socket = await acceptWebSocket(conn);
      await socket.closed;
    }, { onError: () => {} });
    {
      await using relay = await FaultRelay.start(listener.addr, faults);
      const error = await errorOf(
        dialWebSocket(`ws://127.0.0.1:${relay.addr.port}/`),
      );
      const isKnown = error instanceof HandshakeError ||
        error instanceof Deno.errors.UnexpectedEof ||
        error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      assert(isKnown, String(error));
    }
    await listener.shutdown(HANGS);
    await serving;
  });
}
