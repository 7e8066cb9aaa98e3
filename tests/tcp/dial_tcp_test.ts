import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import type { TcpAddress } from "../../internal/address/address.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { TcpConn } from "../../tcp/tcp_conn.ts";
import { assertTimesOut, errorOf } from "./support/_outcomes.ts";
import { DEAD_ADDR } from "./support/_dead_addr.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

function canListen(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

const hasIpv6 = canListen("::1");

Deno.test("dialTcp() connects", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using client = await dialTcp(listener.addr, HANGS);
  using server = await listener.accept();
  assertInstanceOf(client, TcpConn);
  assertEquals(client.remoteAddr, listener.addr);
  assertEquals(server.remoteAddr, client.localAddr);
  assertEquals(client.peerIp, "127.0.0.1");
  await client.writeString("ping\n");
  assertEquals(await server.readLine(HANGS), "ping");
  await server.writeString("pong\n");
  assertEquals(await client.readLine(HANGS), "pong");
});

Deno.test("dialTcp() takes each form of an address", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  const addresses: TcpAddress[] = [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `:${port}`,
    `0.0.0.0:${port}`,
    { hostname: "127.0.0.1", port },
    { hostname: "localhost", port },
    { port },
    listener.addr,
  ];
  for (const address of addresses) {
    using client = await dialTcp(address, HANGS);
    using server = await listener.accept(HANGS);
    assertEquals(server.remoteAddr, client.localAddr);
  }
});

Deno.test({
  name: "dialTcp() takes IPv6 addresses, with and without brackets",
  ignore: !hasIpv6,
  fn: async () => {
    using listener = listenTcp("[::1]:0");
    const { port } = listener.addr;
    const addresses: TcpAddress[] = [
      `[::1]:${port}`,
      `[0:0:0:0:0:0:0:1]:${port}`,
      { hostname: "::1", port },
      { hostname: "[::1]", port },
      listener.addr,
    ];
    for (const address of addresses) {
      using client = await dialTcp(address, { ...HANGS, network: "tcp6" });
      using server = await listener.accept(HANGS);
      assertEquals(server.remoteAddr, client.localAddr);
    }
  },
});

Deno.test("dialTcp() names the address that refuses", async () => {
  const error = await errorOf(dialTcp(DEAD_ADDR));
  assertInstanceOf(error, Deno.errors.ConnectionRefused);
  assertStringIncludes(error.message, "Cannot dial 127.0.0.1:1: ");
  assertInstanceOf(error.cause, Deno.errors.ConnectionRefused);
});

Deno.test("dialTcp() to a name that cannot be resolved is NotFound", async () => {
  // A label of 64 letters is refused without a look-up elsewhere.
  const hostname = `${"a".repeat(64)}.invalid`;
  for (const network of ["tcp", "tcp4", "tcp6"] as const) {
    const error = await errorOf(dialTcp(`${hostname}:80`, { network }));
    assertInstanceOf(error, Deno.errors.NotFound);
    assertStringIncludes(error.message, `"${hostname}"`);
    assert(error.cause !== undefined);
  }
});

Deno.test("dialTcp() rejects for a bad address before any I/O", async () => {
  const bad: [TcpAddress, new (...args: never[]) => Error][] = [
    ["localhost", SyntaxError],
    ["", SyntaxError],
    ["::1:80", SyntaxError],
    ["[localhost]:80", SyntaxError],
    ["127.0.0.1:http", SyntaxError],
    ["127.0.0.1:", SyntaxError],
    ["127.0.0.1:70000", RangeError],
    ["127.0.0.1:0", RangeError],
    [{ hostname: "127.0.0.1", port: 0 }, RangeError],
    [{ hostname: "127.0.0.1", port: 65536 }, RangeError],
    [{ hostname: "127.0.0.1", port: NaN }, RangeError],
    [{ hostname: "127.0.0.1", port: -1 }, RangeError],
    [{ hostname: "127.0.0.1", port: 1.5 }, RangeError],
    [{ port: "80" as unknown as number }, TypeError],
    [{ hostname: 4 as unknown as string, port: 80 }, TypeError],
    [null as unknown as string, TypeError],
    [undefined as unknown as string, TypeError],
  ];
  for (const [address, ErrorClass] of bad) {
    // A promise, and no exception before there is one.
    const dialling = dialTcp(address);
    assertInstanceOf(await errorOf(dialling), ErrorClass, `${address}`);
  }
});

Deno.test("dialTcp() rejects for a bad limit or network", async () => {
  const address = { hostname: "127.0.0.1", port: 9 };
  await assertRejects(() => dialTcp(address, { timeout: NaN }), RangeError);
  await assertRejects(() => dialTcp(address, { timeout: -1 }), RangeError);
  await assertRejects(() => dialTcp(address, { deadline: NaN }), RangeError);
  await assertRejects(
    () => dialTcp(address, { network: "udp" as unknown as "tcp" }),
    TypeError,
    'Cannot use network "udp"',
  );
});

Deno.test("dialTcp() rejects with the reason of an aborted signal", async () => {
  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(
    await errorOf(dialTcp("127.0.0.1:9", { signal })),
    reason,
  );
});

Deno.test("dialTcp() rejects with the reason, at whichever moment the signal aborts", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  for (const address of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    for (let hops = 0; hops < 16; hops++) {
      const controller = new AbortController();
      const reason = { stopped: hops };
      const dialling = dialTcp(address, { signal: controller.signal });
      const outcome = dialling.then((conn) => conn, (error) => error);
      for (let hop = 0; hop < hops; hop++) await Promise.resolve();
      controller.abort(reason);
      assertStrictEquals(await outcome, reason);
    }
  }
  // The look-ups of those that were aborted have ended when this one has.
  using _last = await dialTcp(`localhost:${port}`);
  // What was connected all the same is closed: nothing is left open.
  await listener.shutdown({ timeout: 0 });
});

Deno.test("an abort after dialTcp() has connected leaves the connection alone", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const controller = new AbortController();
  using client = await dialTcp(listener.addr, { signal: controller.signal });
  using server = await listener.accept();
  controller.abort();
  await client.writeString("hello\n");
  assertEquals(await server.readLine(HANGS), "hello");
});

Deno.test("dialTcp() with a deadline that has passed does not begin", async () => {
  using listener = listenTcp("127.0.0.1:0");
  await assertTimesOut(dialTcp(listener.addr, { deadline: Date.now() - 1 }));
  await assertTimesOut(dialTcp(listener.addr, { deadline: new Date(0) }));
  await assertTimesOut(listener.accept({ timeout: 1 }));
});

Deno.test("dialTcp() by tcp4 and tcp6 uses addresses of that family only", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  using client = await dialTcp(`localhost:${port}`, {
    ...HANGS,
    network: "tcp4",
  });
  assertEquals(client.peerIp, "127.0.0.1");
  await assertRejects(
    () => dialTcp(`127.0.0.1:${port}`, { network: "tcp6" }),
    Deno.errors.NotFound,
    '"127.0.0.1"',
  );
  await assertRejects(
    () => dialTcp(`[::1]:${port}`, { network: "tcp4" }),
    Deno.errors.NotFound,
    '"::1"',
  );
});

Deno.test("dialTcp() turns Nagle's algorithm off unless told otherwise", async () => {
  using listener = listenTcp("127.0.0.1:0");
  for (const noDelay of [true, false, undefined]) {
    using client = await dialTcp(listener.addr, { noDelay, keepAlive: true });
    client.setNoDelay(false);
    client.setKeepAlive(false);
    (await listener.accept()).close();
  }
});
