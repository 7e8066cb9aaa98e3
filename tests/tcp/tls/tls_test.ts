import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { isEnded } from "../support/_peer.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { assertSameBytes, drain, pattern } from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  errorOf,
  until,
} from "../support/_outcomes.ts";
import { DEAD_ADDR } from "../support/_dead_addr.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
/** What a client needs that trusts the tests' authority. */
const TRUST = { caCerts: [caCert], ...HANGS };

function listen(options = {}): TlsListener {
  const listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
    ...options,
  });
  listener.setAcceptTimeout(60_000);
  return listener;
}

Deno.test("dialTls() and listenTls() carry bytes both ways", async () => {
  using listener = listen();
  const accepting = listener.accept();
  using client = await dialTls(listener.addr, TRUST);
  using server = await accepting;
  assertEquals(client.remoteAddr, listener.addr);
  assertEquals(server.remoteAddr, client.localAddr);
  assertEquals(client.peerIp, "127.0.0.1");
  assertEquals(client.alpnProtocol, undefined);
  const data = pattern(1024 * 1024);
  const [received] = await Promise.all([
    drain(server),
    client.write(data).then(() => client.closeWrite()),
  ]);
  assertSameBytes(received, data);
  // The end of one direction leaves the other open.
  await server.writeString("got it\n");
  assertEquals(await client.readLine(HANGS), "got it");
  await server.closeWrite();
  assertEquals(await client.read(new Uint8Array(1), HANGS), null);
  await Promise.all([client.closed, server.closed]);
});

Deno.test("dialTls() checks the name of an address, of localhost and of an own choice", async () => {
  using listener = listen();
  const { port } = listener.addr;
  for (
    const [address, options] of [
      [`127.0.0.1:${port}`, {}],
      [`localhost:${port}`, {}],
      [`:${port}`, {}],
      [`127.0.0.1:${port}`, { serverName: "localhost" }],
    ] as const
  ) {
    const accepting = listener.accept();
    using _client = await dialTls(address, { ...TRUST, ...options });
    (await accepting).close();
  }
});

Deno.test("dialTls() and listenTls() agree on a protocol by ALPN", async () => {
  using listener = listen({ alpnProtocols: ["chat/2", "chat/1"] });
  const accepting = listener.accept();
  using client = await dialTls(listener.addr, {
    ...TRUST,
    alpnProtocols: ["chat/1", "chat/2", "other"],
  });
  using server = await accepting;
  assertEquals(server.alpnProtocol, client.alpnProtocol);
  assert(["chat/1", "chat/2"].includes(client.alpnProtocol ?? ""));
  assertEquals(await client.handshake(), {
    alpnProtocol: client.alpnProtocol ?? null,
  });
});

Deno.test("a TLS client that shares no protocol is refused", async () => {
  using listener = listen({ alpnProtocols: ["chat/2"] });
  const accepting = errorOf(listener.accept());
  await errorOf(
    dialTls(listener.addr, { ...TRUST, alpnProtocols: ["other"] }),
  );
  await until(() => listener.errorCount === 1);
  listener.close();
  assertClosed(await accepting);
});

Deno.test("dialTls() rejects a certificate for another name", async () => {
  using listener = listen();
  const accepting = errorOf(listener.accept());
  const error = await errorOf(
    dialTls(listener.addr, { ...TRUST, serverName: "example.com" }),
  );
  assertInstanceOf(error, Deno.errors.InvalidData);
  const { port } = listener.addr;
  assertStringIncludes(error.message, `Cannot dial 127.0.0.1:${port}: `);
  await until(() => listener.errorCount === 1);
  listener.close();
  assertClosed(await accepting);
});

Deno.test("dialTls() rejects a certificate of an unknown authority", async () => {
  using listener = listen();
  const accepting = errorOf(listener.accept());
  await assertRejects(
    () => dialTls(listener.addr, HANGS),
    Deno.errors.InvalidData,
  );
  await until(() => listener.errorCount === 1);
  assertEquals(listener.connectionCount, 0);
  listener.close();
  assertClosed(await accepting);
});

Deno.test("dialTls() times out when the server says nothing", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const dialling = errorOf(dialTls(listener.addr, { timeout: 50 }));
  using _server = await listener.accept(HANGS);
  assertTimeout(await dialling);
});

Deno.test("dialTls() that is aborted in the handshake rejects with the reason", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const controller = new AbortController();
  const dialling = errorOf(
    dialTls(listener.addr, { signal: controller.signal }),
  );
  using server = await listener.accept(HANGS);
  // The client's first message has come: it is in the handshake.
  assert((await server.read(new Uint8Array(16))) !== null);
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  assertStrictEquals(await dialling, reason);
});

Deno.test("dialTls() rejects with the reason, at whichever moment the signal aborts", async () => {
  const listener = listen();
  const serving = listener.serve(() => {});
  for (let hops = 0; hops < 20; hops += 2) {
    const controller = new AbortController();
    const reason = { stopped: hops };
    const signal = controller.signal;
    const outcome = errorOf(dialTls(listener.addr, { ...TRUST, signal }));
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    controller.abort(reason);
    assertStrictEquals(await outcome, reason);
  }
  listener.close();
  await serving;
});

Deno.test("dialTls() to a server that does not speak TLS is InvalidData", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    await conn.writeString("220 this is no TLS, but plain text\r\n");
    await isEnded(conn);
  });
  await assertRejects(
    () => dialTls(listener.addr, HANGS),
    Deno.errors.InvalidData,
  );
  listener.close();
  await serving;
});

Deno.test("dialTls() to a server that hangs up in the handshake fails", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve((conn) => conn.close());
  const error = await errorOf(dialTls(listener.addr, HANGS));
  assertInstanceOf(error, Error);
  assertStringIncludes(error.message, "Cannot dial 127.0.0.1:");
  listener.close();
  await serving;
});

Deno.test("dialTls() to nobody names the address that refuses", async () => {
  await assertRejects(
    () => dialTls(DEAD_ADDR, HANGS),
    Deno.errors.ConnectionRefused,
    "Cannot dial 127.0.0.1:1: ",
  );
});

Deno.test("the end of TCP without the end of TLS is UnexpectedEof, and not the end", async () => {
  using listener = listen();
  // A middleman that cuts the connection, with no word of TLS.
  using middle = listenTcp("127.0.0.1:0");
  const cut = Promise.withResolvers<void>();
  const relaying = (async () => {
    using front = await middle.accept(HANGS);
    using back = await dialTcp(listener.addr, HANGS);
    const pipes = [
      front.readable.pipeTo(back.writable).catch(() => {}),
      back.readable.pipeTo(front.writable).catch(() => {}),
    ];
    await cut.promise;
    front.close();
    await Promise.all(pipes);
  })();
  const accepting = listener.accept();
  using client = await dialTls(middle.addr, TRUST);
  using server = await accepting;
  await server.writeString("half of i");
  assertEquals(await client.readFull(new Uint8Array(9), HANGS), 9);
  cut.resolve();
  await assertRejects(
    () => client.read(new Uint8Array(1), HANGS),
    Deno.errors.UnexpectedEof,
  );
  await relaying;
});

Deno.test("listenTls() throws for a bad certificate, key or option, and leaves no listener", () => {
  const address = { hostname: "127.0.0.1", port: 0 };
  const good = { cert: serverCert, key: serverKey };
  const error = assertThrows(() =>
    listenTls(address, { ...good, cert: "no PEM" })
  );
  assertInstanceOf(error, Deno.errors.InvalidData);
  assertThrows(
    () => listenTls(address, { ...good, key: "no PEM" }),
    Deno.errors.InvalidData,
  );
  for (const handshakeTimeout of [NaN, -1]) {
    assertThrows(() => {
      using _listener = listenTls(address, { ...good, handshakeTimeout });
    }, RangeError);
  }
  assertThrows(
    () => listenTls(address, { ...good, maxConnectionsPerIp: -1 }),
    RangeError,
  );
  assertThrows(() => listenTls("127.0.0.1", good), SyntaxError);
});

Deno.test("a TLS handler may return as soon as it has written: everything arrives", async () => {
  const listener = listen();
  const data = pattern(1024 * 1024);
  const serving = listener.serve(async (conn) => void await conn.write(data));
  using client = await dialTls(listener.addr, TRUST);
  client.setReadTimeout(60_000);
  assertSameBytes(await drain(client), data);
  client.close();
  listener.close();
  await serving;
});

Deno.test("a TLS accept that times out during a handshake loses no connection", async () => {
  using listener = listen();
  const first = errorOf(listener.accept({ timeout: 50 }));
  using plain = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  assertTimeout(await first);
  // The handshake goes on while nobody waits.
  using client = await startTls(plain, {
    ...TRUST,
    serverName: "localhost",
  });
  using server = await listener.accept();
  assertEquals(server.remoteAddr, client.localAddr);
});
