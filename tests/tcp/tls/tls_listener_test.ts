import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { SystemErrorInfo } from "../../../internal/errors/system_error.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { hasProgram, isEnded } from "../support/_peer.ts";
import { CAN_COUNT, countSockets } from "../support/_sockets.ts";
import {
  assertClosed,
  assertTimeout,
  errorOf,
  until,
} from "../support/_outcomes.ts";

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
  return listener;
}

Deno.test("a plain client on the port of a TLS listener is counted and holds nobody up", async () => {
  const errors: unknown[] = [];
  const listener = listen();
  const serving = listener.serve(
    (conn) => conn.readable.pipeTo(conn.writable),
    { onError: (error) => errors.push(error) },
  );
  for (const text of ["GET / HTTP/1.1\r\n\r\n", "hello\n", "\0\0\0\0\0\0\0"]) {
    using plain = await dialTcp(listener.addr);
    await plain.writeString(text);
    await plain.closeWrite();
    assert(await isEnded(plain));
  }
  using gone = await dialTcp(listener.addr);
  gone.close();
  using client = await dialTls(listener.addr, TRUST);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  // One that leaves without a byte is no error.
  await until(() => listener.errorCount === 3);
  assertEquals(errors.length, 3);
  for (const error of errors) {
    assertInstanceOf(error, Error);
    assert(error.message.startsWith("Cannot "), error.message);
  }
  assertEquals(listener.connectionCount, 1);
  client.close();
  listener.close();
  await serving;
});

Deno.test("silent clients hold nobody up, and are given up at the handshake's limit", async () => {
  const errors: unknown[] = [];
  const listener = listen({ handshakeTimeout: 300 });
  const serving = listener.serve(
    (conn) => conn.readable.pipeTo(conn.writable),
    { onError: (error) => errors.push(error) },
  );
  const silent = await Promise.all(
    Array.from({ length: 20 }, () => dialTcp(listener.addr)),
  );
  await until(() => listener.acceptedCount === 20);
  using client = await dialTls(listener.addr, TRUST);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  await until(() => errors.length === 20);
  for (const error of errors) assertTimeout(error);
  assertEquals(listener.errorCount, 20);
  for (const conn of silent) conn.close();
  client.close();
  listener.close();
  await serving;
});

Deno.test("a client that stops in the middle of its handshake is given up at the limit", async () => {
  const listener = listen({ handshakeTimeout: 50 });
  const serving = listener.serve(() => {});
  using client = await dialTcp(listener.addr);
  // The head of a handshake record of 512 bytes, and no more.
  await client.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
  await until(() => listener.errorCount === 1);
  listener.close();
  await serving;
});

Deno.test("closing a TLS listener gives up the handshakes under way, and counts no error", async () => {
  const listener = listen();
  const accepting = errorOf(listener.accept());
  using _first = await dialTcp(listener.addr);
  using _second = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 2);
  listener.close();
  assertClosed(await accepting);
  await until(() => listener.connectionCountOf("127.0.0.1") === 0);
  assertEquals(listener.errorCount, 0);
  assertEquals(listener.connectionCount, 0);
});

Deno.test("closing a TLS listener while handshakes fail does not throw", async () => {
  for (let round = 0; round < 40; round++) {
    const listener = listen();
    const accepting = errorOf(listener.accept());
    using plain = await dialTcp(listener.addr);
    await until(() => listener.acceptedCount === 1);
    await plain.writeString("this is no TLS\n");
    for (let hop = 0; hop < round % 10; hop++) await Promise.resolve();
    await plain.read(new Uint8Array(1), HANGS).catch(() => {});
    for (let hop = 0; hop < round; hop++) await Promise.resolve();
    listener.close();
    assertClosed(await accepting);
  }
});

Deno.test("the limits of connections count handshakes too", async () => {
  const listener = listen({ maxConnections: 3, maxConnectionsPerIp: 2 });
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  using silent = await dialTcp(listener.addr);
  await until(() => listener.acceptedCount === 1);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  using client = await dialTls(listener.addr, TRUST);
  using _surplus = await dialTcp(listener.addr);
  await until(() => listener.droppedCount === 1);
  // A handshake that ends without success gives its place back.
  silent.close();
  await until(() => listener.connectionCountOf("127.0.0.1") === 1);
  assertEquals(listener.errorCount, 0);
  using next = await dialTls(listener.addr, TRUST);
  await next.writeString("hello\n");
  assertEquals(await next.readLine(HANGS), "hello");
  client.close();
  next.close();
  listener.close();
  await serving;
  await until(() => listener.connectionCountOf("127.0.0.1") === 0);
});

Deno.test("a TLS listener survives peers that dial and leave", async () => {
  const listener = listen();
  const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
  await Promise.all(Array.from({ length: 50 }, async () => {
    using plain = await dialTcp(listener.addr);
    await plain.write(new Uint8Array([22, 3, 1]));
  }));
  await until(() => listener.errorCount === 50);
  using client = await dialTls(listener.addr, TRUST);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "hello");
  client.close();
  listener.close();
  await serving;
  assertEquals(listener.connectionCount, 0);
});

Deno.test({
  name: "openssl s_client talks to a TLS listener",
  ignore: !hasProgram("openssl", "version"),
  fn: async () => {
    const listener = listen({ alpnProtocols: ["chat/1"] });
    const protocols: (string | undefined)[] = [];
    const serving = listener.serve((conn) => {
      protocols.push(conn.alpnProtocol);
      return conn.readable.pipeTo(conn.writable);
    });
    const { hostname, port } = listener.addr;
    const child = new Deno.Command("openssl", {
      args: [
        ...["s_client", "-connect", `${hostname}:${port}`, "-quiet"],
        ...["-alpn", "chat/1", "-no_ign_eof"],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("hello from openssl\n"));
    assertEquals((await lines.read()).value, "hello from openssl\n");
    await writer.close();
    await child.status;
    await lines.cancel();
    listener.close();
    await serving;
    assertEquals(protocols, ["chat/1"]);
  },
});

/** Before its version 3, the program takes any end for a good one. */
function tellsEnds(): boolean {
  if (!hasProgram("openssl", "version")) return false;
  const { stdout } = new Deno.Command("openssl", { args: ["version"] })
    .outputSync();
  return /^OpenSSL ([3-9]|\d\d)\./.test(new TextDecoder().decode(stdout));
}

Deno.test({
  name:
    "openssl s_client tells half an answer of a TLS listener from a whole one",
  ignore: !tellsEnds(),
  fn: async () => {
    const ends: Record<string, (conn: TlsConn) => void> = {
      "a handler that ends": () => {},
      "close()": (conn) => conn.close(),
      "a handler that throws": () => {
        throw new RangeError("Stopped by the test");
      },
      "terminate()": (conn) => conn.terminate(),
    };
    for (const [how, end] of Object.entries(ends)) {
      for (const version of ["-tls1_2", "-tls1_3"]) {
        const listener = listen();
        const serving = listener.serve(async (conn) => {
          await conn.readLine();
          await conn.writeString("an answer");
          end(conn);
        }, { onError: () => {} });
        const child = new Deno.Command("openssl", {
          args: [
            ...["s_client", "-connect", `127.0.0.1:${listener.addr.port}`],
            ...["-quiet", version],
          ],
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode("question\n"));
        const [stdout, stderr] = await Promise.all(
          [child.stdout, child.stderr].map((part) => new Response(part).text()),
        );
        const { code } = await child.status;
        await writer.close().catch(() => {});
        const isWhole = how === "a handler that ends" || how === "close()";
        assertEquals([stdout, code], ["an answer", isWhole ? 0 : 1], how);
        assertEquals(stderr?.includes("unexpected eof"), !isWhole, how);
        await listener.shutdown();
        await serving;
      }
    }
  },
});

Deno.test("a plain HTTP request on the TLS port is one clear error, and frees its socket", async () => {
  const errors: unknown[] = [];
  const listener = listen();
  const serving = listener.serve(() => {}, {
    onError: (error) => errors.push(error),
  });
  const { port } = listener.addr;
  for (
    const [text, found] of [
      ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "a plain HTTP request"],
      ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "a plain HTTP request"],
      ["SSH-2.0-OpenSSH_9.2\r\n", "something else"],
    ] as const
  ) {
    using plain = await dialTcp(listener.addr);
    await plain.writeString(text);
    assert(await isEnded(plain));
    await until(() => errors.length === 1);
    const error = errors.pop();
    const { port: clientPort } = plain.localAddr;
    const address = `127.0.0.1:${clientPort}`;
    assertInstanceOf(error, Deno.errors.InvalidData);
    const info = error as Error & SystemErrorInfo;
    assertEquals(
      error.message,
      `Cannot complete the TLS handshake with ${address}: expected the ClientHello of TLS, found ${found}`,
    );
    assertEquals(
      [info.operation, info.address, info.code],
      ["start TLS", address, "EPROTO"],
    );
  }
  if (CAN_COUNT) assertEquals(await countSockets(port), 0);
  await listener.close();
  await serving;
  assertEquals(listener.errorCount, 3);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
});
