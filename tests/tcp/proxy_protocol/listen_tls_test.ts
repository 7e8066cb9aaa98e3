import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import {
  listenTls,
  type ListenTlsOptions,
} from "../../../tcp/tls/listen_tls.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { isEnded } from "../support/_peer.ts";
import { assertTimeout, errorOf, until } from "../support/_outcomes.ts";
import {
  addr,
  CLIENT,
  dialAsProxy,
  FROM_HERE,
  HANGS,
  headerOf,
  ownHeader,
} from "./_support.ts";

const IDENTITY = { cert: serverCert, key: serverKey };
const TRUST = { serverName: "localhost", caCerts: [caCert], ...HANGS };

function listen(options: Partial<ListenTlsOptions> = {}): TlsListener {
  return listenTls("127.0.0.1:0", { ...IDENTITY, ...FROM_HERE, ...options });
}

/** Serves lines, and gathers what goes wrong. */
function serveLines(options: Partial<ListenTlsOptions> = {}) {
  const listener = listen(options);
  const errors: unknown[] = [];
  const serving = listener.serve(async (conn) => {
    await conn.writeString(`${conn.peerIp} ${await conn.readLine(HANGS)}\n`);
  }, { onError: (error) => errors.push(error) });
  return {
    listener,
    errors,
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 5000 });
      await serving;
    },
  };
}

async function secure(conn: TcpConn): Promise<TlsConn> {
  return await startTls(conn, TRUST);
}

/** The first bytes that a client of TLS sends. */
async function helloOf(): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const dialling = errorOf(dialTls(listener.addr as Deno.NetAddr, TRUST));
  using conn = await accepting;
  const buffer = new Uint8Array(4096);
  const length = await conn.read(buffer) ?? 0;
  conn.close();
  await dialling;
  return buffer.subarray(0, length);
}

for (const version of [1, 2] as const) {
  Deno.test(`a header of version ${version} comes before TLS`, async () => {
    using listener = listen();
    const accepting = listener.accept(HANGS);
    using plain = await dialAsProxy(listener.addr, headerOf(CLIENT, version));
    const { localAddr, remoteAddr } = plain;
    using client = await secure(plain);
    using conn = await accepting;

    assertEquals([conn.remoteAddr, conn.proxyAddr], [CLIENT, localAddr]);
    assertEquals(conn.localAddr, remoteAddr);
    assertEquals(conn.peerIp, CLIENT.hostname);
    assertEquals(conn.serverName, "localhost");
    await client.writeString("hello\n");
    assertEquals(await conn.readLine(HANGS), "hello");
  });
}

Deno.test("a header and the ClientHello may come together, wherever they are cut", async () => {
  const bytes = new Uint8Array(
    await new Blob([headerOf(), await helloOf() as BlobPart]).arrayBuffer(),
  );
  const names: string[] = [];
  using listener = listenTls("127.0.0.1:0", {
    ...FROM_HERE,
    // It is asked once the hello is there, and its refusal ends the connection.
    certificate: (name) => void names.push(name),
  });
  const accepting = errorOf(listener.accept());
  const cuts = [0, 1, 16, 27, 28, 29, 33, bytes.length - 1, bytes.length];
  for (const cut of cuts) {
    using proxy = await dialAsProxy(listener.addr, bytes.subarray(0, cut));
    await proxy.write(bytes.subarray(cut));
    assert(await isEnded(proxy));
  }
  listener.close();
  await accepting;

  assertEquals(names, cuts.map(() => "localhost"));
});

Deno.test("TLS without a header is no header, and an error that names the option", async () => {
  await using served = serveLines();
  await errorOf(dialTls(served.listener.addr, TRUST));
  await until(() => served.errors.length === 1);
  const [error] = served.errors;

  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(
    error.message,
    'a proxy by the option "proxyProtocol": expected a PROXY header, found "\\u0016\\u0003',
  );
});

Deno.test("plain text behind a header is no TLS, of the client", async () => {
  await using served = serveLines();
  using proxy = await dialAsProxy(
    served.listener.addr,
    headerOf(),
    "GET / HTTP/1.1\r\n\r\n",
  );
  assert(await isEnded(proxy));
  await until(() => served.errors.length === 1);
  const [error] = served.errors;

  assertInstanceOf(error, Deno.errors.InvalidData);
  assertStringIncludes(
    error.message,
    "TLS handshake with 203.0.113.7:50000: expected the ClientHello",
  );
  assertEquals(served.listener.connectionCountOf(CLIENT.hostname), 0);
});

Deno.test("a health check before TLS is no error, with a header of its own or none", async () => {
  await using served = serveLines();
  for (const bytes of [[], [ownHeader(2)], [ownHeader(1)]]) {
    using check = await dialAsProxy(served.listener.addr, ...bytes);
    await check.closeWrite();
    assert(await isEnded(check));
  }
  using client = await secure(
    await dialAsProxy(served.listener.addr, ownHeader()),
  );
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "127.0.0.1 hello");

  assertEquals([served.errors, served.listener.errorCount], [[], 0]);
});

Deno.test("a client that ends within its handshake is an error, behind a proxy too", async () => {
  await using served = serveLines();
  for (const bytes of [[], [Uint8Array.of(0x16, 0x03)]]) {
    using proxy = await dialAsProxy(
      served.listener.addr,
      headerOf(),
      ...bytes,
    );
    await proxy.closeWrite();
    assert(await isEnded(proxy));
  }
  await until(() => served.errors.length === 1);

  assertStringIncludes(String(served.errors[0]), "with 203.0.113.7:50000");
  assertEquals(served.listener.stats.handshakesFailed, 1);
});

Deno.test("limits per address count clients, before TLS", async () => {
  await using served = serveLines({
    maxConnectionsPerIp: 1,
    handshakeTimeout: 60_000,
  });
  const { listener } = served;
  // In its handshake, it counts.
  using silent = await dialAsProxy(listener.addr, headerOf());
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 1);
  using tooMany = await dialAsProxy(listener.addr, headerOf());
  assert(await isEnded(tooMany));
  assertEquals([listener.droppedCount, listener.errorCount], [1, 0]);
  const other = await dialAsProxy(
    listener.addr,
    headerOf(addr("2001:db8::1", 1)),
  );
  using client = await secure(other);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(HANGS), "2001:db8::1 hello");
  silent.close();
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 0);
});

Deno.test("a silent handshake behind a header is cut at its own limit", async () => {
  await using served = serveLines({ handshakeTimeout: 50 });
  using silent = await dialAsProxy(served.listener.addr, headerOf());
  assert(await isEnded(silent));
  await until(() => served.errors.length === 1);

  assertTimeout(served.errors[0]);
  assertStringIncludes(
    String(served.errors[0]),
    "TLS handshake with 203.0.113.7:50000",
  );
});

Deno.test("closing a TLS listener cuts headers and handshakes under way", async () => {
  const listener = listen();
  const accepting = errorOf(listener.accept());
  using silent = await dialAsProxy(listener.addr);
  using handshaking = await dialAsProxy(listener.addr, headerOf());
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 1);
  await until(() => listener.acceptedCount === 2);
  listener.close();

  assert(await isEnded(silent));
  assert(await isEnded(handshaking));
  await accepting;
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 0);
});

Deno.test("the runtime's TLS has no PROXY protocol", () => {
  const error = assertThrows(
    () => listen({ tlsBackend: "runtime" }),
    TypeError,
  );

  assertStringIncludes(error.message, 'has no option "proxyProtocol"');
});
