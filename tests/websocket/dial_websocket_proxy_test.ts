import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { ProxyError } from "../../tcp/proxy/proxy_error.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { newClient } from "../../websocket/callbacks/client.ts";
import {
  dialWebSocket,
  type DialWebSocketOptions,
} from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import { WebSocketStream } from "../../websocket/websocket_stream.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import {
  assertNoSockets,
  httpTalk,
  setEnvironment,
  socks5Talk,
  type Talk,
  TestProxy,
} from "../tcp/proxy/support/_test_proxy.ts";

const TALKS = { http: httpTalk, https: httpTalk, socks5: socks5Talk };
const SCHEMES = ["http", "https", "socks5"] as const;

for (const scheme of ["ws", "wss"] as const) {
  for (const kind of SCHEMES) {
    Deno.test(`dialWebSocket() goes through an ${kind}: proxy with credentials, by ${scheme}`, async () => {
      using listener = scheme === "ws"
        ? listenTcp("127.0.0.1:0")
        : listenTls("127.0.0.1:0", { cert: serverCert, key: serverKey });
      const { port } = listener.addr;
      const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
      const asked: string[] = [];
      const talk = TALKS[kind]({ credentials: "user:secret", asked });
      await using proxy = new TestProxy(talk, kind === "https");
      const client = await dialWebSocket(`${scheme}://127.0.0.1:${port}/`, {
        proxy: proxy.url(kind, "user:secret"),
        caCerts: [caCert],
      });
      const server = await accepting;
      await client.write("hello");
      assertEquals(await server.read(), "hello");
      await server.write(new Uint8Array(100_000));
      assertEquals((await client.read())?.length, 100_000);

      await Promise.all([client.close(), server.closed]);
      assertEquals(asked, [`127.0.0.1:${port}`]);
      assertEquals(proxy.errors, []);
    });
  }
}

Deno.test("newClient() and WebSocketStream go through a proxy, proxyUrl is the same", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn);
    await socket.closed;
  });
  const asked: string[] = [];
  await using proxy = new TestProxy(socks5Talk({ asked, to: listener.addr }));
  const url = "ws://a.test:81/";

  const client = newClient(url, { proxyUrl: proxy.url("socks5") });
  await client.connect();
  await client.close();

  const stream = new WebSocketStream(url, { proxy: proxy.url("socks5") });
  await stream.opened;
  stream.close();
  await stream.closed;

  assertEquals(asked, ["a.test:81", "a.test:81"]);
  await listener.shutdown();
  await serving;
});

Deno.test({
  name: "dialWebSocket() by the environment takes HTTPS_PROXY for wss: alone",
  ignore: Deno.permissions.querySync({ name: "env" }).state !== "granted",
  async fn() {
    const asked: string[] = [];
    const refusing = (name: string): Talk => async (peer) => {
      asked.push(`${name} ${(await peer.takeHead()).split(" ")[1]}`);
      await peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
      await peer.ended();
    };
    await using secure = new TestProxy(refusing("HTTPS_PROXY"));
    await using all = new TestProxy(refusing("ALL_PROXY"));
    using _environment = setEnvironment({
      HTTPS_PROXY: secure.url("http"),
      ALL_PROXY: all.url("http"),
      HTTP_PROXY: "http://unused.test",
    });
    for (const url of ["ws://a.test/", "wss://a.test/"]) {
      await assertRejects(
        () => dialWebSocket(url, { proxy: "environment" }),
        HandshakeError,
      );
    }
    assertEquals(asked, ["ALL_PROXY a.test:80", "HTTPS_PROXY a.test:443"]);
  },
});

Deno.test("proxy and proxyUrl together are a TypeError", async () => {
  const url = "ws://127.0.0.1:9/";
  const both = { proxy: "http://127.0.0.1:9", proxyUrl: "http://127.0.0.1:9" };
  await assertRejects(() => dialWebSocket(url, both), TypeError, "proxyUrl");
  assertThrows(() => newClient(url, both), TypeError, "proxyUrl");
  assertThrows(() => new WebSocketStream(url, both), TypeError, "proxyUrl");
});

/** Dials through a proxy for one connection, which must fail. */
async function failing<E extends Error>(
  talk: Talk,
  kind: string,
  Class: new (...args: never[]) => E,
  options: DialWebSocketOptions = {},
): Promise<E> {
  await using proxy = new TestProxy(talk, kind === "https");
  const error = await assertRejects(
    () =>
      dialWebSocket("ws://a.test/", {
        caCerts: [caCert],
        ...options,
        proxy: proxy.url(kind, "user:secret"),
      }),
    Class as new () => E,
  );
  assertEquals(Deno.inspect(error).includes("secret"), false);
  await assertNoSockets(proxy.port);
  return error;
}

for (const kind of ["http", "https"]) {
  Deno.test(`dialWebSocket() tells that an ${kind}: proxy refuses, with its body`, async () => {
    const talk = httpTalk({ credentials: "user:other" });
    const error = await failing(talk, kind, HandshakeError);
    assertEquals([error.status, error.body], [407, "never"]);
    assertEquals(error.headers.get("content-length"), "5");
    assert(/: the proxy \S+:\d+ answered 407$/.test(error.message));
    assertInstanceOf(error.cause, ProxyError);
    assertEquals(error.cause.status, 407);
  });
}

Deno.test("A limit cuts the body of a proxy's refusal short", async () => {
  const error = await failing(
    async (peer) => {
      await peer.takeHead();
      await peer.send("HTTP/1.1 403 No\r\nContent-Length: 10\r\n\r\nno");
      await peer.ended();
    },
    "http",
    HandshakeError,
    { handshakeTimeout: 300 },
  );
  assertEquals([error.status, error.body], [403, "no"]);
});

Deno.test("dialWebSocket() tells what SOCKS5 proxies refuse, and broken answers", async () => {
  const refusing: Talk = async (peer) => {
    await peer.send([5, 0, 5, 2]);
    await peer.ended();
  };
  assertEquals((await failing(refusing, "socks5", ProxyError)).reply, 2);
  for (const kind of SCHEMES) {
    const broken: Talk = async (peer) => {
      await peer.send("220 ready\r\n");
      await peer.ended();
    };
    const error = await failing(broken, kind, ProxyError);
    assertEquals([error.status, error.reply], [undefined, undefined]);
  }
});

Deno.test("dialWebSocket() stops at a proxy that does not answer", async () => {
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  const silent: Talk = async (peer) => {
    await peer.takeHead();
    controller.abort(reason);
    await peer.ended();
  };
  const { signal } = controller;
  assertEquals(await failing(silent, "http", RangeError, { signal }), reason);
});

Deno.test("The certificate of a wss: server is checked behind a proxy", async () => {
  using listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const accepting = assertRejects(() => listener.accept());
  await using proxy = new TestProxy(httpTalk({ to: listener.addr }));
  const error = await assertRejects(
    () =>
      dialWebSocket("wss://other.test/", {
        proxy: proxy.url("http"),
        caCerts: [caCert],
      }),
    Deno.errors.InvalidData,
  );
  assert(error.message.startsWith("Cannot dial other.test:443: "));
  await listener.shutdown();
  await accepting;
});
