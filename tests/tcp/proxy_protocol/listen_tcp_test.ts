import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { connect } from "node:net";
import { joinAddress } from "../../../internal/address/address.ts";
import type { SystemErrorInfo } from "../../../internal/errors/system_error.ts";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import {
  listenByNode,
  listenTcpShared,
} from "../../../tcp/listen_tcp_shared.ts";
import { TcpListener } from "../../../tcp/tcp_listener.ts";
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

/** A listener that answers each connection with its first line. */
function serveLines(options = {}) {
  const listener = listenTcp("127.0.0.1:0", { ...FROM_HERE, ...options });
  const errors: unknown[] = [];
  const peers: string[] = [];
  const serving = listener.serve(async (conn) => {
    peers.push(joinAddress(conn.peerIp, conn.remoteAddr.port));
    await conn.writeString(`${await conn.readLine(HANGS)}\n`);
  }, { onError: (error) => errors.push(error) });
  return {
    listener,
    errors,
    peers,
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 5000 });
      await serving;
    },
  };
}

for (const version of [1, 2] as const) {
  Deno.test(`a connection behind a header of version ${version} is the client's`, async () => {
    using listener = listenTcp("127.0.0.1:0", FROM_HERE);
    using proxy = await dialAsProxy(listener.addr, headerOf(CLIENT, version));
    using conn = await listener.accept(HANGS);

    assertEquals(conn.remoteAddr, CLIENT);
    assertEquals(conn.peerAddr, CLIENT);
    assertEquals(conn.peerIp, CLIENT.hostname);
    assertEquals(conn.proxyAddr, proxy.localAddr);
    assertEquals(conn.localAddr, proxy.remoteAddr);
    assertEquals(String(conn), "TcpConn(203.0.113.7:50000)");
    assertEquals(proxy.proxyAddr, undefined);
    await conn.writeString("welcome\n");
    assertEquals(await proxy.readLine(HANGS), "welcome");
    await proxy.writeString("thanks\n");
    await proxy.closeWrite();
    assertEquals(await conn.readLine(HANGS), "thanks");
    assertEquals(await conn.readLine(HANGS), null);
    conn.setNoDelay(false);
    conn.setKeepAlive(true);
    conn.close();
    await assertRejects(() => conn.read(new Uint8Array(1)));
  });

  Deno.test(`bytes behind a header of version ${version} are the application's, wherever they are cut`, async () => {
    using listener = listenTcp("127.0.0.1:0", FROM_HERE);
    const bytes = new Uint8Array(
      await new Blob([headerOf(CLIENT, version), "PROXY \r\nend\n"])
        .arrayBuffer(),
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      using proxy = await dialAsProxy(listener.addr, bytes.subarray(0, cut));
      const accepting = listener.accept(HANGS);
      await proxy.write(bytes.subarray(cut));
      using conn = await accepting;

      assertEquals(conn.remoteAddr, CLIENT);
      assertEquals(await conn.readLine(HANGS), "PROXY ");
      assertEquals(await conn.readLine(HANGS), "end");
    }
  });
}

Deno.test("a header may come byte by byte, and with a mebibyte behind it", async () => {
  using listener = listenTcp("127.0.0.1:0", FROM_HERE);
  const accepting = listener.accept(HANGS);
  using proxy = await dialAsProxy(listener.addr);
  for (const byte of headerOf()) await proxy.write(Uint8Array.of(byte));
  const sent = Uint8Array.from({ length: 1 << 20 }, (_, index) => index % 251);
  const writing = proxy.write(sent);
  using conn = await accepting;
  const received = new Uint8Array(sent.length);
  await conn.readFull(received, HANGS);
  await writing;

  assertEquals(received, sent);
  assertEquals(conn.bytesRead, sent.length);
});

Deno.test("a connection of a proxy without a header is cut, and the error names the option", async () => {
  await using served = serveLines();
  const { listener, errors, peers } = served;
  const texts = [
    "GET / HTTP/1.1\r\n\r\n",
    "PROXY TCP4 a b 1 2\r\n",
    "PROXY UNKNOWN\n",
  ];
  const names: string[] = [];
  for (const text of texts) {
    using proxy = await dialAsProxy(listener.addr, text);
    names.push(joinAddress(proxy.localAddr.hostname, proxy.localAddr.port));
    assert(await isEnded(proxy));
  }
  await until(() => errors.length === texts.length);
  for (
    const [index, found] of [
      '"GET / HTTP/1.1\\r\\n\\r\\n"',
      'the PROXY line "PROXY TCP4 a b 1 2"',
      "a PROXY line that LF alone ends",
    ].entries()
  ) {
    const error = errors[index];
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertEquals(
      error.message,
      `Cannot accept ${
        names[index]
      }, a proxy by the option "proxyProtocol": expected a PROXY header, found ${found}`,
    );
    const { operation, address, code } = error as Error & SystemErrorInfo;
    assertEquals([operation, address, code], [
      "accept",
      names[index],
      "EPROTO",
    ]);
  }
  assertEquals(peers, []);
  assertEquals([listener.errorCount, listener.connectionCount], [3, 0]);
});

Deno.test("a proxy that ends without a byte makes no error", async () => {
  await using served = serveLines();
  const { listener, errors, peers } = served;
  for (let count = 0; count < 3; count++) {
    using check = await dialAsProxy(listener.addr);
    check.close();
  }
  using proxy = await dialAsProxy(listener.addr, headerOf(), "hello\n");
  assertEquals(await proxy.readLine(HANGS), "hello");
  await until(() => listener.connectionCount <= 1);

  assertEquals(peers, ["203.0.113.7:50000"]);
  assertEquals([errors, listener.errorCount], [[], 0]);
  assertEquals([listener.acceptedCount, listener.droppedCount], [4, 0]);
});

Deno.test("a proxy that ends within its header makes an error", async () => {
  await using served = serveLines();
  using proxy = await dialAsProxy(
    served.listener.addr,
    headerOf().subarray(0, 20),
  );
  await proxy.closeWrite();
  assert(await isEnded(proxy));
  await until(() => served.errors.length === 1);
  const [error] = served.errors;

  assertInstanceOf(error, Deno.errors.UnexpectedEof);
  assertStringIncludes(
    error.message,
    '"proxyProtocol": the connection ended before its PROXY header',
  );
});

Deno.test("a header from elsewhere means nothing, and is the application's", async () => {
  const from = ["127.0.0.2/31", "::1", "10.0.0.0/8"];
  using listener = listenTcp("127.0.0.1:0", { proxyProtocol: { from } });
  for (const version of [1, 2] as const) {
    const header = headerOf(CLIENT, version);
    using forger = await dialAsProxy(listener.addr, header);
    using conn = await listener.accept(HANGS);
    const received = new Uint8Array(header.length);
    await conn.readFull(received, HANGS);

    assertEquals(received, header);
    assertEquals(conn.remoteAddr, forger.localAddr);
    assertEquals(conn.proxyAddr, undefined);
    assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
    conn.close();
    forger.close();
    await until(() => listener.connectionCount === 0);
  }
});

Deno.test("a connection from elsewhere waits for nothing", async () => {
  using listener = listenTcp("127.0.0.1:0", {
    proxyProtocol: { from: ["192.0.2.1"] },
  });
  using client = await dialTcp(listener.addr);
  using conn = await listener.accept(HANGS);

  assertEquals(conn.remoteAddr, client.localAddr);
});

for (const version of [1, 2] as const) {
  Deno.test(`a proxy's own connection keeps its address, and has no limit (version ${version})`, async () => {
    using listener = listenTcp("127.0.0.1:0", {
      ...FROM_HERE,
      maxConnectionsPerIp: 1,
    });
    for (let count = 1; count <= 3; count++) {
      const proxy = await dialAsProxy(
        listener.addr,
        ownHeader(version),
        "hello\n",
      );
      const conn = await listener.accept(HANGS);

      assertEquals(conn.remoteAddr, proxy.localAddr);
      assertEquals(conn.proxyAddr, undefined);
      assertEquals(await conn.readLine(HANGS), "hello");
      assertEquals(listener.connectionCount, count);
      assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
      proxy.close();
    }
    assertEquals(await listener.shutdown({ timeout: 1 }), 3);
    assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
  });
}

for (
  const [name, header] of Object.entries({
    "LOCAL": () => ownHeader(),
    "its own address": (own: Deno.NetAddr) => headerOf(own, 1),
  })
) {
  Deno.test(`a proxy may reset its own connection, by ${name}, without an error`, async () => {
    const listener = listenTcp("127.0.0.1:0", FROM_HERE);
    const proxies: (Deno.NetAddr | undefined)[] = [];
    const errors: unknown[] = [];
    const serving = listener.serve(async (conn) => {
      proxies.push(conn.proxyAddr);
      await conn.readLine(HANGS);
    }, { onError: (error) => errors.push(error) });
    const { port } = listener.addr;
    const socket = connect({ host: "127.0.0.1", port }, () => {
      socket.write(header(addr("127.0.0.1", socket.localPort ?? 0)));
    });
    await until(() => proxies.length === 1);
    socket.resetAndDestroy();
    await until(() => listener.connectionCount === 0);
    listener.close();
    await serving;

    assertEquals([proxies, errors], [[undefined], []]);
  });
}

Deno.test("a client that is reset behind a proxy is an error", async () => {
  const listener = listenTcp("127.0.0.1:0", FROM_HERE);
  const errors: unknown[] = [];
  const serving = listener.serve(async (conn) => {
    assertEquals(conn.remoteAddr, CLIENT);
    await conn.readLine(HANGS);
  }, { onError: (error) => errors.push(error) });
  const { port } = listener.addr;
  const socket = connect({ host: "127.0.0.1", port }, () => {
    socket.write(headerOf());
  });
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 1);
  socket.resetAndDestroy();
  await until(() => listener.connectionCount === 0);
  listener.close();
  await serving;

  assertEquals(errors.length, 1);
  assertInstanceOf(errors[0], Deno.errors.ConnectionReset);
});

Deno.test("limits per address count clients, not their proxy", async () => {
  using listener = listenTcp("127.0.0.1:0", {
    ...FROM_HERE,
    maxConnectionsPerIp: 1,
  });
  const other = addr("2001:db8:1:2::1", 1);
  using first = await dialAsProxy(listener.addr, headerOf());
  using conn = await listener.accept(HANGS);
  using tooMany = await dialAsProxy(
    listener.addr,
    headerOf(addr(CLIENT.hostname, 2)),
  );
  const accepting = listener.accept(HANGS);
  assert(await isEnded(tooMany));
  using second = await dialAsProxy(listener.addr, headerOf(other));
  using neighbour = await accepting;

  assertEquals(neighbour.remoteAddr, other);
  assertEquals([listener.droppedCount, listener.errorCount], [1, 0]);
  assertEquals(listener.connectionCountOf(CLIENT.hostname), 1);
  assertEquals(listener.connectionCountOf("2001:db8:1:2::ffff"), 1);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 0);
  conn.close();
  first.close();
  await until(() => listener.connectionCountOf(CLIENT.hostname) === 0);
  using again = await dialAsProxy(listener.addr, headerOf());
  using next = await listener.accept(HANGS);

  assertEquals(next.remoteAddr, CLIENT);
  assertEquals(second.state, again.state);
});

Deno.test("a client that is a proxy's address counts as every client", async () => {
  using listener = listenTcp("127.0.0.1:0", {
    ...FROM_HERE,
    maxConnectionsPerIp: 1,
  });
  using _first = await dialAsProxy(
    listener.addr,
    headerOf(addr("127.0.0.1", 9)),
  );
  using conn = await listener.accept(HANGS);
  assertEquals(conn.remoteAddr, addr("127.0.0.1", 9));
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
  using second = await dialAsProxy(
    listener.addr,
    headerOf(addr("127.0.0.1", 9)),
  );
  const accepting = listener.accept({ timeout: 20 });

  assert(await isEnded(second));
  assertTimeout(await errorOf(accepting));
  assertEquals(listener.droppedCount, 1);
  // The end of the proxy's own connection changes nothing for the client.
  using own = await dialAsProxy(listener.addr, ownHeader());
  using ownConn = await listener.accept(HANGS);
  own.close();
  ownConn.close();
  await until(() => listener.connectionCount === 1);
  assertEquals(listener.connectionCountOf("127.0.0.1"), 1);
});

Deno.test("maxConnections counts connections whose header has not come", async () => {
  await using served = serveLines({ maxConnections: 1 });
  const { listener } = served;
  using silent = await dialAsProxy(listener.addr);
  await until(() => listener.acceptedCount === 1);
  using tooMany = await dialAsProxy(listener.addr, headerOf());
  assert(await isEnded(tooMany));
  assertEquals(listener.droppedCount, 1);
  silent.close();
  await until(() => listener.connectionCount === 0);
});

Deno.test("silent proxies hold nobody up, and are cut at the header's limit", async () => {
  await using served = serveLines({
    proxyProtocol: { from: ["127.0.0.1"], timeout: 300 },
  });
  const { listener, errors } = served;
  const silent = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const bytes = index % 2 === 0 ? [] : [headerOf().subarray(0, index)];
      return dialAsProxy(listener.addr, ...bytes);
    }),
  );
  await until(() => listener.acceptedCount === 20);
  using proxy = await dialAsProxy(listener.addr, headerOf(), "hello\n");
  assertEquals(await proxy.readLine(HANGS), "hello");
  for (const conn of silent) assert(await isEnded(conn));
  await until(() => errors.length === 20);
  for (const error of errors) {
    assertTimeout(error);
    assertStringIncludes(
      String(error),
      ', a proxy by the option "proxyProtocol": the time limit of its PROXY header has passed',
    );
  }
  for (const conn of silent) conn.close();
});

Deno.test("closing a listener cuts the connections whose header has not come", async () => {
  const listener = listenTcp("127.0.0.1:0", FROM_HERE);
  const accepting = errorOf(listener.accept());
  using silent = await dialAsProxy(listener.addr);
  using slow = await dialAsProxy(listener.addr, headerOf().subarray(0, 27));
  await until(() => listener.acceptedCount === 2);
  await listener.close();

  assert(await isEnded(silent));
  assert(await isEnded(slow));
  assertInstanceOf(await accepting, Deno.errors.BadResource);
  assertEquals([listener.errorCount, listener.connectionCount], [0, 0]);
});

Deno.test("a call that gives up leaves the header's connection to the next", async () => {
  using listener = listenTcp("127.0.0.1:0", FROM_HERE);
  const accepting = errorOf(listener.accept({ timeout: 20 }));
  using proxy = await dialAsProxy(listener.addr, headerOf().subarray(0, 9));
  assertTimeout(await accepting);
  await proxy.write(headerOf().subarray(9));
  using conn = await listener.accept(HANGS);

  assertEquals(conn.remoteAddr, CLIENT);
});

Deno.test("TLS over a connection behind a proxy keeps its addresses", async () => {
  using listener = listenTcp("127.0.0.1:0", FROM_HERE);
  using plain = await dialAsProxy(listener.addr, headerOf());
  const { localAddr } = plain;
  const starting = startTls(plain, {
    serverName: "localhost",
    caCerts: [caCert],
    ...HANGS,
  });
  using accepted = await listener.accept(HANGS);
  using conn = await acceptTls(accepted, {
    cert: serverCert,
    key: serverKey,
    ...HANGS,
  });
  using client = await starting;

  assertEquals([conn.remoteAddr, conn.proxyAddr], [CLIENT, localAddr]);
  await client.writeString("hello\n");
  assertEquals(await conn.readLine(HANGS), "hello");
});

Deno.test("listenTcpShared() reads headers, on both of its back ends", async () => {
  const byNode = await listenByNode({ hostname: "127.0.0.1", port: 0 }, {});
  const listeners = [
    await listenTcpShared("127.0.0.1:0", FROM_HERE),
    new TcpListener(byNode, FROM_HERE),
  ];
  for (const listener of listeners) {
    const accepting = listener.accept(HANGS);
    using proxy = await dialAsProxy(listener.addr, headerOf(), "hello\n");
    using conn = await accepting;

    assertEquals([conn.remoteAddr, conn.proxyAddr], [CLIENT, proxy.localAddr]);
    assertEquals(await conn.readLine(HANGS), "hello");
    conn.setNoDelay(true);
    await listener.close();
  }
});

const WRONG: [option: unknown, Class: ErrorConstructor, message: string][] = [
  [
    ["127.0.0.1"],
    TypeError,
    "Cannot use proxyProtocol.from: expected a list of strings",
  ],
  [null, TypeError, "Cannot use proxyProtocol of type null"],
  ["127.0.0.1", TypeError, "Cannot use proxyProtocol of type string"],
  [{}, TypeError, "Cannot use proxyProtocol.from: expected a list of strings"],
  [{ from: "127.0.0.1" }, TypeError, "Cannot use proxyProtocol.from: expected"],
  [{ from: [] }, TypeError, "expected the address of a proxy at least"],
  [
    { from: ["::1", "proxy"] },
    SyntaxError,
    'Cannot use "proxy" in proxyProtocol.from',
  ],
  [{ from: ["unix"] }, SyntaxError, 'Cannot use "unix" in proxyProtocol.from'],
  [{ from: ["10.0.0.1/8"] }, SyntaxError, 'expected "10.0.0.0/8"'],
  [{ from: ["::1"], timeout: -1 }, RangeError, "timeout"],
  [{ from: ["::1"], timeout: "3" }, TypeError, "timeout"],
];

for (const [option, Class, message] of WRONG) {
  Deno.test(`listenTcp() refuses proxyProtocol ${JSON.stringify(option)}`, () => {
    const options = { proxyProtocol: option } as typeof FROM_HERE;
    const error = assertThrows(() => listenTcp("127.0.0.1:0", options), Class);

    assertStringIncludes(error.message, message);
  });
}
