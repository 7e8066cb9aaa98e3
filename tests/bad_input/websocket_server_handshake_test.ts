import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { KEY, requestHead } from "../conformance/_ends.ts";
import {
  CLOSE,
  closeBytes,
  encode,
  RawPeer,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";
import { newServer } from "../../websocket/callbacks/server.ts";
import { BLOCKING } from "../tcp/support/_bytes.ts";
import { until } from "../tcp/support/_outcomes.ts";
import { testAttack } from "./_attack.ts";

/** A server that echoes, and a good client that it has to go on serving. */
interface Server extends AsyncDisposable {
  readonly listener: TcpListener;
  /** Opens a connection that will misbehave. */
  dial(): Promise<RawPeer>;
}

async function serve(options: AcceptWebSocketOptions = {}): Promise<Server> {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, options);
    for await (const message of socket) await socket.write(message);
  }, { onError: () => {} });
  const { port } = listener.addr;
  const other = await dialWebSocket(`ws://127.0.0.1:${port}/`);
  return {
    listener,
    async dial() {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      return new RawPeer(conn, "client");
    },
    async [Symbol.asyncDispose]() {
      await other.write("still served");
      assertEquals(await other.read({ timeout: 60_000 }), "still served");
      await other.close();
      await listener.shutdown({ timeout: 5000 });
      await serving;
      assertEquals(listener.activeConnections.size, 0);
    },
  };
}

/** What the server answers to bytes, up to the end of the connection. */
async function answer(
  server: Server,
  request: string,
  chop?: number,
): Promise<string> {
  using peer = await server.dial();
  const sending = peer.send(toBytes(request), chop);
  const text = await peer.receiveAll();
  peer.close();
  await sending;
  return text;
}

function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 0);
}

const GOOD = requestHead();
const COMMAS = " ,".repeat(32 * 1024);

/** What is sent, and the statuses that are right; 0 is a close without one. */
const ROWS: ReadonlyArray<
  readonly [name: string, request: string, statuses: readonly number[]]
> = [
  [
    "Connection of 64 KiB of blanks and commas",
    GOOD.replace("Connection: Upgrade", `Connection: ${COMMAS}`),
    [400, 431],
  ],
  [
    "Connection of 15 KB of blanks and commas",
    GOOD.replace(
      "Connection: Upgrade",
      `Connection: ${COMMAS.slice(0, 15_000)}`,
    ),
    [400],
  ],
  [
    "Upgrade of 15 KB of blanks and commas",
    GOOD.replace(": websocket", `: ${COMMAS.slice(0, 15_000)}`),
    [400],
  ],
  [
    "a subprotocol, 32,000 blanks and another",
    requestHead(`Sec-WebSocket-Protocol: b${" ".repeat(32_000)}x\r\n`),
    [400, 431],
  ],
  [
    "a subprotocol, 15,000 blanks and another",
    requestHead(`Sec-WebSocket-Protocol: b${" ".repeat(15_000)}x\r\n`),
    [400],
  ],
  ["500 header fields", requestHead("A: b\r\n".repeat(500)), [431]],
  ["2,001 header fields", requestHead("A: b\r\n".repeat(2001)), [431]],
  [
    "one header field of 1 MiB",
    requestHead(`A: ${"b".repeat(2 ** 20)}\r\n`),
    [431],
  ],
  ["a plain GET", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", [426]],
  ["no Connection", GOOD.replace(/Connection.*\r\n/, ""), [400]],
  ["no Upgrade", GOOD.replace(/Upgrade: .*\r\n/, ""), [426]],
  ["no version", GOOD.replace(/Sec-WebSocket-Version.*\r\n/, ""), [426]],
  ["no Host", GOOD.replace(/Host.*\r\n/, ""), [400]],
  ["a key that is none", GOOD.replace(KEY, "dummy"), [400]],
  ["a key of 1 KiB", GOOD.replace(KEY, "k".repeat(1024)), [400]],
  ["two keys", requestHead(`Sec-WebSocket-Key: ${KEY}\r\n`), [400]],
  ["two versions", requestHead("Sec-WebSocket-Version: 8\r\n"), [426]],
  ["two hosts", requestHead("Host: localhost\r\n"), [400]],
  ["a body", requestHead("Content-Length: 5\r\n"), [400]],
  ["a chunked body", requestHead("Transfer-Encoding: chunked\r\n"), [400]],
  ["a folded field", requestHead("A: b\r\n c\r\n"), [400]],
  ["a blank before a colon", requestHead("A : b\r\n"), [400]],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]],
  ["no key", GOOD.replace(/Sec-WebSocket-Key.*\r\n/, ""), [400]],
  ["Upgrade: h2c", GOOD.replace(": websocket", ": h2c"), [426]],
  ["POST", GOOD.replace("GET", "POST"), [400]],
  ["version 8", GOOD.replace("Version: 13", "Version: 8"), [426]],
  ["HTTP/1.0", GOOD.replace("HTTP/1.1", "HTTP/1.0"), [400]],
  ["a strange origin", requestHead("Origin: https://evil.example\r\n"), [403]],
  [
    "the hello of TLS",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0".repeat(200),
    [400, 0],
  ],
  ["a NUL", "\0", [400, 0]],
  ["a lone line feed", GOOD.replaceAll("\r\n", "\n"), [400]],
  [
    "a path of 64 KiB",
    GOOD.replace("/path", `/${"p".repeat(65536)}`),
    [400, 431],
  ],
];

for (const [name, request, statuses] of ROWS) {
  testAttack(`a WebSocket server survives ${name}`, async () => {
    await using server = await serve();
    const text = await answer(server, request);

    assert(statuses.includes(statusOf(text)), text.slice(0, 200));
    assert(statusOf(text) === 0 || text.includes("\r\n\r\n"), text);
  });
}

testAttack(
  "a WebSocket server survives a header field of 1 MiB in bytes, in linear time",
  async () => {
    await using server = await serve();
    // 16 KiB of it are read, byte by byte, and then it is over.
    const text = await answer(
      server,
      requestHead(`A: ${"b".repeat(20_000)}\r\n`),
      1,
    );

    assertEquals(statusOf(text), 431);
  },
);

testAttack(
  "a WebSocket server reads no more than 16 KiB of a head of 1 MiB in bytes",
  async () => {
    let bytesRead = 0;
    const listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      try {
        await acceptWebSocket(conn);
      } finally {
        bytesRead = conn.bytesRead;
      }
    });
    const { port } = listener.addr;
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    using peer = new RawPeer(conn, "client");
    const head = requestHead(`A: ${"b".repeat(2 ** 20)}\r\n`);
    // What is read together is one read: the rest of it stays unlooked at.
    const sending = peer.send(toBytes(head), 7);
    assertEquals(statusOf(await peer.receiveAll()), 431);
    await sending;
    peer.close();
    await listener.shutdown({ timeout: 5000 });
    await serving;
    // It is refused at 16 KiB; what comes while it reads the answer is dropped.
    assert(bytesRead > 16_384, `${bytesRead} bytes read`);
  },
);

testAttack(
  "a WebSocket server closes silent and slow clients at the handshake limit",
  async () => {
    await using server = await serve({ handshakeTimeout: 60 });
    using silent = await server.dial();
    using slow = await server.dial();
    const dripping = (async () => {
      for (const byte of toBytes(GOOD)) {
        await slow.send(Uint8Array.of(byte));
        await delay(2);
      }
    })();

    assertEquals(await silent.receiveAll(), "");
    assertEquals(await slow.receiveAll(), "");
    await dripping;
  },
);

testAttack(
  "a WebSocket server treats __proto__ and constructor as plain names",
  async () => {
    await using server = await serve({ protocols: ["constructor", "x"] });
    using peer = await server.dial();
    await peer.send(toBytes(
      requestHead(
        "__proto__: a\r\nconstructor: b\r\nhasOwnProperty: c\r\n" +
          "Sec-WebSocket-Protocol: __proto__, constructor\r\n",
      ).replace("/path", "/__proto__?constructor"),
    ));

    const head = await peer.receiveHead();
    assertEquals(statusOf(head), 101);
    assert(/^sec-websocket-protocol: constructor$/im.test(head));
  },
);

testAttack(
  "a WebSocket server survives clients that leave right after the upgrade",
  async () => {
    await using server = await serve();
    for (let index = 0; index < 20; index++) {
      const peer = await server.dial();
      await peer.send(toBytes(GOOD));
      await peer.sendFrame(TEXT, "x".repeat(100_000));
      if (index % 2 === 0) await peer.receiveHead();
      peer.close();
    }
  },
);

testAttack(
  "a server of V's sends in its callbacks to clients that are gone, and goes on",
  async () => {
    const server = newServer(0, "", { hostname: "127.0.0.1" });
    const errors: unknown[] = [];
    let attached = 0;
    server.onAttached(async ({ client }) => {
      attached++;
      for (let count = 0; count < 50; count++) {
        await client.writeString("hello ".repeat(1000));
      }
    });
    server.onMessage((client, message) => client.writeString(message.text()));
    server.onError((_client, error) => errors.push(error));
    const listening = Promise.withResolvers<Deno.NetAddr>();
    const serving = server.listen({ onListen: listening.resolve });
    const { port } = await listening.promise;
    for (let index = 0; index < 30; index++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      const peer = new RawPeer(conn, "client");
      await peer.send(toBytes(GOOD));
      // Gone before, during and after the answer.
      if (index % 3 > 0) await peer.receiveHead();
      if (index % 3 > 1) await peer.receive();
      peer.close();
    }
    const other = await dialWebSocket(`ws://127.0.0.1:${port}/`);
    await other.write("still served");
    let answer = await other.read({ timeout: 60_000 });
    while (typeof answer === "string" && answer.startsWith("hello ")) {
      answer = await other.read({ timeout: 60_000 });
    }
    assertEquals(answer, "still served");
    await other.close();
    await until(() => server.clients.size === 0);
    assert(attached >= 20, `${attached} attached`);
    for (const error of errors) assert(error instanceof Error);
    await server.close();
    await serving;
  },
);

testAttack("a refusal that is never read ends at its limit", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const handled = Promise.withResolvers<unknown>();
  const serving = listener.serve(async (conn) => {
    const onRequest = () =>
      new Response(new Uint8Array(BLOCKING), { status: 503 });
    await acceptWebSocket(conn, { onRequest, handshakeTimeout: 100 });
  }, { onError: handled.resolve });
  const { port } = listener.addr;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  using peer = new RawPeer(conn, "client");
  await peer.send(toBytes(GOOD));

  const timer = setTimeout(() => handled.resolve("Still waiting"), 60_000);
  const error = await handled.promise;
  clearTimeout(timer);
  assert(error instanceof Error, String(error));
  peer.close();
  await listener.shutdown({ timeout: 5000 });
  await serving;
});

testAttack(
  "a WebSocket server loses no frame that comes with the head",
  async () => {
    await using server = await serve();
    using peer = await server.dial();
    await peer.send(Uint8Array.from([
      ...toBytes(GOOD),
      ...encode({ opcode: TEXT, payload: "early" }, true),
    ]));
    await peer.receiveHead();

    assertEquals((await peer.receive())?.payload, toBytes("early"));
    await peer.sendFrame(CLOSE, closeBytes(1000));
    assertEquals((await peer.receive())?.opcode, CLOSE);
  },
);
