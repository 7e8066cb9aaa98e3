import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, drain, pattern } from "../support/_bytes.ts";
import { CAN_COUNT, countSockets } from "../support/_sockets.ts";
import {
  assertTimeout,
  bytesWrittenOf,
  errorOf,
  nextTurn,
  until,
} from "../support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const TRUST = { caCerts: [caCert], ...HANGS };
const MIB = 1024 * 1024;

function listen(options = {}): TlsListener {
  const keys = { cert: serverCert, key: serverKey };
  return listenTls("127.0.0.1:0", { ...keys, ...options });
}

/** Dials in plain, and says nothing. */
function dialSilent({ addr }: TlsListener, count: number): Promise<TcpConn[]> {
  return Promise.all(Array.from({ length: count }, () => dialTcp(addr)));
}

/** Waits until the system has no connection on a port. */
async function untilNone({ addr }: TlsListener): Promise<void> {
  if (!CAN_COUNT) return;
  for (let tries = 0; tries < 100; tries++) {
    if (await countSockets(addr.port) === 0) return;
  }
  assertEquals(await countSockets(addr.port), 0);
}

Deno.test({
  name:
    "silent clients never have more sockets than maxConnections, and none after handshakeTimeout",
  ignore: !CAN_COUNT,
  fn: async () => {
    const errors: unknown[] = [];
    const listener = listen({
      maxConnections: 8,
      maxConnectionsPerIp: 8,
      handshakeTimeout: 50,
    });
    const serving = listener.serve(() => {}, {
      onError: (error) => errors.push(error),
    });
    const clients: TcpConn[] = [];
    for (let round = 1; round <= 6; round++) {
      clients.push(...await dialSilent(listener, 8));
      await until(() => listener.acceptedCount === 8 * round);
      assert(await countSockets(listener.addr.port) <= 8);
      await until(() => errors.length === 8 * round);
      assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
    }
    for (const error of errors) assertTimeout(error);
    assertEquals(listener.droppedCount, 0);
    await untilNone(listener);
    for (const client of clients) client.close();
    await listener.close();
    await serving;
  },
});

Deno.test("one client too many is closed before TLS", async () => {
  for (const limit of ["maxConnections", "maxConnectionsPerIp"]) {
    const listener = listen({ [limit]: 1 });
    const serving = listener.serve(() => {});
    const [silent] = await dialSilent(listener, 1);
    await until(() => listener.acceptedCount === 1);
    const [surplus] = await dialSilent(listener, 1);
    assertEquals(await surplus?.read(new Uint8Array(1), HANGS), null);
    assertEquals(listener.droppedCount, 1);
    silent?.close();
    surplus?.close();
    await listener.close();
    await serving;
  }
});

const ENDS: Record<string, (conn: TlsConn) => void> = {
  "its handler ends": () => {},
  "close() is called": (conn) => conn.close(),
  "it has been idle": (conn) => conn.setIdleTimeout(1, "close"),
  "its end is cancelled": (conn) =>
    void conn.closeWrite({ timeout: 1 }).catch(() => conn.close()),
  "it is closed after its stream was aborted": (conn) => {
    conn.writable.abort("stop").catch(() => {});
    conn.close();
  },
  "terminate() is called": (conn) => conn.terminate(),
};

for (const [name, end] of Object.entries(ENDS)) {
  Deno.test(`the socket of a peer that does not read is freed when ${name}`, async () => {
    const listener = listen();
    const isBlocked = Promise.withResolvers<void>();
    const serving = listener.serve(async (conn) => {
      conn.setCloseTimeout(20);
      let isFull = false;
      const writing = conn.write(new Uint8Array(32 * MIB)).catch(() => {});
      for (let last = -1; !isFull; last = conn.bytesWritten) {
        for (let turn = 0; turn < 20; turn++) await nextTurn();
        isFull = conn.bytesWritten === last;
      }
      isBlocked.resolve();
      end(conn);
      if (name !== "its handler ends") await conn.closed;
      else void writing;
    });
    using _client = await dialTls(listener.addr, TRUST);
    await isBlocked.promise;
    await until(() => listener.connectionCount === 0);
    assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
    await untilNone(listener);
    await listener.close();
    await serving;
  });
}

/** Writes until the peer takes no more, and tells how much it has taken. */
async function fill(conn: TlsConn): Promise<number> {
  const chunk = new Uint8Array(64 * 1024);
  let taken = 0;
  while (taken < 64 * MIB) {
    try {
      taken += await conn.write(chunk, { timeout: 300 });
    } catch (error) {
      assertTimeout(error);
      return taken + bytesWrittenOf(error);
    }
  }
  return taken;
}

for (const isReading of [false, true]) {
  const title = isReading ? "stops reading" : "reads nothing";
  Deno.test(`behind a side that ${title}, the other gets rid of 8 MB at most`, async () => {
    using listener = listen();
    const accepting = listener.accept(HANGS);
    using client = await dialTls(listener.addr, TRUST);
    using server = await accepting;
    const sides: [TlsConn, TlsConn][] = [[client, server], [server, client]];
    for (const [writer, reader] of sides) {
      const { heapUsed, external } = Deno.memoryUsage();
      const reading = isReading && reader.read(new Uint8Array(1));
      const taken = await fill(writer);
      await reading;
      const after = Deno.memoryUsage();
      const grown = after.heapUsed + after.external - heapUsed - external;
      assert(taken <= 8 * MIB, `${taken} bytes were taken`);
      assert(grown <= 16 * MIB, `The memory has grown by ${grown} bytes`);
      // What was taken arrives, and the count was exact.
      assert(reader.bytesRead <= MIB, `${reader.bytesRead} bytes were read`);
      const buffer = new Uint8Array(taken - (isReading ? 1 : 0));
      assertEquals(await reader.readFull(buffer, HANGS), buffer.length);
      assertTimeout(await errorOf(reader.read(buffer, { timeout: 0 })));
      assertEquals(writer.bytesWritten, taken);
      assertEquals(reader.bytesRead, taken);
    }
    client.terminate();
    server.terminate();
  });
}

Deno.test("a good handshake among 300 silent clients does not wait for their limits", async () => {
  const listener = listen();
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  const silent = await dialSilent(listener, 300);
  using client = await dialTls(listener.addr, TRUST);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  assertEquals(listener.errorCount, 0);
  assertEquals(listener.acceptedCount, 301);
  client.close();
  for (const conn of silent) conn.close();
  await listener.shutdown(HANGS);
  await serving;
});

Deno.test("cutting an accepted TLS connection is no end for its peer", async () => {
  const listener = listen();
  const data = pattern(100_000);
  const serving = listener.serve(async (conn) => {
    await conn.write(data);
    await conn.read(new Uint8Array(1));
    conn.terminate();
  });
  using client = await dialTls(listener.addr, TRUST);
  const received = new Uint8Array(data.length);
  await client.readFull(received, HANGS);
  assertSameBytes(received, data);
  await client.writeString("x");
  const error = await errorOf(client.read(new Uint8Array(1), HANGS));
  assertInstanceOf(error, Error);
  assert(
    error instanceof Deno.errors.UnexpectedEof ||
      error instanceof Deno.errors.ConnectionReset,
    error.name,
  );
  await listener.close();
  await serving;
});

Deno.test("a peer that ends, or resets, without the end of TLS is an error of the reader", async () => {
  const { connect } = await import("node:tls");
  const { connect: connectTcp } = await import("node:net");
  for (const how of ["end", "resetAndDestroy"] as const) {
    using listener = listen();
    const accepting = listener.accept(HANGS);
    const socket = connectTcp(listener.addr.port, "127.0.0.1");
    const secure = connect({ socket, servername: "localhost", ca: caCert });
    secure.on("error", () => {});
    socket.on("error", () => {});
    using conn = await accepting;
    await new Promise((resolve) => secure.write("half of i", resolve));
    const buffer = new Uint8Array(9);
    assertEquals(await conn.readFull(buffer, HANGS), 9);
    socket[how]();
    const error = await errorOf(conn.read(buffer, HANGS));
    assertInstanceOf(
      error,
      how === "end" ? Deno.errors.UnexpectedEof : Deno.errors.ConnectionReset,
    );
    secure.destroy();
    conn.terminate();
    await conn.closed;
  }
});

Deno.test("a TLS peer that ends in order is read to its end, and can be answered", async () => {
  using listener = listen();
  const accepting = listener.accept(HANGS);
  using client = await dialTls(listener.addr, TRUST);
  using server = await accepting;
  await client.writeString("all of it");
  await client.closeWrite();
  assertSameBytes(await drain(server), new TextEncoder().encode("all of it"));
  await server.writeString("yes\n");
  server.close();
  assertEquals(await client.readLine(HANGS), "yes");
  assertEquals(await client.read(new Uint8Array(1), HANGS), null);
});

for (const kind of ["listenTls", "acceptTls"]) {
  Deno.test(`what a handler has written arrives when it fails, and is no whole answer (${kind})`, async () => {
    const keys = { cert: serverCert, key: serverKey };
    const data = pattern(300_000);
    const fail = async (conn: TlsConn) => {
      void conn.write(data);
      await conn.readLine();
      throw new RangeError("Stopped by the test");
    };
    const listener = kind === "listenTls" ? listen() : listenTcp("127.0.0.1:0");
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const serving = listener instanceof TlsListener
      ? listener.serve(fail, { onError })
      : listener.serve(async (conn) => fail(await acceptTls(conn, keys)), {
        onError,
      });
    using client = await dialTls(listener.addr, TRUST);
    await client.writeString("go\n");
    const received = new Uint8Array(data.length);
    assertEquals(await client.readFull(received, HANGS), data.length);
    assertSameBytes(received, data);
    assertInstanceOf(
      await errorOf(client.read(new Uint8Array(1), HANGS)),
      Deno.errors.UnexpectedEof,
    );
    client.close();
    await listener.shutdown(HANGS);
    await serving;
    assertInstanceOf(errors[0], RangeError);
  });
}
