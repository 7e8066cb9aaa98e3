import { assertEquals, assertThrows } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { PreparedMessage } from "../../websocket/prepared_message.ts";

for (const deflate of [false, true]) {
  Deno.test(`WebSocketConn.send() sends a prepared message whole and in order${deflate ? ", compressed" : ""}`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const accepting = listener.accept().then((conn) =>
      acceptWebSocket(conn, { deflate })
    );
    const client = await dialWebSocket(
      `ws://127.0.0.1:${listener.addr.port}/`,
      { deflate },
    );
    const server = await accepting;
    const long = "你好".repeat(30_000);
    server.write("first");
    for (const data of ["second", long, Uint8Array.of(1, 2)]) {
      assertEquals(server.send(new PreparedMessage(data)), true);
    }
    await server.flushed();
    for (const data of ["first", "second", long, Uint8Array.of(1, 2)]) {
      assertEquals(await client.read(), data);
    }
    assertEquals(server.bufferedBytes, 0);
    await server.flushed();
    const closed = server.close();
    assertEquals(server.send(new PreparedMessage("late")), false);
    await client.close();
    await closed;
    await server.flushed();
  });
}

Deno.test("PreparedMessage tells the length of its frame, and refuses what is no message", () => {
  assertEquals(new PreparedMessage("hello").byteLength, 7);
  assertEquals(new PreparedMessage(new Uint8Array(126)).byteLength, 130);
  assertThrows(() => new PreparedMessage(7 as unknown as string), TypeError);
});

Deno.test("WebSocketConn.flushed() waits for messages that wait for room or are compressed", async () => {
  for (const deflate of [false, true]) {
    using listener = listenTcp("127.0.0.1:0");
    const accepting = listener.accept().then((conn) =>
      acceptWebSocket(conn, { deflate, maxBufferedBytes: 1000 })
    );
    const client = await dialWebSocket(
      `ws://127.0.0.1:${listener.addr.port}/`,
      { deflate, maxMessageSize: 4_000_000 },
    );
    const server = await accepting;
    const data = crypto.getRandomValues(new Uint8Array(50_000));
    const message = new PreparedMessage(data);
    for (let i = 0; i < 3; i++) {
      server.write(data);
      server.send(message);
    }
    const flushed = server.flushed();
    for (let i = 0; i < 6; i++) {
      assertEquals(await client.read({ timeout: 60_000 }), data);
    }
    await flushed;
    assertEquals(server.bufferedBytes, 0);
    await client.close();
    await server.closed;
  }
});

Deno.test("WebSocketConn.send() goes behind writes that wait for room", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) =>
    acceptWebSocket(conn, { maxBufferedBytes: 10 })
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
  const server = await accepting;
  server.write("the first, of 28 characters.");
  server.write("second");
  server.send(new PreparedMessage("third"));
  server.write("fourth");
  assertEquals(await client.read(), "the first, of 28 characters.");
  assertEquals(await client.read(), "second");
  assertEquals(await client.read(), "third");
  assertEquals(await client.read(), "fourth");
  await client.close();
  await server.closed;
});
