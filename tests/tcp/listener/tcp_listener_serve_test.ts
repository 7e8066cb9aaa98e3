import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import {
  assertClosed,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

async function isCut(conn: TcpConn): Promise<boolean> {
  try {
    return await conn.read(new Uint8Array(1), HANGS) === null;
  } catch (error) {
    // A connection that was closed with unread data was reset.
    assertInstanceOf(error, Deno.errors.ConnectionReset);
    return true;
  }
}

Deno.test("serve() runs many handlers at once", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const gate = Promise.withResolvers<void>();
  let running = 0;
  const serving = listener.serve(async (conn) => {
    running++;
    await gate.promise;
    await conn.writeString("hello\n");
  });
  const clients = await Promise.all(
    Array.from({ length: 10 }, () => dialTcp(listener.addr)),
  );
  await until(() => running === 10);
  assertEquals(listener.connectionCount, 10);
  gate.resolve();
  for (const client of clients) {
    assertEquals(await client.readLine(HANGS), "hello");
    // The connection is closed when its handler has settled.
    assert(await isCut(client));
    client.close();
  }
  listener.close();
  await serving;
  await until(() => listener.connectionCount === 0);
});

Deno.test("a handler that throws or rejects ends its own connection only", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const errors: unknown[] = [];
  const thrown = new RangeError("Thrown by the test");
  const rejected = new TypeError("Rejected by the test");
  let turn = 0;
  const serving = listener.serve((conn) => {
    turn++;
    if (turn === 1) throw thrown;
    if (turn === 2) return Promise.reject(rejected);
    return conn.readable.pipeTo(conn.writable);
  }, { onError: (error) => errors.push(error) });
  for (let round = 0; round < 2; round++) {
    using client = await dialTcp(listener.addr);
    assert(await isCut(client));
  }
  using client = await dialTcp(listener.addr);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  assertEquals(errors.length, 2);
  assertStrictEquals(errors[0], thrown);
  assertStrictEquals(errors[1], rejected);
  assertEquals(listener.errorCount, 2);
  client.close();
  listener.close();
  await serving;
});

Deno.test("serve() without onError prints what handlers throw, and counts it", async () => {
  const printed: unknown[][] = [];
  const { error } = console;
  console.error = (...values: unknown[]) => printed.push(values);
  try {
    const listener = listenTcp("127.0.0.1:0");
    const thrown = new Error("Thrown by the test");
    const serving = listener.serve(() => Promise.reject(thrown));
    using client = await dialTcp(listener.addr);
    assert(await isCut(client));
    assertEquals(listener.errorCount, 1);
    listener.close();
    await serving;
    assertEquals(printed.length, 1);
    assertStrictEquals(printed[0]?.[1], thrown);
  } finally {
    console.error = error;
  }
});

Deno.test("serve() resolves after the last handler, not before", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const gate = Promise.withResolvers<void>();
  let isRunning = false;
  const serving = listener.serve(async () => {
    isRunning = true;
    await gate.promise;
  });
  using client = await dialTcp(listener.addr);
  await until(() => isRunning);
  listener.close();
  assert(await isPending(serving));
  assertEquals(listener.connectionCount, 1);
  gate.resolve();
  await serving;
  assert(await isCut(client));
});

Deno.test("serve() closes the listener when its signal aborts, and lets handlers end", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const controller = new AbortController();
  const serving = listener.serve(
    (conn) => conn.readable.pipeTo(conn.writable),
    { signal: controller.signal },
  );
  using client = await dialTcp(listener.addr);
  await client.writeString("one\n");
  assertEquals(await client.readLine(HANGS), "one");
  controller.abort(new Error("Stopped by the test"));
  assertClosed(await listener.accept().catch((error) => error));
  await client.writeString("two\n");
  assertEquals(await client.readLine(HANGS), "two");
  assert(await isPending(serving));
  client.close();
  await serving;
});

Deno.test("serve() with a signal that was aborted closes the listener at once", async () => {
  const listener = listenTcp("127.0.0.1:0");
  await listener.serve(() => {}, { signal: AbortSignal.abort() });
  assertClosed(await listener.accept().catch((error) => error));
});

Deno.test("serve() of a closed listener resolves", async () => {
  const listener = listenTcp("127.0.0.1:0");
  listener.close();
  await listener.serve(() => {});
});

Deno.test("serve() closes a connection whose handler has returned at once", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve((conn) => {
    conn.writeString("dropped or not\n").catch(() => {});
  });
  using client = await dialTcp(listener.addr);
  while (await client.readLine(HANGS) !== null) { /* To the end. */ }
  listener.close();
  await serving;
});

Deno.test("shutdown() while serving cuts the connections, and serve() resolves", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const errors: unknown[] = [];
  const serving = listener.serve(
    (conn) => conn.readable.pipeTo(conn.writable),
    { onError: (error) => errors.push(error) },
  );
  using client = await dialTcp(listener.addr);
  await client.writeString("one\n");
  assertEquals(await client.readLine(HANGS), "one");
  assertEquals(await listener.shutdown({ timeout: 1 }), 1);
  await serving;
  assertEquals(errors.length, 1);
  assertClosed(errors[0]);
});

Deno.test("serve() goes on over a handler that closes the connection itself", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve((conn) => conn.close());
  for (let round = 0; round < 5; round++) {
    using client = await dialTcp(listener.addr);
    assert(await isCut(client));
  }
  assertEquals(listener.errorCount, 0);
  listener.close();
  await serving;
});

Deno.test("maxConnections closes and counts the surplus, and can be set at any time", async () => {
  const listener = listenTcp("127.0.0.1:0", { maxConnections: 1 });
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  using first = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  using surplus = await dialTcp(listener.addr);
  assert(await isCut(surplus));
  assertEquals(listener.droppedCount, 1);

  listener.maxConnections = 2;
  using second = await dialTcp(listener.addr);
  await second.writeString("in\n");
  assertEquals(await second.readLine(HANGS), "in");
  assertEquals(listener.connectionCount, 2);

  // What is open stays when the limit falls.
  listener.maxConnections = 0;
  using refused = await dialTcp(listener.addr);
  assert(await isCut(refused));
  await first.writeString("still in\n");
  assertEquals(await first.readLine(HANGS), "still in");
  assertEquals(listener.droppedCount, 2);
  assertEquals(listener.acceptedCount, 2);

  // A place that gets free is given away again.
  listener.maxConnections = 2;
  first.close();
  await until(() => listener.connectionCount === 1);
  using third = await dialTcp(listener.addr);
  await third.writeString("in\n");
  assertEquals(await third.readLine(HANGS), "in");
  second.close();
  third.close();
  listener.close();
  await serving;
});

Deno.test("maxConnectionsPerIp closes and counts the surplus of one address", async () => {
  const listener = listenTcp("127.0.0.1:0", { maxConnectionsPerIp: 2 });
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  using first = await dialTcp(listener.addr);
  using _second = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 2);
  using surplus = await dialTcp(listener.addr);
  assert(await isCut(surplus));
  assertEquals(listener.droppedCount, 1);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 2);
  assertEquals(listener.connectionCountOf("192.0.2.1"), 0);
  first.close();
  await until(() => listener.connectionCountOf("127.0.0.1") === 1);
  using third = await dialTcp(listener.addr);
  await third.writeString("in\n");
  assertEquals(await third.readLine(HANGS), "in");
  listener.maxConnectionsPerIp = Infinity;
  using fourth = await dialTcp(listener.addr);
  await fourth.writeString("in\n");
  assertEquals(await fourth.readLine(HANGS), "in");
  await listener.shutdown({ timeout: 0 });
  await serving;
});

Deno.test("the limits of connections refuse what is no count", () => {
  using listener = listenTcp("127.0.0.1:0");
  for (const count of [NaN, -1, 1.5]) {
    assertThrows(() => listener.maxConnections = count, RangeError);
    assertThrows(() => listener.maxConnectionsPerIp = count, RangeError);
  }
  const text = "3" as unknown as number;
  assertThrows(() => listener.maxConnections = text, TypeError);
  assertThrows(() => listener.maxConnectionsPerIp = text, TypeError);
  assertEquals(listener.maxConnections, Infinity);
  assertEquals(listener.maxConnectionsPerIp, Infinity);
});

Deno.test("serve() with an accept limit rejects, and leaves the listener open", async () => {
  using listener = listenTcp("127.0.0.1:0");
  listener.setAcceptTimeout(1);
  await assertRejects(() => listener.serve(() => {}), DOMException);
  listener.setAcceptTimeout(60_000);
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
});

Deno.test("two serve() calls share the connections, and both end", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const counts = [0, 0];
  const serve = (index: number) =>
    listener.serve(async (conn) => {
      counts[index] = (counts[index] ?? 0) + 1;
      await conn.writeString("hello\n");
    });
  const serving = [serve(0), serve(1)];
  for (let round = 0; round < 6; round++) {
    using client = await dialTcp(listener.addr);
    assertEquals(await client.readLine(HANGS), "hello");
    await nextTurn();
  }
  assertEquals((counts[0] ?? 0) + (counts[1] ?? 0), 6);
  listener.close();
  await Promise.all(serving);
});

Deno.test("serve() refuses what can never work, before it accepts", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const serve = listener.serve.bind(listener) as (
    ...args: unknown[]
  ) => Promise<void>;
  for (const handler of [undefined, "x", {}]) {
    await assertRejects(() => serve(handler), TypeError, "handler");
  }
  for (
    const options of [
      null,
      { onError: "x" },
      { signal: "x" },
      { closeTimeout: "1" },
    ]
  ) {
    await assertRejects(() => serve(() => {}, options), TypeError);
  }
  await assertRejects(
    () => serve(() => {}, { closeTimeout: -1 }),
    RangeError,
  );
});

Deno.test("what onError of serve() throws or rejects with is printed", async () => {
  const printed: unknown[] = [];
  const { error } = console;
  console.error = (_what: unknown, error: unknown) => printed.push(error);
  try {
    const fault = new Error("Thrown by onError");
    for (
      const onError of [
        () => {
          throw fault;
        },
        () => Promise.reject(fault) as unknown as void,
      ]
    ) {
      const listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve(() => {
        throw new Error("Thrown by the handler");
      }, { onError });
      using client = await dialTcp(listener.addr);
      assert(await isCut(client));
      await listener.close();
      await serving;
    }
    await until(() => printed.length === 2);
    for (const one of printed) assertStrictEquals(one, fault);
  } finally {
    console.error = error;
  }
});
