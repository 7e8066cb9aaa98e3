import { assert, assertEquals, assertRejects } from "@std/assert";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import {
  dialWebSocket,
  type DialWebSocketOptions,
} from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { responseHead } from "../conformance/_ends.ts";
import { RawPeer, toBytes } from "../conformance/_raw_peer.ts";
import { DEAD_ADDR } from "../tcp/support/_dead_addr.ts";

/** Answers one connection by hand, and tells what it was asked. */
async function withServer<T>(
  answer: (request: string, peer: RawPeer) => string | Promise<string>,
  run: (url: string) => Promise<T>,
): Promise<{ request: string; result: T }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    const peer = new RawPeer(conn, "server");
    const request = await peer.receiveHead();
    await peer.send(toBytes(await answer(request, peer)));
    await peer.receiveAll();
    return request;
  })();
  const result = await run(`ws://127.0.0.1:${listener.addr.port}/chat?x=1`);
  return { request: await serving, result };
}

/** Dials a server that answers so, and returns the error. */
async function failing(
  answer: (request: string) => string | Promise<string>,
  options: DialWebSocketOptions = {},
): Promise<HandshakeError> {
  const { result } = await withServer(
    answer,
    (url) => assertRejects(() => dialWebSocket(url, options), HandshakeError),
  );
  return result;
}

Deno.test("dialWebSocket() sends a request by the book", async () => {
  const { request, result } = await withServer(
    (request) => responseHead(request, "X-Served-By: hand\r\n"),
    async (url) => {
      const socket = await dialWebSocket(
        url.replace("ws://", "ws://user:p%40ss@"),
        { headers: { "x-mine": "1" }, protocols: ["a", "b"], deflate: true },
      );
      socket.terminate();
      return socket;
    },
  );
  const lines = request.toLowerCase().split("\r\n");

  assert(request.startsWith("GET /chat?x=1 HTTP/1.1\r\n"));
  for (
    const line of [
      "upgrade: websocket",
      "connection: upgrade",
      "sec-websocket-version: 13",
      "sec-websocket-protocol: a, b",
      "x-mine: 1",
      `authorization: basic ${btoa("user:p@ss").toLowerCase()}`,
    ]
  ) assert(lines.includes(line), `${line} in ${request}`);
  assert(lines.some((it) => it.startsWith("host: 127.0.0.1:")));
  assert(lines.some((it) => it.startsWith("sec-websocket-extensions: perm")));
  assert(!result.url.includes("user"));
  assertEquals(result.protocol, "");
  assertEquals(result.headers.get("x-served-by"), "hand");
});

for (
  const [status, field] of [
    [401, "WWW-Authenticate: Basic"],
    [302, "Location: ws://127.0.0.1:1/"],
    [200, "Content-Type: text/html"],
    [426, "Sec-WebSocket-Version: 13"],
  ] as const
) {
  Deno.test(`dialWebSocket() reports a refusal with ${status}`, async () => {
    const error = await failing(() =>
      `HTTP/1.1 ${status} No\r\n${field}\r\nContent-Length: 2\r\n\r\nno`
    );
    const [name, value] = field.split(": ");

    assertEquals(error.status, status);
    assertEquals(error.headers.get(name), value);
  });
}

/** A good response, but for one thing. */
const BROKEN: Record<string, (head: string) => string> = {
  "a wrong Sec-WebSocket-Accept": (head) => head.replace(/(Accept: )./, "$1-"),
  "no Sec-WebSocket-Accept": (head) =>
    head.replace(/Sec-WebSocket-Accept.*\r\n/, ""),
  "no Upgrade": (head) => head.replace("Upgrade: websocket\r\n", ""),
  "no Connection": (head) => head.replace("Connection: Upgrade\r\n", ""),
  "HTTP/1.0": (head) => head.replace("HTTP/1.1", "HTTP/1.0"),
  "a subprotocol unasked": (head) =>
    head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
  "an extension unasked": (head) =>
    head.replace(
      "\r\n\r\n",
      "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    ),
  "bytes above 0x7f in the subprotocol": (head) =>
    head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: ÿ\r\n\r\n"),
  "bytes above 0x7f in the extensions": (head) =>
    head.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: ÿ\r\n\r\n"),
  "something else than HTTP": () => "220 mail.example ESMTP\r\n\r\n",
  "101 fields": (head) =>
    head.replace("\r\n\r\n", `\r\n${"X: y\r\n".repeat(101)}\r\n`),
};

for (const [name, change] of Object.entries(BROKEN)) {
  Deno.test(`dialWebSocket() rejects a response with ${name}`, async () => {
    await failing(async (request) => change(await responseHead(request)));
  });
}

Deno.test("dialWebSocket() gives up on endless headers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    const line = toBytes(`X: ${"y".repeat(1000)}\r\n`);
    try {
      await conn.write(toBytes("HTTP/1.1 101 Yes\r\n"));
      for (;;) await conn.write(line);
    } catch {
      // Closed, as it should be.
    }
  })();

  await assertRejects(
    () => dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`),
    HandshakeError,
  );
  await serving;
});

for (
  const [name, option] of [
    ["handshakeTimeout", () => ({ handshakeTimeout: 20 })],
    ["timeout", () => ({ timeout: 20 })],
    ["a deadline", () => ({ deadline: new Date(Date.now() + 50) })],
  ] as const
) {
  Deno.test(`dialWebSocket() ends at ${name} when no reply comes`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const error = await assertRejects(
      () => dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`, option()),
      DOMException,
    );

    assertEquals(error.name, "TimeoutError");
    const peer = new RawPeer(await accepting, "server");
    await peer.receiveAll();
    peer.close();
  });
}

Deno.test("dialWebSocket() rejects a server that ends before it answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = await listener.accept();
    await new RawPeer(conn, "server").receiveHead();
    conn.close();
  })();

  await assertRejects(
    () => dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`),
    Deno.errors.UnexpectedEof,
  );
  await serving;
});

Deno.test("dialWebSocket() rejects with the reason of its signal at each stage", async () => {
  const reason = new RangeError("Stopped by the test");
  await assertRejects(
    () =>
      dialWebSocket("ws://127.0.0.1:9", { signal: AbortSignal.abort(reason) }),
    RangeError,
  );

  // While it connects.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  const connecting = new AbortController();
  const dialling = assertRejects(
    () => dialWebSocket(url, { signal: connecting.signal }),
    RangeError,
  );
  connecting.abort(reason);
  assertEquals(await dialling, reason);

  // While it waits for the response, some of which has come.
  using own = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const waiting = new AbortController();
  const second = assertRejects(
    () =>
      dialWebSocket(`ws://127.0.0.1:${own.addr.port}/`, {
        signal: waiting.signal,
      }),
    RangeError,
  );
  using peer = new RawPeer(await own.accept(), "server");
  await peer.receiveHead();
  await peer.send(toBytes("HTTP/1.1 101"));
  waiting.abort(reason);
  assertEquals(await second, reason);
  assertEquals(await peer.receive(), undefined);
});

Deno.test("dialWebSocket() rejects wrong arguments before it dials", async () => {
  const url = "ws://127.0.0.1:9/";
  for (const wrong of ["ftp://x/", "ws://x/#y", "nonsense", ""]) {
    await assertRejects(() => dialWebSocket(wrong), SyntaxError);
  }
  await assertRejects(
    () => dialWebSocket(url, { protocols: ["a b"] }),
    SyntaxError,
  );
  await assertRejects(
    () => dialWebSocket(url, { headers: { "upgrade": "h2c" } }),
    TypeError,
  );
  for (
    const options of [
      { maxMessageSize: -1 },
      { maxFragments: -1 },
      { maxBufferedBytes: NaN },
      { pingInterval: -1 },
      { pongTimeout: NaN },
      { closeTimeout: -1 },
      { handshakeTimeout: -1 },
      { timeout: NaN },
      { deflate: { level: 10 } },
    ]
  ) await assertRejects(() => dialWebSocket(url, options), RangeError);
});

Deno.test("dialWebSocket() reports that nobody listens", async () => {
  await assertRejects(
    () => dialWebSocket(`ws://127.0.0.1:${DEAD_ADDR.port}/`),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("dialWebSocket() speaks TLS and trusts caCerts", async () => {
  using listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
  });
  const url = `wss://127.0.0.1:${listener.addr.port}/`;
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  await assertRejects(
    () => dialWebSocket(url),
    Deno.errors.InvalidData,
  );

  const client = await dialWebSocket(url, {
    caCerts: [caCert],
  });
  const server = await accepting;
  const large = new Uint8Array(300_000).fill(7);
  const writing = client.write(large);
  assertEquals(await server.read(), large);
  await writing;
  await server.write("hello");
  assertEquals(await client.read(), "hello");
  const [info] = await Promise.all([client.close(), server.closed]);
  assertEquals(info.code, 1000);
});
