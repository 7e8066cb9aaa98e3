import { assert, assertEquals } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { dialUnix } from "../../../tcp/unix/dial_unix.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { listenUnix } from "../../../tcp/unix/listen_unix.ts";
import type { ServeOptions } from "../../../tcp/listener/stream_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import type { Conn } from "../support/kinds.ts";
import { assertSameBytes, drain, pattern } from "../support/_bytes.ts";
import {
  bytesWrittenOf,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { StoppedClock } from "../support/_stopped_clock.ts";

const SIZE = 2 * 1024 * 1024;

/** What the test needs of a listener of any kind. */
interface Listener {
  serve(
    handler: (conn: Conn) => Promise<void>,
    options?: ServeOptions,
  ): Promise<void>;
  close(): Promise<void>;
  readonly connectionCount: number;
}

interface Place {
  readonly listener: Listener;
  dial(): Promise<Conn>;
}

const CAN_USE_FILES = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

const PLACES: Record<"tcp" | "tls" | "unix", () => Place | Promise<Place>> = {
  tcp: () => {
    const listener = listenTcp("127.0.0.1:0");
    return { listener, dial: () => dialTcp(listener.addr) };
  },
  tls: () => {
    const keys = { cert: serverCert, key: serverKey };
    const listener = listenTls("127.0.0.1:0", keys);
    const caCerts = [caCert];
    return { listener, dial: () => dialTls(listener.addr, { caCerts }) };
  },
  unix: async () => {
    const path = `${await Deno.makeTempDir()}/socket`;
    const listener = await listenUnix(path);
    return { listener, dial: () => dialUnix(path) };
  },
};

for (const [kind, open] of Object.entries(PLACES)) {
  const ignore = kind === "unix" && !CAN_USE_FILES;

  Deno.test({
    name:
      `what a handler has written arrives although its client sends more (${kind})`,
    ignore,
    fn: async () => {
      const { listener, dial } = await open();
      const serving = listener.serve(async (conn) => {
        await conn.readLine();
        await conn.write(pattern(SIZE));
      });
      using client = await dial();
      await client.writeString("get\n");
      await client.writeString("x");
      assertSameBytes(await drain(client), pattern(SIZE));
      assertEquals(listener.connectionCount, 1);
      client.close();
      await listener.close();
      await serving;
      await until(() => listener.connectionCount === 0);
    },
  });

  Deno.test({
    name: `what a handler did not wait for arrives too (${kind})`,
    ignore,
    fn: async () => {
      const { listener, dial } = await open();
      const serving = listener.serve((conn) => {
        conn.write(pattern(SIZE));
        return Promise.resolve();
      });
      using client = await dial();
      await client.writeString("unread");
      assertSameBytes(await drain(client), pattern(SIZE));
      await listener.close();
      await serving;
    },
  });

  Deno.test({
    name:
      `a client that takes nothing is cut after the close timeout (${kind})`,
    ignore,
    fn: async () => {
      const { listener, dial } = await open();
      const failure = Promise.withResolvers<unknown>();
      const serving = listener.serve((conn) => {
        failure.resolve(errorOf(conn.write(new Uint8Array(8 * SIZE))));
        return Promise.resolve();
      }, { closeTimeout: 20 });
      using client = await dial();
      assert(bytesWrittenOf(await failure.promise) < 8 * SIZE);
      await until(() => listener.connectionCount === 0);
      client.terminate();
      await listener.close();
      await serving;
    },
  });
}

Deno.test("serve() waits until what its handlers have written is with the system", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve((conn) => {
    conn.write(pattern(8 * SIZE));
    return Promise.resolve();
  });
  using client = await dialTcp(listener.addr);
  await until(() => listener.connectionCount === 1);
  const closing = listener.close();
  await closing;
  assert(await isPending(serving));
  assertSameBytes(await drain(client), pattern(8 * SIZE));
  await serving;
  // The server's side reads until the client has ended, too.
  client.close();
  await until(() => listener.connectionCount === 0);
});

Deno.test("a connection that waits for its peer gives its place up after a second", async () => {
  using clock = new StoppedClock();
  // Whole milliseconds, so that sums are exact.
  clock.now = Math.ceil(clock.now);
  using listener = listenTcp("127.0.0.1:0", { maxConnections: 1 });
  const serving = listener.serve(async (conn) => {
    await conn.writeString("hello");
  });
  const isServed = async () => {
    using next = await dialTcp(listener.addr);
    return (await drain(next).catch(() => [])).length > 0;
  };
  // It has got FIN, and does not end.
  using first = await dialTcp(listener.addr);
  assertEquals((await drain(first)).length, 5);
  clock.now += 999;
  assertEquals(await isServed(), false);
  clock.now += 1;
  assertEquals(await isServed(), true);
  listener.close();
  await serving;
});

Deno.test("a peer beyond its own limit takes no place of a connection that is closing", async () => {
  using clock = new StoppedClock();
  using listener = listenTcp("127.0.0.1:0", {
    maxConnections: 1,
    maxConnectionsPerIp: 1,
  });
  const serving = listener.serve(async (conn) => {
    await conn.writeString("hello");
  });
  // It has got FIN, and does not end.
  using first = await dialTcp(listener.addr);
  assertEquals((await drain(first)).length, 5);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  clock.now += 2000;

  using surplus = await dialTcp(listener.addr);
  assertEquals((await drain(surplus).catch(() => [])).length, 0);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  assertEquals(listener.connectionCount, 1);
  assertEquals(listener.stats.refused, {
    maxConnections: 0,
    maxConnectionsPerIp: 1,
  });

  // A peer that may come in does take its place.
  listener.maxConnectionsPerIp = Infinity;
  using next = await dialTcp(listener.addr);
  assertEquals((await drain(next)).length, 5);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  // What there is no room for does not count for its address.
  using late = await dialTcp(listener.addr);
  assertEquals((await drain(late).catch(() => [])).length, 0);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  assertEquals(listener.stats.refused.maxConnections, 1);
  listener.close();
  next.close();
  await serving;
});
