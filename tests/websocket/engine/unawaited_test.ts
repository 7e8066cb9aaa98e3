import { assertEquals, assertRejects } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { newClient } from "../../../websocket/callbacks/client.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import type { UpgradedWebSocket } from "../../../websocket/upgrade_websocket.ts";
import { upgradeWebSocket } from "../../../websocket/upgrade_websocket.ts";
import { WebSocketStream } from "../../../websocket/websocket_stream.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { openEnds, PLACES } from "../../conformance/_ends.ts";
import { turn } from "../../internal/_turn.ts";
import { serve } from "../support/_servers.ts";

/** Runs something, and tells which rejections nobody has looked at. */
async function unhandledIn(run: () => Promise<void>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  try {
    await run();
    for (let count = 0; count < 3; count++) await turn();
  } finally {
    globalThis.removeEventListener("unhandledrejection", onUnhandled);
  }
  return reasons;
}

const LARGE = new Uint8Array(8_000_000);
const NOT_A_MESSAGE = 5 as unknown as string;

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`write(), ping() and pong() that nobody awaits end no process when the peer leaves ${where}`, async () => {
    for (const sendPolicy of ["wait", "close", "drop"] as const) {
      using ends = await openEnds(side, transport, {
        maxBufferedBytes: 1000,
        sendPolicy,
      });
      const { socket, peer } = ends;
      const unhandled = await unhandledIn(async () => {
        const send = () => {
          socket.write("tick");
          socket.write("tick", { timeout: 60_000 });
          socket.ping();
          socket.ping(undefined, { timeout: 60_000 });
          socket.pong();
          socket.pong(undefined, { timeout: 60_000 });
        };
        socket.write(LARGE);
        send();
        peer.close();
        await socket.closed;
        send();
      });
      assertEquals(unhandled, []);
      await assertRejects(() => socket.write("tick"), ClosedError);
      await assertRejects(() => socket.ping(), ClosedError);
      await assertRejects(() => socket.pong(), ClosedError);
    }
  });

  Deno.test(`a writer's write() that nobody awaits ends no process when the peer leaves ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const unhandled = await unhandledIn(async () => {
      const writer = socket.writable.getWriter();
      writer.write(LARGE);
      writer.write("tick");
      peer.close();
      await socket.closed;
      writer.write("tick");
      writer.closed.catch(() => {});
      await assertRejects(() => writer.write("tick"));
    });
    assertEquals(unhandled, []);
  });
}

Deno.test("a wrong argument that nobody awaits is heard of", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket } = ends;
  const wrong = NOT_A_MESSAGE as unknown as Uint8Array;
  const unhandled = await unhandledIn(async () => {
    socket.write(NOT_A_MESSAGE);
    socket.ping(wrong);
    socket.pong(wrong);
    socket.pong(undefined, { timeout: -1 });
    const writer = socket.writable.getWriter();
    writer.closed.catch(() => {});
    writer.write(NOT_A_MESSAGE);
    await writer.closed.catch(() => {});
  });
  assertEquals(unhandled.map((it) => (it as Error).name), [
    "TypeError",
    "TypeError",
    "TypeError",
    "RangeError",
    "TypeError",
  ]);
});

Deno.test("a Client's write(), ping() and pong() that nobody awaits end no process", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const gone = Promise.withResolvers<void>();
  const unhandled = await unhandledIn(async () => {
    await using served = await serve(server);
    server.onClose((ws) => {
      ws.writeString("tick");
      ws.write(LARGE);
      ws.write(new Uint8Array(1), OPCode.ping);
      ws.ping();
      ws.pong();
      gone.resolve();
    });
    const client = newClient(served.url);
    await client.connect();
    client.listen();
    client.terminate();
    await gone.promise;
    client.writeStr("tick");
    client.ping();
    client.pong();
    newClient(served.url).writeString("never connected");
  });
  assertEquals(unhandled, []);
});

Deno.test("a WebSocketStream's writer and an UpgradedWebSocket that nobody awaits end no process", async () => {
  const opened = Promise.withResolvers<UpgradedWebSocket>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => upgradeWebSocket(request, { onOpen: opened.resolve }).response,
  );
  const url = `ws://127.0.0.1:${server.addr.port}/`;
  const unhandled = await unhandledIn(async () => {
    const stream = new WebSocketStream(url);
    const { writable } = await stream.opened;
    const conn = await opened.promise;
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const send = () => {
      conn.write("tick");
      conn.ping();
      conn.ping(new Uint8Array(1), { timeout: 60_000 });
      conn.pong();
    };
    send();
    await conn.close();
    send();
    conn.writable.getWriter().write("tick");
    await stream.closed;
    writer.write("tick");
    writer.write(new ArrayBuffer(1));
  });
  assertEquals(unhandled, []);
  const conn = await opened.promise;
  const { NotSupported } = Deno.errors;
  await assertRejects(() => conn.ping(), NotSupported, "Cannot send a ping");
  await assertRejects(() => conn.pong(), NotSupported, "Cannot send a pong");
  const other = await dialWebSocket(url);
  await other.close();
});
