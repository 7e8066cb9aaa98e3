// Apart from others, as a process that is started in another thread has the
// listening socket, too, until its program runs.
import { assertEquals } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { drain } from "../support/_bytes.ts";
import { errorOf } from "../support/_outcomes.ts";

Deno.test("the port is free when close() and serve() have resolved", async () => {
  for (let round = 0; round < 10; round++) {
    const listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      await conn.writeString("hello");
    });
    using client = await dialTcp(listener.addr);
    await drain(client);
    if (round % 2 === 0) {
      await listener.close();
      await serving;
    } else {
      listener.close();
      await serving;
    }
    await using again = listenTcp(listener.addr);
    assertEquals(again.addr, listener.addr);
  }
});

Deno.test("close() of a listener resolves when the port is free, also twice", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const accepting = errorOf(listener.accept());
  const closing = listener.close();
  await Promise.all([closing, listener.close(), accepting]);
  await using _again = listenTcp(listener.addr);
});

Deno.test("TcpListener.shutdown() frees the port", async () => {
  const listener = listenTcp("127.0.0.1:0");
  listener.accept().catch(() => {});
  await listener.shutdown();
  using again = listenTcp(listener.addr);
  assertEquals(again.addr, listener.addr);
});

Deno.test("listenTcp() listens on a port again as soon as `await using` has left it", async () => {
  let port = 0;
  for (let round = 0; round < 20; round++) {
    await using listener = listenTcp({ hostname: "127.0.0.1", port });
    port = listener.addr.port;
    using _client = await dialTcp(listener.addr);
    // The server closes first, and one accept is in flight.
    (await listener.accept()).close();
    listener.accept().catch(() => {});
  }
});
