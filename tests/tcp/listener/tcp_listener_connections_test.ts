import { assert, assertEquals } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { TcpListener } from "../../../tcp/tcp_listener.ts";
import {
  assertTimesOut,
  errorOf,
  nextTurn,
  until,
} from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

Deno.test("`connections` has each connection, and ends when the listener is closed", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const ports: number[] = [];
  const reading = (async () => {
    for await (const conn of listener.connections) {
      ports.push(conn.remoteAddr.port);
      conn.close();
    }
  })();
  const expected: number[] = [];
  for (let index = 0; index < 5; index++) {
    using client = await dialTcp(listener.addr);
    expected.push(client.localAddr.port);
    await until(() => ports.length === index + 1);
  }
  assertEquals(ports, expected);
  listener.close();
  await reading;
});

Deno.test("`connections` is one stream, and does not read ahead", async () => {
  using listener = listenTcp("127.0.0.1:0");
  assertEquals(listener.connections, listener.connections);
  using _client = await dialTcp(listener.addr);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  assertEquals(listener.acceptedCount, 0);
  const reader = listener.connections.getReader();
  const { value } = await reader.read();
  assertEquals(listener.acceptedCount, 1);
  value?.close();
});

Deno.test("`connections` of a closed listener has ended", async () => {
  const listener = listenTcp("127.0.0.1:0");
  listener.close();
  assertEquals(await Array.fromAsync(listener.connections), []);
});

Deno.test("cancelling `connections` leaves the listener open, and the next access is new", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const first = listener.connections;
  const reader = first.getReader();
  const reading = reader.read();
  await nextTurn();
  await reader.cancel("enough");
  assertEquals((await reading).done, true);
  const second = listener.connections;
  assert(first !== second);
  using client = await dialTcp(listener.addr);
  const { value } = await second.getReader().read();
  assertEquals(value?.remoteAddr, client.localAddr);
  value?.close();
});

Deno.test("leaving a loop over `connections` loses no connection", async () => {
  using listener = listenTcp("127.0.0.1:0");
  for (let round = 0; round < 5; round++) {
    using client = await dialTcp(listener.addr);
    using _next = await dialTcp(listener.addr);
    for await (const conn of listener.connections) {
      assertEquals(conn.remoteAddr, client.localAddr);
      conn.close();
      break;
    }
    (await listener.accept(HANGS)).close();
  }
});

Deno.test("a released reader's connection goes to the next reader", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const first = listener.connections.getReader();
  const reading = errorOf(first.read());
  await nextTurn();
  first.releaseLock();
  await reading;
  using client = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  const { value } = await listener.connections.getReader().read();
  assertEquals(value?.remoteAddr, client.localAddr);
  value?.close();
});

/** Lets `connections` take a connection that nobody reads. */
async function strand(listener: TcpListener): Promise<TcpConn> {
  const reader = listener.connections.getReader();
  const reading = errorOf(reader.read());
  await nextTurn();
  reader.releaseLock();
  await reading;
  const client = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  await nextTurn();
  return client;
}

Deno.test("cancelling `connections` hands on, or closes, a connection that nobody read", async () => {
  const listener = listenTcp("127.0.0.1:0");
  try {
    using client = await strand(listener);
    await listener.connections.cancel();
    const next = await listener.accept({ timeout: 1 }).catch(() => undefined);
    next?.close();
    assertEquals(await client.read(new Uint8Array(1), HANGS), null);
  } finally {
    await listener.shutdown({ timeout: 0 });
  }
});

Deno.test("closing the listener closes a connection that `connections` has and nobody read", async () => {
  const listener = listenTcp("127.0.0.1:0");
  try {
    using client = await strand(listener);
    listener.close();
    assertEquals(await client.read(new Uint8Array(1), HANGS), null);
  } finally {
    await listener.shutdown({ timeout: 0 });
  }
});

Deno.test("cancelling `connections` while a connection is on its way loses none", async () => {
  for (let hops = 0; hops < 12; hops++) {
    const raw = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const real = raw.accept.bind(raw);
    const gate = Promise.withResolvers<Deno.TcpConn>();
    let isFirst = true;
    raw.accept = () => {
      if (!isFirst) return real();
      isFirst = false;
      return gate.promise;
    };
    const listener = new TcpListener(raw);
    try {
      const reader = listener.connections.getReader();
      const reading = reader.read();
      await nextTurn();
      using client = await dialTcp(listener.addr);
      gate.resolve(await real());
      for (let hop = 0; hop < hops; hop++) await Promise.resolve();
      await reader.cancel();
      const { value } = await reading;
      // Who read it has it, or whoever accepts next.
      const conn = value ??
        await listener.accept(HANGS).catch(() => undefined);
      conn?.close();
      const rest = await client.read(new Uint8Array(1), HANGS)
        .catch(() => "open and nobody's");
      assertEquals(rest, null, `Cancelled after ${hops} microtasks`);
    } finally {
      await listener.shutdown({ timeout: 0 });
    }
  }
});

Deno.test("a limit makes a read of `connections` fail, and a later access works", async () => {
  using listener = listenTcp("127.0.0.1:0");
  listener.setAcceptTimeout(1);
  const reader = listener.connections.getReader();
  await assertTimesOut(reader.read());
  reader.releaseLock();
  listener.setAcceptTimeout(60_000);
  using client = await dialTcp(listener.addr);
  const { value } = await listener.connections.getReader().read();
  assertEquals(value?.remoteAddr, client.localAddr);
  value?.close();
});
