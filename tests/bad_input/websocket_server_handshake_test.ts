import { assert, assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { requestHead } from "../conformance/_ends.ts";
import {
  CLOSE,
  closeBytes,
  encode,
  RawPeer,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";

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
      assertEquals(await other.read({ timeout: 5000 }), "still served");
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
  Deno.test(`a WebSocket server survives ${name}`, async () => {
    await using server = await serve();
    const text = await answer(server, request);

    assert(statuses.includes(statusOf(text)), text.slice(0, 200));
    assert(statusOf(text) === 0 || text.includes("\r\n\r\n"), text);
  });
}

Deno.test("a WebSocket server survives a header field of 1 MiB in bytes, in linear time", async () => {
  await using server = await serve();
  // 16 KiB of it are read, byte by byte, and then it is over.
  const text = await answer(
    server,
    requestHead(`A: ${"b".repeat(20_000)}\r\n`),
    1,
  );

  assertEquals(statusOf(text), 431);
});

Deno.test("a WebSocket server closes silent and slow clients at the handshake limit", async () => {
  await using server = await serve({ handshakeTimeout: 60 });
  using silent = await server.dial();
  using slow = await server.dial();
  const dripping = (async () => {
    for (const byte of toBytes(GOOD)) {
      await slow.send(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();

  assertEquals(await silent.receiveAll(), "");
  assertEquals(await slow.receiveAll(), "");
  await dripping;
});

Deno.test("a WebSocket server treats __proto__ and constructor as plain names", async () => {
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
});

Deno.test("a WebSocket server survives clients that leave right after the upgrade", async () => {
  await using server = await serve();
  for (let index = 0; index < 20; index++) {
    const peer = await server.dial();
    await peer.send(toBytes(GOOD));
    await peer.sendFrame(TEXT, "x".repeat(100_000));
    if (index % 2 === 0) await peer.receiveHead();
    peer.close();
  }
});

Deno.test("a WebSocket server loses no frame that comes with the head", async () => {
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
});
