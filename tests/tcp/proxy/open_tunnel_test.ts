import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { type AddressInfo, createServer } from "node:net";
import { dialTcp, type DialTcpOptions } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { ProxyError } from "../../../tcp/proxy/proxy_error.ts";
import { readAll } from "../../../tcp/read_all.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { pattern } from "../support/_bytes.ts";
import {
  assertNoSockets,
  httpTalk,
  type ProxyPeer,
  setEnvironment,
  socks5Talk,
  type Talk,
  TestProxy,
  type TunnelTalk,
} from "./support/_test_proxy.ts";

const TALKS = { http: httpTalk, https: httpTalk, socks5: socks5Talk };
type Scheme = keyof typeof TALKS;
const PLAIN = ["http", "socks5"] as const;
const CERTIFICATE = { cert: serverCert, key: serverKey };
const ANYWHERE = "target.test:80";

function openProxy(scheme: Scheme, options: TunnelTalk = {}): TestProxy {
  return new TestProxy(TALKS[scheme](options), scheme === "https");
}

/** Sends back what comes, and ends when the peer does. */
function echo(conn: TcpConn): Promise<void> {
  return conn.readable.pipeTo(conn.writable);
}

function dial(proxy: string, options: DialTcpOptions = {}): Promise<TcpConn> {
  return dialTcp(ANYWHERE, { ...options, proxy });
}

/** Closes connections, and waits until their sockets are freed. */
async function end(...conns: (TcpConn | TlsConn)[]): Promise<void> {
  for (const conn of conns) conn.close();
  await Promise.all(conns.map((conn) => conn.closed));
}

/** Fails to dial, and checks that the sockets are gone at once. */
async function failing<E extends Error>(
  proxy: TestProxy,
  scheme: string,
  Class: new (...args: never[]) => E,
  options: DialTcpOptions & { caCerts?: string[] } = {},
): Promise<E> {
  const all = { ...options, proxy: proxy.url(scheme, "me:secret") };
  const dialling = scheme === "https" || options.caCerts !== undefined
    ? dialTls(ANYWHERE, all)
    : dialTcp(ANYWHERE, all);
  const error = await assertRejects(() => dialling, Class as new () => E);
  assertEquals(Deno.inspect(error).includes("secret"), false);
  await assertNoSockets(proxy.port);
  return error;
}

for (const scheme of PLAIN) {
  for (const credentials of ["", "me:s%3Acret"]) {
    Deno.test(`dialTcp() goes through a ${scheme} proxy, ${credentials ? "with" : "without"} credentials`, async () => {
      using listener = listenTcp("127.0.0.1:0");
      const serving = listener.serve(echo);
      const asked: string[] = [];
      await using proxy = openProxy(scheme, {
        asked,
        to: listener.addr,
        ...(credentials && { credentials: "me:s:cret" }),
      });
      using conn = await dial(proxy.url(scheme, credentials));
      assertEquals(conn.remoteAddr.port, proxy.port);
      assertEquals(asked, [ANYWHERE]);

      const data = pattern(60_000);
      const reading = readAll(conn);
      await conn.write(data);
      await conn.closeWrite();
      assertEquals(await reading, data);
      await conn.closed;
      await listener.shutdown();
      await serving;
      assertEquals(proxy.errors, []);
    });
  }

  Deno.test(`Bytes behind the answer of a ${scheme} proxy are read first`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const accepting = listener.accept();
    await using proxy = openProxy(scheme, {
      to: listener.addr,
      prefix: "220 ready\r\nmo",
    });
    using conn = await dial(proxy.url(scheme));
    using server = await accepting;
    await server.writeString("re\n");
    const byte = new Uint8Array(1);
    assertEquals(await conn.read(byte), 1);
    assertEquals(byte[0], 0x32);
    assertEquals(await conn.readLine(), "20 ready");
    assertEquals(await conn.readLine(), "more");
    await end(conn, server);
  });

  Deno.test(`dialTls() speaks with the target through a ${scheme} proxy`, async () => {
    using listener = listenTls("127.0.0.1:0", CERTIFICATE);
    const accepting = listener.accept();
    const asked: string[] = [];
    await using proxy = openProxy(scheme, { asked, to: listener.addr });
    using conn = await dialTls("localhost:443", {
      proxy: proxy.url(scheme),
      caCerts: [caCert],
      keepAlive: true,
    });
    using server = await accepting;
    assertEquals(asked, ["localhost:443"]);
    assertEquals(server.serverName, "localhost");
    await conn.writeString("hello\n");
    assertEquals(await server.readLine(), "hello");
    await end(conn, server);
  });

  Deno.test(`The certificate has to be for the target, not for a ${scheme} proxy`, async () => {
    using listener = listenTls("127.0.0.1:0", CERTIFICATE);
    const accepting = assertRejects(() => listener.accept());
    await using proxy = openProxy(scheme, { to: listener.addr });
    const error = await assertRejects(
      () =>
        dialTls("other.test:443", {
          proxy: proxy.url(scheme),
          caCerts: [caCert],
        }),
      Deno.errors.InvalidData,
    );
    assert(error.message.startsWith("Cannot dial other.test:443: "));
    await listener.shutdown();
    await accepting;
  });

  Deno.test(`Socket options act on the connection to a ${scheme} proxy`, async () => {
    using listener = listenTcp("127.0.0.1:0");
    const accepting = listener.accept();
    const from = Promise.withResolvers<Deno.NetAddr>();
    const talk = TALKS[scheme]({ to: listener.addr });
    await using proxy = new TestProxy((peer) => {
      from.resolve(peer.conn.remoteAddr as Deno.NetAddr);
      return talk(peer);
    });
    using conn = await dial(proxy.url(scheme), {
      localAddress: "127.0.0.2",
      keepAlive: { delay: 30_000 },
      network: "tcp4",
    });
    using server = await accepting;
    assertEquals(conn.localAddr.hostname, "127.0.0.2");
    assertEquals((await from.promise).hostname, "127.0.0.2");
    conn.setKeepAlive({ delay: 60_000 });
    conn.setNoDelay(false);
    conn.unref();
    conn.ref();
    await end(conn, server);
  });

  Deno.test(`dialTcp() names a ${scheme} proxy that can't be reached`, async () => {
    const port = unusedPort();
    const error = await assertRejects(
      () => dial(`${scheme}://me:secret@127.0.0.1:${port}`),
      Deno.errors.ConnectionRefused,
      `Cannot dial ${ANYWHERE} through the proxy 127.0.0.1:${port}: `,
    );
    assertEquals(
      [Reflect.get(error, "operation"), Reflect.get(error, "address")],
      ["dial", `127.0.0.1:${port}`],
    );
    assertEquals(Deno.inspect(error).includes("secret"), false);
  });
}

for (const inner of ["dialTcp", "dialTls"] as const) {
  Deno.test(`${inner}() goes through an https: proxy`, async () => {
    using listener = inner === "dialTls"
      ? listenTls("127.0.0.1:0", CERTIFICATE)
      : listenTcp("127.0.0.1:0");
    const accepting = listener.accept();
    await using proxy = openProxy("https", {
      to: listener.addr,
      credentials: "me:secret",
      prefix: inner === "dialTls" ? "" : "hi ",
    });
    const options = {
      proxy: proxy.url("https", "me:secret"),
      caCerts: [caCert],
    };
    using conn = inner === "dialTls"
      ? await dialTls("localhost:443", options)
      : await dialTcp(ANYWHERE, options);
    using server = await accepting;
    await server.writeString("hello\n");
    const greeting = inner === "dialTls" ? "hello" : "hi hello";
    assertEquals(await conn.readLine(), greeting);
    const data = pattern(200_000);
    const reading = readAll(server);
    await conn.write(data);
    await conn.closeWrite();
    assertEquals(await reading, data);
    await server.closeWrite();
    assertEquals(await readAll(conn), new Uint8Array(0));
    assertEquals(proxy.errors, []);
    await end(conn, server);
  });
}

Deno.test("The certificate of an https: proxy is verified", async () => {
  await using proxy = openProxy("https");
  const error = await failing(proxy, "https", Deno.errors.InvalidData);
  const start = `Cannot dial ${ANYWHERE} through the proxy localhost:`;
  assert(error.message.startsWith(start), error.message);

  await using plain = new TestProxy(saying("HTTP/1.1 400 No\r\n\r\n"));
  await failing(plain, "https", Deno.errors.InvalidData);
});

/** A proxy that sends these bytes for a greeting, and reads on. */
function saying(...parts: (string | number[])[]): Talk {
  return async (peer) => {
    await peer.send(...parts);
    await peer.ended();
  };
}

/** A proxy that sends these bytes and ends. */
function cutting(...parts: (string | number[])[]): Talk {
  return async (peer) => {
    await peer.send(...parts);
    await peer.conn.closeWrite();
    await peer.ended();
  };
}

Deno.test("A proxy that refuses is a ProxyError with its status or reply", async () => {
  await using http = new TestProxy(saying("HTTP/1.1 403 No\r\n\r\nwhy"));
  const refused = await failing(http, "http", ProxyError);
  assertEquals(
    refused.message,
    `Cannot dial ${ANYWHERE}: the proxy ${http.name} answered 403`,
  );
  const { name, proxy, status, reply, code } = refused;
  assertEquals(
    [name, proxy, status, reply, code],
    ["ProxyError", http.name, 403, undefined, undefined],
  );

  await using credentials = openProxy("http", { credentials: "me:other" });
  assertEquals((await failing(credentials, "http", ProxyError)).status, 407);
  await using password = openProxy("socks5", { credentials: "me:other" });
  const wrong = await failing(password, "socks5", ProxyError);
  assert(wrong.message.endsWith("refused the user name or password"));

  const codes = ["ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED"];
  for (let number = 1; number <= 9; number++) {
    await using socks = new TestProxy(saying([5, 0, 5, number]));
    const error = await failing(socks, "socks5", ProxyError);
    assertEquals(
      [error.proxy, error.status, error.reply, error.code],
      [socks.name, undefined, number, codes[number - 3]],
    );
  }
});

Deno.test("A proxy that ends within its answer is a ProxyError", async () => {
  const answers = {
    http: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
    socks5: String.fromCharCode(5, 0, 5, 0, 0, 3, 1, 97, 0, 80),
  };
  for (const scheme of PLAIN) {
    const answer = answers[scheme];
    for (let length = 0; length < answer.length; length++) {
      await using proxy = new TestProxy(cutting(answer.slice(0, length)));
      const error = await assertRejects(
        () => dial(proxy.url(scheme)),
        ProxyError,
        "ended the connection in the handshake",
      );
      assertEquals(error.proxy, proxy.name);
    }
  }
});

Deno.test("A proxy that breaks its protocol is a ProxyError", async () => {
  for (
    const [scheme, bytes] of [["http", "\x05\x00"], ["socks5", "HTTP/1.1"]]
  ) {
    await using proxy = new TestProxy(saying(bytes));
    const error = await failing(proxy, scheme, ProxyError);
    assertEquals([error.status, error.reply], [undefined, undefined]);
  }
});

Deno.test("A proxy that resets the connection is named in the system's error", async () => {
  // Deno's own connections do not reset.
  const server = createServer((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const scheme of PLAIN) {
    const error = await assertRejects(
      () => dial(`${scheme}://${name}`),
      Deno.errors.ConnectionReset,
      `Cannot dial ${ANYWHERE} through the proxy ${name}: `,
    );
    assertEquals(Reflect.get(error, "address"), name);
  }
  await new Promise((done) => server.close(done));
});

Deno.test("A proxy may send its answer byte by byte", async () => {
  using listener = listenTcp("127.0.0.1:0");
  for (const scheme of PLAIN) {
    const accepting = listener.accept();
    await using proxy = new TestProxy(async (peer) => {
      const send = peer.send.bind(peer);
      peer.send = async (...parts) => {
        for (const part of parts.flatMap((part) => [...part])) {
          await send(typeof part === "string" ? part : [part]);
          await delay(0);
        }
      };
      await TALKS[scheme]({ to: listener.addr })(peer);
    });
    using conn = await dial(proxy.url(scheme));
    using server = await accepting;
    await server.writeString("hello\n");
    assertEquals(await conn.readLine(), "hello");
    await end(conn, server);
  }
});

/** Where a proxy falls silent: after so many of its answers. */
const SILENCES: readonly (readonly [string, string, number[]])[] = [
  ["before its answer", "http", []],
  ["within its answer", "http", [0x48, 0x54]],
  ["before TLS", "https", []],
  ["before its method", "socks5", []],
  ["before its verdict", "socks5", [5, 2]],
  ["before its reply", "socks5", [5, 0]],
  ["within its reply", "socks5", [5, 0, 5, 0, 0, 1, 127]],
];

for (const [stage, scheme, bytes] of SILENCES) {
  Deno.test(`An abort and a limit end a dial through a ${scheme} proxy that is silent ${stage}`, async () => {
    const peers: ProxyPeer[] = [];
    const begun: PromiseWithResolvers<void>[] = [];
    await using proxy = new TestProxy(async (peer) => {
      peers.push(peer);
      await peer.take(3);
      await peer.send(bytes);
      // With an answer under way, the client sends what comes next.
      begun[peers.length - 1].resolve();
      await peer.ended();
    });
    begun.push(Promise.withResolvers());
    const reason = new RangeError("Stopped by the test");
    const stop = new AbortController();
    const aborted = failing(proxy, scheme, RangeError, {
      signal: stop.signal,
    });
    await begun[0].promise;
    stop.abort(reason);
    assertEquals(await aborted, reason);

    begun.push(Promise.withResolvers());
    const error = await failing(proxy, scheme, DOMException, { timeout: 50 });
    assertEquals(error.name, "TimeoutError");
    await begun[1].promise;
    assertEquals(proxy.errors, []);
  });
}

for (
  const [stage, isTls, length] of [
    ["CONNECT over TLS", true, 0],
    ["TLS of the target", false, 1],
  ] as const
) {
  Deno.test(`An abort ends a dial in a silent ${stage}`, async () => {
    const stop = new AbortController();
    const reason = new RangeError("Stopped by the test");
    await using proxy = new TestProxy(async (peer) => {
      await peer.takeHead();
      if (!isTls) await peer.send("HTTP/1.1 200 OK\r\n\r\n");
      await peer.take(length);
      stop.abort(reason);
      await peer.ended();
    }, isTls);
    const error = await failing(
      proxy,
      isTls ? "https" : "http",
      RangeError,
      { signal: stop.signal, caCerts: [caCert] },
    );
    assertEquals(error, reason);
  });
}

Deno.test("A dial whose signal has aborted reaches no proxy", async () => {
  await using proxy = openProxy("socks5");
  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  assertEquals(
    await failing(proxy, "socks5", RangeError, { signal }),
    reason,
  );
});

const ENVIRONMENT: Omit<Deno.TestDefinition, "name" | "fn"> = {
  ignore: Deno.permissions.querySync({ name: "env" }).state !== "granted",
};

Deno.test(
  "dialTcp() by the environment takes a proxy for others than this machine",
  ENVIRONMENT,
  async () => {
    using listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(echo);
    const asked: string[] = [];
    await using proxy = openProxy("socks5", { asked, to: listener.addr });
    using _environment = setEnvironment({
      ALL_PROXY: proxy.url("socks5"),
      NO_PROXY: "192.0.2.0/24",
    });
    using conn = await dialTcp(ANYWHERE, { proxy: "environment" });
    assertEquals(conn.remoteAddr.port, proxy.port);
    using own = await dialTcp(listener.addr, { proxy: "environment" });
    assertEquals(own.remoteAddr, listener.addr);
    assertEquals(asked, [ANYWHERE]);
    conn.close();
    own.close();
    await listener.shutdown();
    await serving;
  },
);

Deno.test(
  "dialTls() by the environment takes HTTPS_PROXY",
  ENVIRONMENT,
  async () => {
    using listener = listenTls("127.0.0.1:0", CERTIFICATE);
    const accepting = listener.accept();
    const asked: string[] = [];
    await using proxy = openProxy("http", { asked, to: listener.addr });
    using _environment = setEnvironment({
      HTTPS_PROXY: `127.0.0.1:${proxy.port}`,
      ALL_PROXY: "http://unused.test",
    });
    using conn = await dialTls("target.test:443", {
      proxy: "environment",
      serverName: "localhost",
      caCerts: [caCert],
    });
    using server = await accepting;
    assertEquals(asked, ["target.test:443"]);
    await end(conn, server);
  },
);

Deno.test("dialTcp() refuses proxies and targets that can never work", async () => {
  for (const proxy of [1, null, {}, true]) {
    await assertRejects(
      () => dialTcp(ANYWHERE, { proxy } as DialTcpOptions),
      TypeError,
      "Cannot use proxy of type ",
    );
  }
  for (const proxy of ["", "proxy:3128", "socks4://p", "ftp://p"]) {
    await assertRejects(
      () => dialTcp(ANYWHERE, { proxy } as DialTcpOptions),
      SyntaxError,
      "Cannot use proxy: ",
    );
  }
  for (const hostname of ["a\r\nX: y", "b\u00fccher.test", "fe80::1%1"]) {
    await assertRejects(
      () => dialTcp({ hostname, port: 80 }, { proxy: "http://127.0.0.1:9" }),
      SyntaxError,
      "expected a host name in ASCII",
    );
  }
});

function unusedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
