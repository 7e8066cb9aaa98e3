import { assertEquals, assertRejects } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { RawPeer, toBytes } from "../conformance/_raw_peer.ts";

/** A proxy for one tunnel. */
interface Proxy {
  readonly url: string;
  /** What it was asked. */
  readonly asked: Promise<string>;
  /** Resolves once the tunnel is closed. */
  readonly finished: Promise<void>;
}

/** Runs a proxy that opens the tunnel if the credentials are these. */
function runProxy(credentials: string): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked = Promise.withResolvers<string>();
  const finished = (async () => {
    const near = await listener.accept();
    listener.close();
    const peer = new RawPeer(near, "server");
    const request = await peer.receiveHead();
    asked.resolve(request);
    if (!request.includes(`Basic ${btoa(credentials)}`)) {
      await peer.send(toBytes("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"));
      await peer.receiveAll();
      peer.close();
      return;
    }
    const target = /^CONNECT (.*):(\d+) HTTP/.exec(request) ?? [];
    const far = await Deno.connect({ port: Number(target[2]) });
    await peer.send(toBytes("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.allSettled([
      near.readable.pipeTo(far.writable),
      far.readable.pipeTo(near.writable),
    ]);
  })();
  return {
    url: `http://${credentials}@127.0.0.1:${listener.addr.port}`,
    asked: asked.promise,
    finished,
  };
}

for (const scheme of ["ws", "wss"] as const) {
  Deno.test(`dialWebSocket() goes through a proxy with credentials, by ${scheme}`, async () => {
    using listener = scheme === "ws"
      ? listenTcp("127.0.0.1:0")
      : listenTls("127.0.0.1:0", {
        cert: serverCert,
        key: serverKey,
      });
    const { port } = listener.addr;
    const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
    const proxy = runProxy("user:secret");
    const client = await dialWebSocket(`${scheme}://127.0.0.1:${port}/`, {
      proxyUrl: proxy.url,
      caCerts: [caCert],
    });
    const server = await accepting;
    await client.write("hello");
    assertEquals(await server.read(), "hello");
    await server.write(new Uint8Array(100_000));
    assertEquals((await client.read())?.length, 100_000);

    await Promise.all([client.close(), server.closed]);
    await proxy.finished;
    const [line] = (await proxy.asked).split("\r\n");
    assertEquals(line, `CONNECT 127.0.0.1:${port} HTTP/1.1`);
  });
}

Deno.test("dialWebSocket() reports that a proxy refuses", async () => {
  const proxy = runProxy("user:secret");
  const error = await assertRejects(
    () =>
      dialWebSocket("ws://127.0.0.1:9/", {
        proxyUrl: proxy.url.replace("secret", "wrong"),
      }),
    HandshakeError,
  );

  assertEquals(error.status, 407);
  await proxy.finished;
});

Deno.test("dialWebSocket() stops at a proxy that does not answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  const dialling = assertRejects(
    () =>
      dialWebSocket("ws://127.0.0.1:9/", {
        proxyUrl: `http://127.0.0.1:${listener.addr.port}`,
        signal: controller.signal,
      }),
    RangeError,
  );
  using peer = new RawPeer(await accepting, "server");
  await peer.receiveHead();
  controller.abort(reason);

  assertEquals(await dialling, reason);
  assertEquals(await peer.receive(), undefined);
});

Deno.test("dialWebSocket() takes no proxy but an http: one", async () => {
  for (const proxyUrl of ["https://127.0.0.1:9", "socks5://x"]) {
    await assertRejects(
      () => dialWebSocket("ws://127.0.0.1:9/", { proxyUrl }),
      SyntaxError,
    );
  }
});
