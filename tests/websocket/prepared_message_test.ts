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
