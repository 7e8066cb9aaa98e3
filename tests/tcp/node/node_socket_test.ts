import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { deadline, delay } from "@std/async";
import { connect } from "node:net";
import type { SystemErrorInfo } from "../../../internal/errors/system_error.ts";
import { dialTcp, type DialTcpOptions } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { connectTcpByNode } from "../support/kinds.ts";
import { NodeSocket } from "../../../tcp/node/_node_socket.ts";
import { errorOf, nextTurn, until } from "../support/_outcomes.ts";
import { isEnded } from "../support/_peer.ts";
import { connectResettable } from "../support/_resettable.ts";
import { CAN_COUNT, socketsTo } from "../support/_sockets.ts";
import { DEAD_ADDR } from "../support/_dead_addr.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
/** Linux alone has all of 127.0.0.0/8 as addresses of its own. */
const isLinux = Deno.build.os === "linux";

/** The seconds until the first keep-alive probe, as the system tells. */
async function probeIn(port: number): Promise<number> {
  const [line = ""] = await socketsTo(port);
  const [, minutes = "0", seconds = "0"] =
    /timer:\(keepalive,(?:(\d+)min)?(?:([\d.]+)sec)?/.exec(line) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

for (const [delay, least, most] of [[42_000, 30, 42], [1, 0, 1]] as const) {
  Deno.test({
    name:
      `dialTcp() with a keep-alive delay of ${delay} ms has the system probe`,
    ignore: !CAN_COUNT,
    fn: async () => {
      using listener = listenTcp("127.0.0.1:0");
      const keepAlive = { delay };
      using conn = await dialTcp(listener.addr, { keepAlive, ...HANGS });
      using _server = await listener.accept(HANGS);
      const seconds = await probeIn(listener.addr.port);
      assert(seconds <= most && seconds >= least, `Found ${seconds} s`);
      assertEquals(conn.state, "open");
    },
  });
}

Deno.test({
  name: "setKeepAlive() sets the delay of a connection dialled by node:net",
  ignore: !CAN_COUNT,
  fn: async () => {
    using listener = listenTcp("127.0.0.1:0");
    const { port } = listener.addr;
    using conn = await dialTcp(listener.addr, { localAddress: "127.0.0.1" });
    using _server = await listener.accept(HANGS);
    assertEquals(await probeIn(port), 0);
    conn.setKeepAlive({ delay: 600_000 });
    const seconds = await probeIn(port);
    assert(seconds > 500 && seconds <= 600, `Found ${seconds} s`);
    conn.setKeepAlive(false);
    assertEquals(await probeIn(port), 0);
  },
});

Deno.test("setKeepAlive() with a delay is refused where the runtime can't", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using conn = await dialTcp(listener.addr);
  using server = await listener.accept(HANGS);
  for (const each of [conn, server]) {
    each.setKeepAlive(true);
    assertThrows(
      () => each.setKeepAlive({ delay: 1000 }),
      Deno.errors.NotSupported,
      "Cannot set the keep-alive delay of 127.0.0.1:",
    );
    assertEquals(each.state, "open");
  }
});

Deno.test("dialTcp() refuses keep-alive delays that no system has", async () => {
  const delays = [0, -1, 0.5, NaN, Infinity, 32_767_001];
  for (const delay of delays) {
    await assertRejects(
      () => dialTcp("127.0.0.1:9", { keepAlive: { delay } }),
      RangeError,
      "keepAlive.delay",
    );
  }
  for (const keepAlive of [null, 1, "1000", {}, { delay: "1" }]) {
    const options = { keepAlive } as unknown as DialTcpOptions;
    await assertRejects(() => dialTcp("127.0.0.1:9", options), TypeError);
  }
});

Deno.test({
  name: "dialTcp() and dialTls() go out from a local address",
  ignore: !isLinux,
  fn: async () => {
    using plain = listenTcp("127.0.0.1:0");
    using secure = listenTls("127.0.0.1:0", {
      cert: serverCert,
      key: serverKey,
    });
    const options = { localAddress: "127.0.0.5", caCerts: [caCert], ...HANGS };
    const accepting = [plain.accept(HANGS), secure.accept(HANGS)];
    const dialled = [
      await dialTcp(plain.addr, options),
      await dialTls(secure.addr, options),
    ];
    for (const [index, accepted] of (await Promise.all(accepting)).entries()) {
      using server = accepted;
      using client = dialled[index] as TcpConn;
      assertEquals(server.peerIp, "127.0.0.5");
      assertEquals(client.localAddr, server.remoteAddr);
      assertEquals(client.remoteAddr, server.localAddr);
      await client.writeString("hello\n");
      assertEquals(await server.readLine(HANGS), "hello");
      client.close();
      server.close();
      await Promise.all([client.closed, server.closed]);
    }
  },
});

Deno.test("dialTcp() goes out from a local port, and fails if it is taken", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const error = await errorOf(
    dialTcp(listener.addr, { localAddress: `127.0.0.1:${port}` }),
  );
  assert(
    error instanceof Deno.errors.AddrInUse ||
      error instanceof Deno.errors.AddrNotAvailable,
  );
  const name = `127.0.0.1:${listener.addr.port}`;
  assertStringIncludes(error.message, `Cannot dial ${name}: `);
  const { operation, address, code } = error as Error & SystemErrorInfo;
  assertEquals([operation, address], ["dial", name]);
  assert(["EADDRINUSE", "EADDRNOTAVAIL"].includes(code), code);
  taken.close();
  using conn = await dialTcp(listener.addr, {
    localAddress: `127.0.0.1:${port}`,
  });
  assertEquals(conn.localAddr.port, port);
  using server = await listener.accept(HANGS);
  assertEquals(server.remoteAddr.port, port);
});

Deno.test("dialTcp() from an address of another machine is AddrNotAvailable", async () => {
  using listener = listenTcp("127.0.0.1:0");
  // A documentation address (RFC 5737).
  const error = await errorOf(
    dialTcp(listener.addr, { localAddress: "192.0.2.77" }),
  );
  assertInstanceOf(error, Deno.errors.AddrNotAvailable);
  assertEquals(
    (error as Error & Partial<SystemErrorInfo>).code,
    "EADDRNOTAVAIL",
  );
});

Deno.test("dialTcp() refuses local addresses that are none", async () => {
  const bad: [unknown, new (...args: never[]) => Error][] = [
    ["", SyntaxError],
    ["localhost", SyntaxError],
    ["localhost:80", SyntaxError],
    [":80", SyntaxError],
    ["127.0.0.1:", SyntaxError],
    ["127.0.0.1:x", SyntaxError],
    ["127.0.0.1:70000", RangeError],
    [80, TypeError],
    [null, TypeError],
  ];
  for (const [localAddress, ErrorClass] of bad) {
    const options = { localAddress } as DialTcpOptions;
    const dialling = dialTcp("127.0.0.1:9", options);
    assertInstanceOf(await errorOf(dialling), ErrorClass, `${localAddress}`);
  }
});

Deno.test("dialTcp() refuses a local address of another family", async () => {
  await assertRejects(
    () =>
      dialTcp("localhost:9", { localAddress: "127.0.0.1", network: "tcp6" }),
    TypeError,
    'by "tcp6" from 127.0.0.1',
  );
  await assertRejects(
    () => dialTcp("127.0.0.1:9", { localAddress: "::1" }),
    Deno.errors.NotFound,
    "it has no IPv6 address",
  );
});

Deno.test("dialTcp() from a local address to a name tries that family", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  using conn = await dialTcp(`localhost:${port}`, {
    localAddress: "127.0.0.1",
    ...HANGS,
  });
  using server = await listener.accept(HANGS);
  assertEquals(conn.localAddr, server.remoteAddr);
});

Deno.test("dialTcp() by node:net tells that nobody listens as the runtime does", async () => {
  const error = await errorOf(
    dialTcp(DEAD_ADDR, { localAddress: "127.0.0.1" }),
  );
  assertInstanceOf(error, Deno.errors.ConnectionRefused);
  const { operation, address, code } = error as Error & SystemErrorInfo;
  assertEquals(
    { operation, address, code },
    { operation: "dial", address: "127.0.0.1:1", code: "ECONNREFUSED" },
  );
});

Deno.test("dialTcp() by node:net rejects with the reason, at whichever moment the signal aborts", async () => {
  using listener = listenTcp("127.0.0.1:0");
  for (let hops = 0; hops < 24; hops++) {
    const controller = new AbortController();
    const reason = { stopped: hops };
    const outcome = dialTcp(listener.addr, {
      signal: controller.signal,
      localAddress: "127.0.0.1",
    }).then((conn) => conn, (error) => error);
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    controller.abort(reason);
    assertStrictEquals(await outcome, reason);
  }
  await listener.shutdown({ timeout: 0 });
});

Deno.test({
  name: "a dial by node:net that gets no answer is freed at its limit",
  ignore: !CAN_COUNT,
  fn: async () => {
    // Its queue of two connections is full: the system lets others wait.
    using listener = Deno.listen({
      hostname: "127.0.0.1",
      port: 0,
      tcpBacklog: 1,
    });
    const { hostname, port } = listener.addr;
    const filling = [
      await Deno.connect({ hostname, port }),
      await Deno.connect({ hostname, port }),
    ];
    await assertRejects(
      () => dialTcp(listener.addr, { keepAlive: { delay: 1 }, timeout: 50 }),
      DOMException,
    );
    assertEquals((await socketsTo(port)).length, filling.length);
    for (const conn of filling) conn.close();
  },
});

Deno.test("a reset of a connection by node:net is an error", async () => {
  using peer = await connectResettable({ localAddress: "127.0.0.1" });
  const { conn } = peer;
  peer.send("hello");
  await conn.readFull(new Uint8Array(5), HANGS);
  const reading = errorOf(conn.read(new Uint8Array(1)));
  peer.reset();
  for (const error of [await reading, await errorOf(conn.readLine())]) {
    assertInstanceOf(error, Deno.errors.ConnectionReset);
    const { port } = conn.remoteAddr;
    assertStringIncludes(
      error.message,
      `Cannot read from 127.0.0.1:${port}: `,
    );
  }
  const error = await errorOf(conn.writeString("too late"));
  assertInstanceOf(error, Deno.errors.BrokenPipe);
});

Deno.test("a reset of a connection by node:net while nobody reads is found by the next read", async () => {
  using peer = await connectResettable({ localAddress: "127.0.0.1" });
  peer.reset();
  assertInstanceOf(
    await errorOf(peer.conn.read(new Uint8Array(1), HANGS)),
    Deno.errors.ConnectionReset,
  );
});

Deno.test("a connection by node:net stops a peer whose bytes nobody reads", async () => {
  const [conn, peer] = await connectTcpByNode();
  using _conn = conn;
  const total = 64 * 1024 * 1024;
  const writing = peer.write(new Uint8Array(total));
  writing.catch(() => {});
  await until(() => peer.bytesWritten > 1024 * 1024);
  await assertRejects(
    () => peer.closeWrite({ timeout: 200 }),
    DOMException,
  );
  assert(peer.bytesWritten < 16 * 1024 * 1024, `Sent ${peer.bytesWritten}`);
  let length = 0;
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const count = await conn.read(buffer, HANGS);
    if (count === null) break;
    length += count;
  }
  assertEquals(length, total);
  peer.close();
});

Deno.test("closing a connection by node:net ends it for the peer, and calls that wait", async () => {
  const [conn, peer] = await connectTcpByNode();
  using _peer = peer;
  const reading = errorOf(conn.read(new Uint8Array(1)));
  conn.close();
  assertInstanceOf(await reading, Deno.errors.BadResource);
  assert(await isEnded(peer));
  await conn.closed;
});

Deno.test("an end that comes before anybody reads from node:net's socket is read", async () => {
  for (const length of [0, 3]) {
    const [conn, peer] = await connectTcpByNode();
    await peer.write(new Uint8Array(length), HANGS);
    await peer.closeWrite(HANGS);
    // Node tells the end by itself meanwhile, in a later turn.
    for (let turns = 0; turns < 20; turns++) {
      await delay(0);
    }
    const buffer = new Uint8Array(8);
    if (length > 0) assertEquals(await conn.read(buffer, HANGS), length);
    assertEquals(await conn.read(buffer, HANGS), null);
    conn.terminate();
    peer.terminate();
    await Promise.all([conn.closed, peer.closed]);
  }
});

Deno.test("a socket of node:net that was destroyed before it was taken fails every call", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const closed = Promise.withResolvers<void>();
  socket.on("close", () => closed.resolve());
  socket.on("connect", () => socket.destroy());
  using _peer = await listener.accept();
  await closed.promise;
  const raw = new NodeSocket(socket, {
    localAddr: listener.addr,
    remoteAddr: listener.addr,
  });
  const { BadResource, BrokenPipe, NotConnected } = Deno.errors;
  const buffer = new Uint8Array(1);
  assertInstanceOf(await errorOf(withLimit(raw.read(buffer))), BadResource);
  assertInstanceOf(await errorOf(withLimit(raw.write(buffer))), BrokenPipe);
  assertInstanceOf(await errorOf(withLimit(raw.closeWrite())), NotConnected);
  raw.close();
});

Deno.test("a reset before anybody reads or writes by node:net fails both", async () => {
  using peer = await connectResettable({ localAddress: "127.0.0.1" });
  const { conn } = peer;
  peer.reset();
  for (let turns = 0; turns < 20; turns++) await nextTurn();
  const buffer = new Uint8Array(1024);
  const { BrokenPipe, ConnectionReset } = Deno.errors;
  const writing = errorOf((async () => {
    while (true) await conn.write(buffer, HANGS);
  })());
  const error = await writing;
  assert(error instanceof BrokenPipe || error instanceof ConnectionReset);
  assertInstanceOf(await errorOf(conn.read(buffer, HANGS)), ConnectionReset);
});

/** Fails what hangs. */
function withLimit<T>(call: Promise<T>): Promise<T> {
  return deadline(call, HANGS.timeout);
}
