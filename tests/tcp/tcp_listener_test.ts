import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import { TcpListener } from "../../tcp/tcp_listener.ts";
import {
  assertClosed,
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "./support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

function listen(options = {}): TcpListener {
  const listener = listenTcp("127.0.0.1:0", options);
  listener.setAcceptTimeout(60_000);
  return listener;
}

Deno.test("TcpListener accepts in the order of arrival", async () => {
  using listener = listen();
  for (let round = 0; round < 3; round++) {
    using first = await dialTcp(listener.addr);
    using second = await dialTcp(listener.addr);
    using a = await listener.accept();
    using b = await listener.accept();
    assertEquals(a.remoteAddr, first.localAddr);
    assertEquals(b.remoteAddr, second.localAddr);
  }
});

Deno.test("TcpListener serves overlapping accepts in the order asked", async () => {
  using listener = listen();
  const calls = Array.from({ length: 10 }, () => listener.accept());
  const ports: number[] = [];
  for (const call of calls) {
    using client = await dialTcp(listener.addr);
    ports.push(client.localAddr.port);
    using server = await call;
    assertEquals(server.remoteAddr.port, ports.at(-1));
  }
});

Deno.test("TcpListener takes a connection that waits with a timeout of 0", async () => {
  using listener = listen();
  await assertTimesOut(listener.accept({ timeout: 0 }));
  using client = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  using server = await listener.accept({ timeout: 0 });
  assertEquals(server.remoteAddr, client.localAddr);
});

Deno.test("an accept that times out or is aborted loses no connection", async () => {
  using listener = listen();
  const reason = new RangeError("Stopped by the test");
  for (let round = 0; round < 30; round++) {
    const controller = new AbortController();
    const calls = [
      errorOf(listener.accept({ timeout: 1 })),
      errorOf(listener.accept({ deadline: Date.now() + 2 })),
      errorOf(listener.accept({ signal: controller.signal })),
    ];
    controller.abort(reason);
    const [first, second, third] = await Promise.all(calls);
    assertInstanceOf(first, DOMException);
    assertInstanceOf(second, DOMException);
    assertStrictEquals(third, reason);
    using client = await dialTcp(listener.addr);
    using server = await listener.accept();
    assertEquals(server.remoteAddr, client.localAddr);
  }
  assertEquals(listener.acceptedCount, 30);
});

Deno.test("accepts with limits and dials at the same time lose no connection", async () => {
  using listener = listen();
  const expected = new Set<number>();
  const found = new Set<number>();
  const dialling = (async () => {
    for (let index = 0; index < 200; index++) {
      using client = await dialTcp(listener.addr);
      expected.add(client.localAddr.port);
    }
  })();
  const accepting = async () => {
    while (found.size < 200) {
      try {
        using server = await listener.accept({ timeout: 1 });
        found.add(server.remoteAddr.port);
      } catch (error) {
        assertInstanceOf(error, DOMException);
      }
    }
  };
  await Promise.all([dialling, accepting(), accepting(), accepting()]);
  assertEquals(found, expected);
});

Deno.test("TcpListener.setAcceptTimeout() and setAcceptDeadline() limit every accept", async () => {
  using listener = listen();
  listener.setAcceptTimeout(1);
  assertEquals(listener.acceptTimeout, 1);
  await assertTimesOut(listener.accept());
  await assertTimesOut(listener.accept({ timeout: 60_000 }));
  listener.setAcceptTimeout(Infinity);
  const pending = errorOf(listener.accept());
  const deadline = new Date(Date.now() - 1000);
  listener.setAcceptDeadline(deadline);
  assertEquals(listener.acceptDeadline, deadline);
  assertInstanceOf(await pending, DOMException);
  await assertTimesOut(listener.accept());
  listener.setAcceptDeadline(Date.now() + 60_000);
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
  listener.setAcceptDeadline(undefined);
  assertEquals(listener.acceptDeadline, undefined);
  assertThrows(() => listener.setAcceptTimeout(-1), RangeError);
  assertThrows(() => listener.setAcceptTimeout(NaN), RangeError);
  assertThrows(() => listener.setAcceptDeadline(NaN), RangeError);
});

Deno.test("a past accept deadline takes no connection, even one that is ready", async () => {
  using listener = listen();
  await assertTimesOut(listener.accept({ timeout: 1 }));
  using client = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  listener.setAcceptDeadline(Date.now() - 1);
  await assertTimesOut(listener.accept());
  listener.setAcceptDeadline(undefined);
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
});

Deno.test("TcpListener.close() rejects pending and later accepts, and may be repeated", async () => {
  const listener = listen();
  const calls = [1, 2, 3].map(() => errorOf(listener.accept()));
  listener.close();
  listener.close();
  listener[Symbol.dispose]();
  for (const call of calls) assertClosed(await call);
  assertClosed(await errorOf(listener.accept()));
  assertClosed(
    await errorOf(listener.accept({ signal: AbortSignal.abort("no") })),
  );
  listener.close();
  listener.ref();
  listener.unref();
});

Deno.test("TcpListener.close() leaves accepted connections open, and closes what nobody got", async () => {
  const listener = listen();
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  await assertTimesOut(listener.accept({ timeout: 1 }));
  using waiting = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 2);
  listener.close();
  assertEquals(await waiting.read(new Uint8Array(1), HANGS), null);
  await server.writeString("still here\n");
  assertEquals(await client.readLine(HANGS), "still here");
  assertEquals(listener.connectionCount, 1);
});

Deno.test("TcpListener.close() does not throw when the listener underneath was closed", () => {
  const raw = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listener = new TcpListener(raw);
  raw.close();
  listener.close();
});

Deno.test("iteration ends when the listener is closed", async () => {
  const listener = listen();
  const seen: TcpConn[] = [];
  const iterating = (async () => {
    for await (const conn of listener) seen.push(conn);
  })();
  using _client = await dialTcp(listener.addr);
  await until(() => seen.length === 1);
  listener.close();
  await iterating;
  for await (const _ of listener) assert(false, "Closed");
  for (const conn of seen) conn.close();
});

Deno.test("leaving the iteration leaves the listener open", async () => {
  using listener = listen();
  for (let round = 0; round < 3; round++) {
    using client = await dialTcp(listener.addr);
    for await (const conn of listener) {
      assertEquals(conn.remoteAddr, client.localAddr);
      conn.close();
      break;
    }
  }
  assertEquals(listener.acceptedCount, 3);
});

Deno.test("a limit ends an iteration, which can be started again", async () => {
  using listener = listen();
  listener.setAcceptTimeout(1);
  await assertTimesOut(listener[Symbol.asyncIterator]().next());
  listener.setAcceptTimeout(60_000);
  using client = await dialTcp(listener.addr);
  for await (const conn of listener) {
    assertEquals(conn.remoteAddr, client.localAddr);
    conn.close();
    break;
  }
});

Deno.test("TcpListener is a Deno.TcpListener", async () => {
  using listener: Deno.TcpListener = listen();
  using client = await Deno.connect({
    hostname: "127.0.0.1",
    port: (listener.addr as Deno.NetAddr).port,
  });
  using server: Deno.TcpConn = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
});

Deno.test("TcpListener takes over a listener of the runtime", () => {
  const raw = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using listener = new TcpListener(raw, { maxConnections: 1 });
  assertEquals(listener.addr, {
    transport: "tcp",
    hostname: "127.0.0.1",
    port: raw.addr.port,
  });
  assertEquals(listener.maxConnections, 1);
});

Deno.test("TcpListener counts the connections that are open", async () => {
  using listener = listen();
  using first = await dialTcp(listener.addr);
  using second = await dialTcp(listener.addr);
  using a = await listener.accept();
  using b = await listener.accept();
  assertEquals(listener.connectionCount, 2);
  assertEquals([...listener.activeConnections], [a, b]);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 2);
  a.close();
  await nextTurn();
  assertEquals([...listener.activeConnections], [b]);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  // A connection that ends in both directions needs no close.
  second.close();
  assertEquals(await b.read(new Uint8Array(1), HANGS), null);
  await b.closeWrite().catch(() => {});
  await b.closed;
  await nextTurn();
  assertEquals(listener.connectionCount, 0);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
  assertEquals(listener.acceptedCount, 2);
  first.close();
});

Deno.test("TcpListener.shutdown() waits for the connections", async () => {
  const listener = listen();
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  const accepting = errorOf(listener.accept());
  const down = listener.shutdown(HANGS);
  assertClosed(await accepting);
  assert(await isPending(down));
  await server.writeString("bye\n");
  assertEquals(await client.readLine(HANGS), "bye");
  server.close();
  // The server's end is closing until its peer has closed, too.
  assert(await isPending(down));
  client.close();
  assertEquals(await down, 0);
  assertEquals(await listener.shutdown(), 0);
});

Deno.test("TcpListener.shutdown() cuts at a limit and tells how many", async () => {
  const reason = new Error("Enough");
  const limits = () => [
    { timeout: 1 },
    { timeout: 0 },
    { deadline: Date.now() - 1 },
    { signal: AbortSignal.abort(reason) },
  ];
  for (const limit of limits()) {
    const listener = listen();
    using first = await dialTcp(listener.addr);
    using second = await dialTcp(listener.addr);
    using a = await listener.accept();
    using b = await listener.accept();
    const reading = errorOf(a.read(new Uint8Array(1)));
    assertEquals(await listener.shutdown(limit), 2);
    assertClosed(await reading);
    assertEquals([a.state, b.state], ["closed", "closed"]);
    assertEquals(await first.read(new Uint8Array(1), HANGS), null);
    assertEquals(await second.read(new Uint8Array(1), HANGS), null);
  }
});

Deno.test("TcpListener.shutdown() cuts what is left when its signal aborts", async () => {
  const listener = listen();
  using _client = await dialTcp(listener.addr);
  using _server = await listener.accept();
  const controller = new AbortController();
  const down = listener.shutdown({ signal: controller.signal });
  assert(await isPending(down));
  controller.abort();
  assertEquals(await down, 1);
});

Deno.test("TcpListener.shutdown() with a bad limit rejects and cuts nobody", async () => {
  using listener = listen();
  using _client = await dialTcp(listener.addr);
  using server = await listener.accept();
  await assertRejects(() => listener.shutdown({ timeout: NaN }), RangeError);
  await assertRejects(() => listener.shutdown({ timeout: -1 }), RangeError);
  assertEquals(server.state, "open");
});
