import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { readAll } from "../../../tcp/read_all.ts";
import { startTls, type StartTlsOptions } from "../../../tcp/tls/start_tls.ts";
import { loadNodeTls } from "../../../tcp/tls/_node_tls.ts";
import { TlsLayer } from "../../../tcp/tls/_tls_layer.ts";
import { LentConn } from "../../../tcp/conn/_lent_conn.ts";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { kinds } from "../support/kinds.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, pattern } from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { isEnded } from "../support/_peer.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

const OPTIONS: StartTlsOptions = {
  serverName: "localhost",
  caCerts: [caCert],
  ...HANGS,
};

/** Two connected ends, the server's in plain for good. */
async function connect(): Promise<[client: TcpConn, server: TcpConn]> {
  using listener = listenTcp("127.0.0.1:0");
  const client = await dialTcp(listener.addr);
  return [client, await listener.accept(HANGS)];
}

/**
 * A server with a plain dialogue, which then goes on in TLS: since a connection
 * of the runtime can't start TLS as a server, the bytes go on to a TLS listener
 * of the server's own.
 */
function serveStartTls(dialogue: (conn: TcpConn) => Promise<void>) {
  const front = listenTcp("127.0.0.1:0");
  const back = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
    alpnProtocols: ["echo"],
  });
  const serving = [
    front.serve(async (conn) => {
      await dialogue(conn);
      using relay = await dialTcp(back.addr, HANGS);
      await Promise.allSettled([
        conn.readable.pipeTo(relay.writable),
        relay.readable.pipeTo(conn.writable),
      ]);
    }),
    back.serve((conn) => conn.readable.pipeTo(conn.writable)),
  ];
  return {
    addr: front.addr,
    async [Symbol.asyncDispose]() {
      await front.shutdown({ timeout: 1000 });
      await back.shutdown({ timeout: 1000 });
      await Promise.all(serving);
    },
  };
}

async function greet(conn: TcpConn): Promise<void> {
  await conn.writeString("220 ready\r\n");
  assertEquals(await conn.readLine(HANGS), "EHLO me");
  await conn.writeString("250-hello\r\n250 STARTTLS\r\n");
  assertEquals(await conn.readLine(HANGS), "STARTTLS");
  await conn.writeString("220 go ahead\r\n");
}

Deno.test("startTls() works after lines have been read and written", async () => {
  await using server = serveStartTls(greet);
  const plain = await dialTcp(server.addr, HANGS);
  plain.setReadTimeout(60_000);
  assertEquals(await plain.readLine(), "220 ready");
  await plain.writeString("EHLO me\r\n");
  assertEquals(await plain.readLine(), "250-hello");
  assertEquals(await plain.readLine(), "250 STARTTLS");
  await plain.writeString("STARTTLS\r\n");
  assertEquals(await plain.readLine(), "220 go ahead");
  const options = { ...OPTIONS, alpnProtocols: ["echo"] };
  using conn = await startTls(plain, options);
  assertEquals(conn.alpnProtocol, "echo");
  assertEquals(conn.remoteAddr, plain.remoteAddr);
  await conn.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
  // The plain connection can't be used any more.
  assertEquals(plain.state, "closed");
  assertClosed(await errorOf(plain.read(new Uint8Array(1))));
  assertClosed(await errorOf(plain.writeString("x")));
});

Deno.test("startTls() works when the lines came through the streams", async () => {
  await using server = serveStartTls(greet);
  const plain = await dialTcp(server.addr, HANGS);
  const writer = plain.writable.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(text));
  await say("EHLO me\r\n");
  await say("STARTTLS\r\n");
  const reader = plain.readable.getReader();
  let text = "";
  while (!text.endsWith("220 go ahead\r\n")) {
    const { value } = await reader.read();
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  writer.releaseLock();
  using conn = await startTls(plain, OPTIONS);
  await conn.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
  await assertRejects(() => plain.readable.getReader().read());
});

Deno.test("startTls() sends what was written before first", async () => {
  const seen: number[] = [];
  await using server = serveStartTls(async (conn) => {
    const buffer = new Uint8Array(1024 * 1024);
    await conn.readFull(buffer, HANGS);
    seen.push(buffer.length);
    await nextTurn();
  });
  const plain = await dialTcp(server.addr, HANGS);
  const writing = plain.write(pattern(1024 * 1024));
  using conn = await startTls(plain, OPTIONS);
  assertEquals(await writing, 1024 * 1024);
  await conn.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
  assertEquals(seen, [1024 * 1024]);
});

Deno.test("startTls() refuses bytes that were left unread, and the connection goes on", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  await server.writeString("220 go ahead\r\nINJECTED\r\n");
  assertEquals(await plain.readLine(HANGS), "220 go ahead");
  const error = await errorOf(startTls(plain, OPTIONS));
  assertInstanceOf(error, Deno.errors.InvalidData);
  const { port } = plain.remoteAddr;
  assertEquals(
    error.message,
    `Cannot start TLS with 127.0.0.1:${port}: 10 bytes that came before it are unread`,
  );
  assertEquals(await plain.readLine(HANGS), "INJECTED");
  await plain.writeString("QUIT\r\n");
  assertEquals(await server.readLine(HANGS), "QUIT");
});

Deno.test("startTls() without a limit is Busy while a read is in flight", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  await assertTimesOut(plain.read(new Uint8Array(1), { timeout: 1 }));
  const { serverName, caCerts } = OPTIONS;
  const error = await errorOf(startTls(plain, { serverName, caCerts }));
  assertInstanceOf(error, Deno.errors.Busy);
  assertStringIncludes(error.message, "Cannot start TLS with 127.0.0.1:");
  await server.writeString("x");
  assertEquals(await plain.read(new Uint8Array(1), HANGS), 1);
});

Deno.test("startTls() waits for a read in flight up to its limit, and the connection goes on", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  await assertTimesOut(plain.read(new Uint8Array(1), { timeout: 1 }));
  await assertTimesOut(startTls(plain, { ...OPTIONS, timeout: 1 }));
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  const signal = controller.signal;
  const aborted = errorOf(startTls(plain, { ...OPTIONS, signal }));
  assert(await isPending(aborted));
  controller.abort(reason);
  assertStrictEquals(await aborted, reason);
  await server.writeString("hello\n");
  assertEquals(await plain.readLine(HANGS), "hello");
  await plain.writeString("hello\n");
  assertEquals(await server.readLine(HANGS), "hello");
  assertEquals(plain.state, "open");
});

Deno.test("startTls() refuses the bytes that a read in flight brings", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  await assertTimesOut(plain.read(new Uint8Array(1), { timeout: 1 }));
  const starting = errorOf(startTls(plain, OPTIONS));
  await server.writeString("late\n");
  assertInstanceOf(await starting, Deno.errors.InvalidData);
  assertEquals(await plain.readLine(HANGS), "late");
});

Deno.test("startTls() of a closed connection is ClosedError", async () => {
  const [plain, server] = await connect();
  using _server = server;
  plain.close();
  assertClosed(await errorOf(startTls(plain, OPTIONS)));
});

Deno.test("startTls() a second time is ClosedError", async () => {
  await using server = serveStartTls(() => Promise.resolve());
  const plain = await dialTcp(server.addr, HANGS);
  using conn = await startTls(plain, OPTIONS);
  assertClosed(await errorOf(startTls(plain, OPTIONS)));
  await conn.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
});

Deno.test("startTls() is ClosedError when the connection is closed while it waits", async () => {
  const [plain, server] = await connect();
  using _server = server;
  await assertTimesOut(plain.read(new Uint8Array(1), { timeout: 1 }));
  const controller = new AbortController();
  const { signal } = controller;
  const starting = errorOf(startTls(plain, { ...OPTIONS, signal }));
  assert(await isPending(starting));
  plain.close();
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  controller.abort(new Error("It still waits"));
  assertClosed(await starting);
});

Deno.test("startTls() is ClosedError when the connection is closed while writes are pending", async () => {
  const [plain, server] = await connect();
  using _server = server;
  const writing = errorOf(plain.write(pattern(16 * 1024 * 1024)));
  await until(() => plain.bytesWritten > 0);
  const starting = errorOf(startTls(plain, OPTIONS));
  assert(await isPending(starting));
  plain.terminate();
  assertClosed(await starting);
  assertClosed(await writing);
});

for (const serverName of ["", "not a name", `${"a".repeat(64)}.test`]) {
  Deno.test(`startTls() refuses the server name "${serverName.slice(0, 12)}", and the connection goes on`, async () => {
    const [plain, server] = await connect();
    using _plain = plain;
    using _server = server;
    assertInstanceOf(
      await errorOf(startTls(plain, { ...OPTIONS, serverName })),
      TypeError,
    );
    await server.writeString("hello\n");
    assertEquals(await plain.readLine(HANGS), "hello");
  });
}

Deno.test("startTls() refuses certificates that can't be used, and the connection goes on", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  const bad = [
    { caCerts: ["garbage"] },
    { cert: "garbage", key: serverKey },
    { cert: caCert, key: serverKey },
  ];
  for (const options of bad) {
    await assertRejects(
      () => startTls(plain, { ...OPTIONS, ...options }),
      Deno.errors.InvalidData,
      `Cannot start TLS with 127.0.0.1:${plain.remoteAddr.port}: `,
    );
  }
  await server.writeString("hello\n");
  assertEquals(await plain.readLine(HANGS), "hello");
});

Deno.test("startTls() needs a server name", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  const bad = [{}, { serverName: 4 }, undefined] as unknown[];
  for (const options of bad) {
    await assertRejects(
      () => startTls(plain, options as StartTlsOptions),
      TypeError,
      'expected the option "serverName"',
    );
  }
  await server.writeString("hello\n");
  assertEquals(await plain.readLine(HANGS), "hello");
});

Deno.test("startTls() with a server that answers in plain fails and frees the connection", async () => {
  const [plain, server] = await connect();
  using _server = server;
  const starting = errorOf(startTls(plain, OPTIONS));
  assert((await server.read(new Uint8Array(1024), HANGS)) !== null);
  await server.writeString("500 what do you mean?\r\n");
  const error = await starting;
  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(error.message, "Cannot start TLS with 127.0.0.1:");
  assertEquals(plain.state, "closed");
  assert(await isEnded(server));
});

Deno.test("startTls() with a certificate for another name is InvalidData", async () => {
  await using server = serveStartTls(() => Promise.resolve());
  const plain = await dialTcp(server.addr, HANGS);
  await assertRejects(
    () => startTls(plain, { ...OPTIONS, serverName: "example.com" }),
    Deno.errors.InvalidData,
    "Cannot start TLS with 127.0.0.1:",
  );
  assertEquals(plain.state, "closed");
});

Deno.test("startTls() that reaches its limit in the handshake closes the connection", async () => {
  const [plain, server] = await connect();
  using _server = server;
  const starting = errorOf(startTls(plain, { ...OPTIONS, timeout: 50 }));
  assertTimeout(await starting);
  assertEquals(plain.state, "closed");
  assert(await isEnded(server));
});

for (const how of ["close", "terminate"] as const) {
  Deno.test(`startTls() is ClosedError when ${how}() of the connection is called in the handshake`, async () => {
    const [plain, server] = await connect();
    using _server = server;
    const starting = errorOf(startTls(plain, OPTIONS));
    // The ClientHello has come, and gets no answer.
    await server.readFull(new Uint8Array(5), HANGS);
    plain[how]();
    assertClosed(await starting);
    await plain.closed;
    assert(await isEnded(server));
  });
}

Deno.test("closing the plain connection closes the TLS one that startTls() made in order", async () => {
  const [plain, server] = await connect();
  const [conn, peer] = await Promise.all([
    startTls(plain, OPTIONS),
    acceptTls(server, { cert: serverCert, key: serverKey, ...HANGS }),
  ]);
  const data = pattern(300_000);
  const writing = conn.write(data);
  plain.close();
  assertEquals(conn.state, "closed");
  assertSameBytes(await readAll(peer, HANGS), data);
  await writing;
  peer.close();
  await Promise.all([plain.closed, conn.closed, server.closed]);
});

Deno.test("a connection with startTls() over it counts for its listener until that is freed", async () => {
  const listener = listenTcp("127.0.0.1:0");
  using client = await dialTcp(listener.addr);
  const server = acceptTls(client, {
    cert: serverCert,
    key: serverKey,
    ...HANGS,
  });
  const conn = await startTls(await listener.accept(HANGS), OPTIONS);
  using _peer = await server;
  assertEquals(listener.connectionCount, 1);
  conn.terminate();
  await until(() => listener.connectionCount === 0);
  await listener.close();
});

Deno.test("startTls() with an aborted signal leaves the connection alone", async () => {
  const [plain, server] = await connect();
  using _plain = plain;
  using _server = server;
  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(
    await errorOf(startTls(plain, { ...OPTIONS, signal })),
    reason,
  );
  await server.writeString("hello\n");
  assertEquals(await plain.readLine(HANGS), "hello");
});

/** The server's side of a connection, in TLS by a layer of its own. */
async function secureServer(
  conn: StreamConn<unknown>,
): Promise<TlsLayer> {
  const tls = await loadNodeTls();
  const layer = new TlsLayer(new LentConn(conn, new Uint8Array(0)), tls, {
    isServer: true,
    secureContext: tls.module.createSecureContext({
      cert: serverCert,
      key: serverKey,
    }),
  });
  await layer.secured;
  return layer;
}

for (const { name, isAvailable, connect } of kinds) {
  Deno.test({
    name: `startTls() works over any connection (${name})`,
    ignore: !isAvailable,
    fn: async () => {
      const [plain, server] = await connect();
      await server.writeString("220 go ahead\r\n");
      assertEquals(await plain.readLine(HANGS), "220 go ahead");
      const { remoteAddr } = plain;
      const [secure, layer] = await Promise.all([
        startTls(plain, OPTIONS),
        secureServer(server),
      ]);
      using conn = secure;
      assertEquals(conn.remoteAddr, remoteAddr);
      assertEquals(plain.state, "closed");
      await layer.write(new TextEncoder().encode("in secret\n"));
      assertEquals(await conn.readLine(HANGS), "in secret");
      await conn.writeString("no\n");
      assertEquals(await layer.read(new Uint8Array(8)), 3);
      layer.close();
      await assertRejects(
        () => conn.read(new Uint8Array(1), HANGS),
        Deno.errors.UnexpectedEof,
      );
      conn.terminate();
    },
  });
}
