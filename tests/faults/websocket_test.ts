import { assert, assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import {
  beginWebSocket,
  type WebSocketConn,
} from "../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";
import { type Conn, type KindName, kindOf } from "../tcp/support/kinds.ts";
import { errorOf, nextTurn } from "../tcp/support/_outcomes.ts";
import type { FaultLink, Faults } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { connectLinked } from "./_linked.ts";
import { HARMLESS } from "./_stream.ts";

const HANGS = { timeout: 60_000 };

/** What is sent: text and bytes of all forms of the length. */
const MESSAGES: readonly (string | Uint8Array)[] = [
  "hello",
  "",
  new Uint8Array(0),
  "漢字 \u{1f600}".repeat(30),
  new Uint8Array(125).fill(1),
  new Uint8Array(126).fill(2),
  "x".repeat(65_535),
  Uint8Array.from({ length: 70_000 }, (_, at) => at * 7),
  "the same again and again ".repeat(4000),
];

/** What WebSockets run over here: by their URLs, or without a handshake. */
type Carrier = "ws" | "wss" | Exclude<KindName, "tcp" | "tls">;

const CARRIERS: readonly Carrier[] = [
  "ws",
  "wss",
  "unix",
  "pipe",
  "tls/tcp",
  "tls/unix",
  "tls/pipe",
];

/** Whether nothing but the handshake of TLS tells the bytes of these. */
function isTls(carrier: Carrier): boolean {
  return carrier === "wss" || carrier.startsWith("tls");
}

/** Both sides of a WebSocket, and the link between them. */
interface Sockets extends AsyncDisposable {
  readonly client: WebSocketConn;
  readonly server: WebSocketConn;
  readonly link: FaultLink;
}

async function open(
  carrier: Carrier,
  faults: Faults,
  options: WebSocketOptions,
): Promise<Sockets> {
  return carrier === "ws" || carrier === "wss"
    ? await dial(carrier, faults, options)
    : await begin(carrier, faults, options);
}

/** Connects to a server by way of a relay. */
async function dial(
  scheme: "ws" | "wss",
  faults: Faults,
  options: WebSocketOptions,
): Promise<Sockets> {
  using listener = scheme === "wss"
    ? listenTls("127.0.0.1:0", { cert: serverCert, key: serverKey })
    : listenTcp("127.0.0.1:0");
  const relay = await FaultRelay.start(listener.addr, faults);
  const accepting = listener.accept(HANGS).then((conn: Conn) =>
    acceptWebSocket(conn, options)
  );
  const url = `${scheme}://127.0.0.1:${relay.addr.port}/`;
  const client = await dialWebSocket(url, { ...options, caCerts: [caCert] });
  const server = await accepting;
  return {
    client,
    server,
    link: relay,
    async [Symbol.asyncDispose]() {
      client.terminate();
      server.terminate();
      await relay[Symbol.asyncDispose]();
    },
  };
}

/** Begins behind the handshake, over connections that no URL tells. */
async function begin(
  kind: KindName,
  faults: Faults,
  options: WebSocketOptions,
): Promise<Sockets> {
  const linked = await connectLinked(kind, faults);
  const parts = {
    url: "ws://127.0.0.1/",
    protocol: "",
    extensions: "",
    fields: { toHeaders: () => new Headers() },
  };
  const client = beginWebSocket(parts, {
    conn: linked.client,
    role: "client",
    options,
    deflate: undefined,
  });
  const server = beginWebSocket(parts, {
    conn: linked.server,
    role: "server",
    options,
    deflate: undefined,
  });
  return {
    client,
    server,
    link: linked.link,
    async [Symbol.asyncDispose]() {
      client.terminate();
      server.terminate();
      await linked[Symbol.asyncDispose]();
    },
  };
}

async function send(socket: WebSocketConn): Promise<void> {
  for (const message of MESSAGES) await socket.write(message, HANGS);
}

async function receive(socket: WebSocketConn): Promise<void> {
  for (const expected of MESSAGES) {
    const message = await socket.read(HANGS);
    assertEquals(typeof message, typeof expected);
    // Comparing large values in detail takes longer than all else.
    const isSame = message === expected ||
      (message instanceof Uint8Array && expected instanceof Uint8Array &&
        message.length === expected.length &&
        message.every((byte, at) => byte === expected[at]));
    assert(isSame, `Got another message of ${message?.length}`);
  }
}

/** Registers a test with both sides of a WebSocket. */
function testSockets(
  carrier: Carrier,
  name: string,
  faults: Faults,
  options: WebSocketOptions,
  run: (sockets: Sockets) => Promise<void>,
): void {
  Deno.test({
    name: `${name} (${carrier})`,
    ignore: carrier.endsWith("unix") && !kindOf("unix").isAvailable,
    fn: async () => {
      await using sockets = await open(carrier, faults, options);
      await run(sockets);
    },
  });
}

/** Registers that messages of all forms go both ways. */
function testMessages(
  carrier: Carrier,
  what: string,
  faults: Faults,
  deflate: boolean,
): void {
  testSockets(
    carrier,
    `a WebSocket carries ${
      deflate ? "compressed" : "plain"
    } messages both ways through a relay that ${what}`,
    faults,
    { deflate },
    async ({ client, server, link }) => {
      assertEquals(client.extensions !== "", deflate);
      link.stalled.then(() => link.release());
      await Promise.all([
        send(client),
        send(server),
        receive(client),
        receive(server),
      ]);
      await client.close(1000, "done", HANGS);
      const { code, reason, wasClean } = await server.closed;
      assertEquals([code, reason, wasClean], [1000, "done", true]);
    },
  );
}

const PLACES: Record<string, Faults> = {
  ...Object.fromEntries(
    Object.entries(HARMLESS).map(([what, course]) => [
      what,
      { up: course, down: course },
    ]),
  ),
  "passes on few bytes from the client": { up: { slice: 13 } },
  "passes on few bytes from the server": { down: { slice: 13 } },
};

const PIECES = { slice: 10_007, delay: 1 };

for (const carrier of CARRIERS) {
  // Whatever is below it: over TCP all the places are tried.
  if (carrier !== "ws") {
    const faults = { up: PIECES, down: { ...PIECES, stallAt: 50_000 } };
    const what = "passes on pieces and stalls for a while";
    testMessages(carrier, what, faults, carrier === "wss");
  }

  const cuts: Record<string, Faults> = {
    "ends the client's direction": { up: { endAt: 8000 } },
    "ends the server's direction": { down: { endAt: 8000 } },
    "resets the client's direction": { up: { resetAt: 8000 } },
    "resets the server's direction": { down: { resetAt: 8000 } },
  };
  for (const [what, faults] of Object.entries(cuts)) {
    testSockets(
      carrier,
      `a WebSocket ends with 1006 on both sides when a relay ${what}`,
      faults,
      {},
      async ({ client, server }) => {
        const sockets = [client, server];
        const reads = sockets.map(async (socket) => {
          let count = 0;
          const error = await errorOf((async () => {
            for (;;) {
              const message = await socket.read(HANGS);
              assertEquals(message, `message ${count++}`);
            }
          })());
          assert(error instanceof Error && error.name !== "TimeoutError");
        });
        const writes = sockets.map(async (socket) => {
          const error = await errorOf((async () => {
            for (let count = 0;; count++) {
              await socket.write(`message ${count}`, HANGS);
              // Not more than the relay passes on.
              if (count % 20 === 0) await nextTurn();
            }
          })());
          assert(error instanceof Error && error.name !== "TimeoutError");
        });
        for (const socket of sockets) {
          const { code, wasClean } = await socket.closed;
          assertEquals([code, wasClean], [1006, false]);
        }
        await Promise.all([...reads, ...writes]);
      },
    );
  }

  testSockets(
    carrier,
    "a WebSocket notices a relay that has stalled by the pong that does not come",
    { up: { stallAt: isTls(carrier) ? 6000 : 1000 } },
    { pingInterval: 20, pongTimeout: 40 },
    async ({ client, server }) => {
      await client.write(new Uint8Array(12_000));
      const { code, wasClean } = await server.closed;
      assertEquals([code, wasClean], [1006, false]);
    },
  );
}

for (const deflate of [false, true]) {
  for (const [what, faults] of Object.entries(PLACES)) {
    testMessages("ws", what, faults, deflate);
  }

  const how = deflate ? "compressed" : "plain";
  testSockets(
    "ws",
    `a WebSocket carries ${how} messages through a relay that passes on single bytes`,
    { up: { slice: 1 }, down: { slice: 1 } },
    { deflate },
    async ({ client, server }) => {
      const message = "one at a time ".repeat(30);
      for (let round = 0; round < 5; round++) {
        await client.write(message + round);
        assertEquals(await server.read(HANGS), message + round);
        await server.write(new Uint8Array(300).fill(round));
        assertEquals(
          await client.read(HANGS),
          new Uint8Array(300).fill(round),
        );
      }
      assert(await client.ping(undefined, HANGS) >= 0);
      await server.close(1001, "", HANGS);
      assertEquals((await client.closed).code, 1001);
    },
  );
}

for (
  const [what, faults] of Object.entries({
    "ends in the request": { up: { endAt: 40 } },
    "resets in the request": { up: { resetAt: 40 } },
    "ends in the response": { down: { endAt: 40 } },
    "resets in the response": { down: { resetAt: 40 } },
  })
) {
  Deno.test(`an opening handshake fails when a relay ${what}`, async () => {
    const listener = listenTcp("127.0.0.1:0");
    const serving = listener.serve(async (conn) => {
      const socket = await acceptWebSocket(conn);
      await socket.closed;
    }, { onError: () => {} });
    {
      await using relay = await FaultRelay.start(listener.addr, faults);
      const error = await errorOf(
        dialWebSocket(`ws://127.0.0.1:${relay.addr.port}/`),
      );
      const isKnown = error instanceof HandshakeError ||
        error instanceof Deno.errors.UnexpectedEof ||
        error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      assert(isKnown, String(error));
    }
    await listener.shutdown(HANGS);
    await serving;
  });
}
