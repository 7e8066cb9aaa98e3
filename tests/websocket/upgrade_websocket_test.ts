import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { runInNewContext } from "node:vm";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import {
  dialWebSocket,
  type DialWebSocketOptions,
} from "../../websocket/dial_websocket.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import { State } from "../../websocket/state.ts";
import type { UpgradedWebSocket } from "../../websocket/upgrade_websocket.ts";
import {
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
} from "../../websocket/upgrade_websocket.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { concat, masked, TEXT } from "./support/_frames.ts";
import { KEY } from "./support/_heads.ts";

/** The fields of a request for a WebSocket. */
const UPGRADE_HEADERS = {
  host: "127.0.0.1",
  upgrade: "websocket",
  connection: "upgrade",
  "sec-websocket-key": KEY,
  "sec-websocket-version": "13",
};

interface Server extends AsyncDisposable {
  readonly port: number;
  /** The connections to it, which have to end with it. */
  readonly peers: TcpConn[];
  /** The connection that comes next. */
  readonly next: () => Promise<UpgradedWebSocket>;
}

function serve(options: UpgradeWebSocketOptions = {}): Server {
  const conns = new TransformStream<UpgradedWebSocket, UpgradedWebSocket>(
    undefined,
    undefined,
    { highWaterMark: 16 },
  );
  const writer = conns.writable.getWriter();
  const reader = conns.readable.getReader();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { response, conn } = upgradeWebSocket(request, options);
      if (conn !== undefined) writer.write(conn);
      return response;
    },
  );
  const peers: TcpConn[] = [];
  return {
    port: server.addr.port,
    peers,
    async next() {
      const { value } = await reader.read();
      if (value === undefined) throw new Error("No connection came");
      return value;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      for (const peer of peers) await peer.closed;
    },
  };
}

interface Pair extends AsyncDisposable {
  readonly client: WebSocketConn;
  readonly conn: UpgradedWebSocket;
}

async function connect(
  options?: UpgradeWebSocketOptions,
  dialOptions?: DialWebSocketOptions,
): Promise<Pair> {
  const server = serve(options);
  const client = await dialWebSocket(
    `ws://127.0.0.1:${server.port}/chat?room=1`,
    dialOptions,
  );
  const conn = await server.next();
  return {
    client,
    conn,
    async [Symbol.asyncDispose]() {
      client.terminate();
      await conn.closed;
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A request by hand: what is given replaces or removes a good one's field. */
function head(
  fields: Record<string, string | undefined> = {},
  line = "GET / HTTP/1.1",
): Uint8Array {
  const all = {
    "Host": "example.org",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  let text = `${line}\r\n`;
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) text += `${name}: ${value}\r\n`;
  }
  return new TextEncoder().encode(`${text}\r\n`);
}

async function readHead(conn: TcpConn): Promise<string> {
  const lines = [];
  for await (const line of conn.lines({ timeout: 60_000 })) {
    if (line === "") break;
    lines.push(line.toLowerCase());
  }
  return lines.join("\n");
}

/** A peer that does after the handshake what the test says. */
async function dialRaw(
  { port, peers }: Server,
  fields?: Record<string, string | undefined>,
): Promise<TcpConn> {
  const conn = await dialTcp({ hostname: "127.0.0.1", port });
  peers.push(conn);
  await conn.write(head(fields));
  await readHead(conn);
  return conn;
}

async function readByte(conn: TcpConn): Promise<number | undefined> {
  const byte = new Uint8Array(1);
  return await conn.read(byte) === null ? undefined : byte[0];
}

/** Lets the system have its chance to take what was sent. */
async function polled(): Promise<void> {
  for (let count = 0; count < 4; count++) {
    await new Promise<void>((resolve) => afterPoll(resolve));
  }
}

Deno.test("upgradeWebSocket() carries messages in both directions", async () => {
  await using pair = await connect();
  await pair.client.write("héllo");
  await pair.client.write(new Uint8Array([1, 2, 3]));
  assertEquals(await pair.conn.read(), "héllo");
  assertEquals(await pair.conn.read(), new Uint8Array([1, 2, 3]));
  await pair.conn.write("text");
  await pair.conn.write(new Uint8Array([9, 1, 2, 9]).subarray(1, 3));
  assertEquals(await pair.client.read(), "text");
  assertEquals(await pair.client.read(), new Uint8Array([1, 2]));
  assertEquals(pair.conn.messagesReceived, 2);
  assertEquals(pair.conn.messagesSent, 2);
  assertEquals(pair.conn.messagesDropped, 0);
  assertEquals(pair.conn.bufferedBytes, 0);
});

Deno.test("upgradeWebSocket() tells path, subprotocol and headers", async () => {
  await using pair = await connect(
    { protocols: ["b", "c"], headers: { "x-served-by": "test" } },
    { protocols: ["a", "b"], headers: { "x-test": "1" } },
  );
  assertEquals(pair.conn.url, "/chat?room=1");
  assertEquals(pair.conn.protocol, "b");
  assertEquals(pair.conn.extensions, "");
  assertEquals(pair.conn.headers.get("x-test"), "1");
  assertEquals(pair.client.protocol, "b");
  assertEquals(pair.client.headers.get("x-served-by"), "test");
});

Deno.test("upgradeWebSocket() chooses a subprotocol from a list without blanks", async () => {
  await using server = serve({ protocols: ["b"] });
  using peer = await dialTcp({ hostname: "127.0.0.1", port: server.port });
  await peer.write(head({ "Sec-WebSocket-Protocol": "a,b" }));
  assert((await readHead(peer)).includes("sec-websocket-protocol: b"));
  const conn = await server.next();
  assertEquals(conn.protocol, "b");
  peer.close();
  await conn.closed;
});

Deno.test("upgradeWebSocket() is connecting until the response is sent, and waits meanwhile", async () => {
  const upgraded = Promise.withResolvers<UpgradedWebSocket>();
  const states: State[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { response, conn } = upgradeWebSocket(request);
      if (conn === undefined) return response;
      states.push(conn.state);
      conn.write("first").then(() => states.push(conn.state));
      upgraded.resolve(conn);
      return response;
    },
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  assertEquals(await client.read(), "first");
  assertEquals(states, [State.connecting, State.open]);
  await client.close();
  assertEquals((await (await upgraded.promise).closed).code, 1000);
});

Deno.test("upgradeWebSocket() closes in time when close() comes before the connection is open", async () => {
  const closed = Promise.withResolvers<unknown>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { response, conn } = upgradeWebSocket(request);
      conn?.write("bye");
      conn?.close(4000, "early").then(closed.resolve);
      return response;
    },
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  assertEquals(await client.read(), "bye");
  const info = { code: 4000, reason: "early", wasClean: true };
  assertEquals(await client.closed, info);
  assertEquals(await closed.promise, info);
});

const refusals: [string, number, Uint8Array][] = [
  ["POST", 400, head({ "Content-Length": "0" }, "POST / HTTP/1.1")],
  ["no upgrade", 426, head({ Upgrade: undefined })],
  ["another upgrade", 426, head({ Upgrade: "h2c" })],
  ["no Connection: Upgrade", 400, head({ Connection: "keep-alive" })],
  ["version 8", 426, head({ "Sec-WebSocket-Version": "8" })],
  ["no version", 426, head({ "Sec-WebSocket-Version": undefined })],
  ["no key", 400, head({ "Sec-WebSocket-Key": undefined })],
  ["a bad key", 400, head({ "Sec-WebSocket-Key": "dummy" })],
  ["two keys", 400, head({ "sec-websocket-key": KEY })],
  ["a foreign origin", 403, head({ Origin: "https://evil.example" })],
  ["a bad subprotocol", 400, head({ "Sec-WebSocket-Protocol": "a b" })],
  ["another path", 404, head({}, "GET /other HTTP/1.1")],
];
for (const [what, status, bytes] of refusals) {
  Deno.test(`upgradeWebSocket() refuses ${what} with ${status}`, async () => {
    await using server = serve({ route: "/" });
    using peer = await dialTcp({ hostname: "127.0.0.1", port: server.port });
    await peer.write(bytes);
    const answer = await readHead(peer);
    assert(answer.startsWith(`http/1.1 ${status} `), answer);
    assertEquals(status === 426, answer.includes("sec-websocket-version: 13"));
    assertEquals(status === 426, answer.includes("\nupgrade: websocket"));
    peer.close();
    // The server goes on.
    const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/`);
    await client.close();
    await (await server.next()).closed;
  });
}

Deno.test("upgradeWebSocket() lets origins in: the same, and those that are allowed", async () => {
  await using server = serve({ allowedOrigins: ["https://page.example"] });
  for (const origin of ["http://example.org", "https://page.example"]) {
    using peer = await dialRaw(server, { Origin: origin });
    const conn = await server.next();
    await peer.write(masked(TEXT, "in"));
    assertEquals(await conn.read(), "in");
    peer.close();
    await conn.closed;
  }
});

Deno.test("upgradeWebSocket() throws at bad options before anything is done", () => {
  const request = new Request("http://127.0.0.1/", {
    headers: UPGRADE_HEADERS,
  });
  const bad: UpgradeWebSocketOptions[] = [
    { closeTimeout: -1 },
    { handshakeTimeout: NaN },
    { idleTimeout: -1 },
  ];
  for (const options of bad) {
    assertThrows(() => upgradeWebSocket(request, options), RangeError);
  }
  assertThrows(
    () => upgradeWebSocket(request, { headers: { upgrade: "h2c" } }),
    TypeError,
  );
});

Deno.test("upgradeWebSocket() gives the runtime its idleTimeout in seconds", () => {
  const request = new Request("http://127.0.0.1/", {
    headers: UPGRADE_HEADERS,
  });
  const given: (number | undefined)[] = [];
  const { upgradeWebSocket: upgrade } = Deno;
  Deno.upgradeWebSocket = (_request, options) => {
    given.push(options?.idleTimeout);
    throw new Error("Thrown by the test");
  };
  try {
    for (const idleTimeout of [undefined, 20, 90_000, Infinity]) {
      const options = idleTimeout === undefined ? {} : { idleTimeout };
      assertThrows(() => upgradeWebSocket(request, options), Error, "the test");
    }
  } finally {
    Deno.upgradeWebSocket = upgrade;
  }
  // With 0 it waits without a limit.
  assertEquals(given, [60, 0.02, 90, 0]);
});

Deno.test("upgradeWebSocket() ends a connection whose response is never sent", async () => {
  const { port1, port2 } = new MessageChannel();
  const request = new Request("http://127.0.0.1/", {
    headers: UPGRADE_HEADERS,
  });
  const { response, conn } = upgradeWebSocket(request, { handshakeTimeout: 1 });
  assertEquals(response.status, 101);
  assert(conn !== undefined);
  // The limit keeps no process alive: this does.
  port1.onmessage = () => {};
  const write = conn.write("never");
  await assertRejects(() => write, ClosedError);
  assertEquals(await conn.closed, { code: 1006, reason: "", wasClean: false });
  const error = await assertRejects(() => conn.read(), DOMException);
  assertEquals(error.name, "TimeoutError");
  port1.close();
  port2.close();
});

Deno.test("upgradeWebSocket() runs onOpen, and closes with 1011 if it throws or rejects", async () => {
  const error = new RangeError("Broken by the test");
  const handlers = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
  ];
  for (const onOpen of handlers) {
    const errors: unknown[] = [];
    await using server = serve({
      onOpen,
      onError: (...args) => errors.push(...args),
    });
    // The second finds the server as the first did.
    for (let round = 0; round < 2; round++) {
      const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/`);
      const info = { code: 1011, reason: "", wasClean: true };
      assertEquals(await client.closed, info);
      const conn = await server.next();
      assertEquals(await conn.closed, info);
      assertStrictEquals(errors[2 * round], error);
      assertStrictEquals(errors[2 * round + 1], conn);
    }
    assertEquals(errors.length, 4);
  }
  await using pair = await connect({
    onOpen: (conn) => conn.readable.pipeTo(conn.writable),
  });
  await pair.client.write("echo");
  assertEquals(await pair.client.read(), "echo");
  await pair.client.close();
});

/** Takes what is printed until the scope ends. */
function printed(): { readonly args: unknown[][] } & Disposable {
  const args: unknown[][] = [];
  const { error } = console;
  console.error = (...each: unknown[]) => args.push(each);
  return {
    args,
    [Symbol.dispose]() {
      console.error = error;
    },
  };
}

Deno.test("upgradeWebSocket() prints what onOpen and onError throw", async () => {
  using log = printed();
  const error = new RangeError("Broken by the test");
  const fail = () => Promise.reject(error);
  for (const options of [{ onOpen: fail }, { onOpen: fail, onError: fail }]) {
    await using server = serve(options);
    const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/`);
    assertEquals((await client.closed).code, 1011);
    await (await server.next()).closed;
  }
  assertEquals(log.args, [
    ["Uncaught error in onOpen:", error],
    ["Uncaught error in onError:", error],
  ]);
});

Deno.test("upgradeWebSocket() tells onError what the peer breaks, once", async () => {
  using log = printed();
  const errors: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  await using server = serve({
    maxMessageSize: 3,
    onOpen: async (conn) => {
      try {
        await conn.readable.pipeTo(conn.writable);
      } finally {
        ended.resolve();
      }
    },
    onError: (error) => errors.push(error),
  });
  const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/`);
  await client.write("long");
  assertEquals((await client.closed).code, 1009);
  await (await server.next()).closed;
  await ended.promise;
  assertEquals(errors.length, 1);
  assertInstanceOf(errors[0], ProtocolError);
  assertEquals(log.args, []);
});

Deno.test("upgradeWebSocket() tells onError a ClosedError of something else", async () => {
  const errors: unknown[] = [];
  const other = new ClosedError("Another one is closed");
  await using server = serve({
    onOpen: () => Promise.reject(other),
    onError: (error) => errors.push(error),
  });
  const client = await dialWebSocket(`ws://127.0.0.1:${server.port}/`);
  assertEquals((await client.closed).code, 1011);
  await (await server.next()).closed;
  assertEquals(errors, [other]);
});

Deno.test("upgradeWebSocket() takes a lost link for no error of onOpen", async () => {
  using log = printed();
  const errors: unknown[] = [];
  const failed = Promise.withResolvers<unknown>();
  await using server = serve({
    onOpen: async (conn) => {
      try {
        await conn.readable.pipeTo(conn.writable);
      } catch (error) {
        failed.resolve(error);
        throw error;
      }
    },
    onError: (error) => errors.push(error),
  });
  const peer = await dialRaw(server);
  const conn = await server.next();
  peer.close();
  assertEquals((await conn.closed).code, 1006);
  const error = await failed.promise;
  // It is told once at most, as what the runtime has reported.
  assert(errors.length <= 1 && errors.every((each) => each === error));
  assertEquals(log.args, []);
});

Deno.test("UpgradedWebSocket sends bytes of another realm, and refuses detached ones", async () => {
  await using pair = await connect();
  const foreign = runInNewContext("new Uint8Array([1, 2])") as Uint8Array;
  assert(!(foreign instanceof Uint8Array));
  await pair.conn.write(foreign);
  assertEquals(await pair.client.read(), new Uint8Array([1, 2]));
  const gone = new Uint8Array(3);
  gone.buffer.transfer();
  await assertRejects(() => pair.conn.write(gone), TypeError);
});

Deno.test("UpgradedWebSocket rejects ping() and pong() as not supported", async () => {
  await using pair = await connect();
  await assertRejects(() => pair.conn.ping(), Deno.errors.NotSupported, "ping");
  await assertRejects(() => pair.conn.pong(), Deno.errors.NotSupported, "pong");
  // The other side's are answered.
  assert(await pair.client.ping() >= 0);
});

Deno.test("UpgradedWebSocket.close() does the closing handshake", async () => {
  await using pair = await connect();
  await pair.conn.write("last");
  const closing = pair.conn.close(4321, "over");
  assertEquals(pair.conn.state, State.closing);
  const info = { code: 4321, reason: "over", wasClean: true };
  assertEquals(await closing, info);
  assertEquals(await pair.conn.close(), info);
  assertEquals(await pair.client.read(), "last");
  assertEquals(await pair.client.read(), null);
  assertEquals(await pair.client.closed, info);
  assertEquals(pair.conn.state, State.closed);
  assertEquals(await pair.conn.read(), null);
  await assertRejects(() => pair.conn.write("x"), ClosedError);
});

Deno.test("UpgradedWebSocket.close() refuses codes and reasons that can't be sent", async () => {
  await using pair = await connect();
  await assertRejects(() => pair.conn.close(1006), RangeError);
  await assertRejects(() => pair.conn.close(1000, "x".repeat(124)), RangeError);
  await assertRejects(
    () => pair.conn.close(1000, "", { timeout: -1 }),
    RangeError,
  );
  assertEquals(pair.conn.state, State.open);
});

Deno.test("UpgradedWebSocket ends as the client's close frame says", async () => {
  await using pair = await connect();
  const reading = pair.conn.read();
  await pair.client.close(4000, "bye");
  assertEquals(await reading, null);
  assertEquals(await pair.conn.closed, {
    code: 4000,
    reason: "bye",
    wasClean: true,
  });
});

Deno.test("UpgradedWebSocket gives up a peer that does not answer the close frame", async () => {
  await using server = serve({ closeTimeout: 1 });
  using peer = await dialRaw(server);
  const conn = await server.next();
  const info = await conn.close(4000);
  assertEquals(info, { code: 1006, reason: "", wasClean: false });
  await assertRejects(() => conn.read(), ClosedError);
  assertEquals(await readByte(peer), 0x88);
});

Deno.test("UpgradedWebSocket ends with 1006 when the link is lost", async () => {
  await using server = serve();
  using peer = await dialRaw(server);
  const conn = await server.next();
  const reading = conn.read();
  await peer.write(masked(TEXT, "last"));
  assertEquals(await reading, "last");
  const next = conn.read();
  peer.close();
  await assertRejects(() => next, Deno.errors.UnexpectedEof);
  assertEquals((await conn.closed).code, 1006);
});

Deno.test("UpgradedWebSocket rejects reads with the error of a peer that breaks the protocol", async () => {
  await using server = serve();
  using peer = await dialRaw(server);
  const conn = await server.next();
  await peer.write(masked(3));
  await assertRejects(() => conn.read(), Error);
  assertEquals((await conn.closed).code, 1006);
});

Deno.test("UpgradedWebSocket.terminate() ends this side at once", async () => {
  await using pair = await connect();
  const reading = pair.conn.read();
  pair.conn.terminate();
  assertEquals(pair.conn.state, State.closed);
  await assertRejects(() => reading, ClosedError);
  assertEquals((await pair.conn.closed).code, 1006);
  assertEquals((await pair.client.closed).code, 1001);
  pair.conn.terminate();
});

Deno.test("UpgradedWebSocket closes with 1009 at a message that is too big", async () => {
  const big: (string | Uint8Array)[] = [
    new Uint8Array(11),
    "12345678901",
    "éééééé",
  ];
  for (const message of big) {
    await using pair = await connect({ maxMessageSize: 10 });
    await pair.client.write("ééééé");
    await pair.client.write(new Uint8Array(10));
    await pair.client.write(message);
    assertEquals((await pair.client.closed).code, 1009);
    const { code, wasClean } = await pair.conn.closed;
    assertEquals([code, wasClean], [1009, false]);
    // What came before is there.
    assertEquals(await pair.conn.read(), "ééééé");
    assertEquals(await pair.conn.read(), new Uint8Array(10));
    await assertRejects(() => pair.conn.read(), ProtocolError, "10 bytes");
  }
});

Deno.test("UpgradedWebSocket closes with 1013 when too much waits to be read", async () => {
  await using server = serve({ maxQueuedBytes: 3 * (64 + 100) });
  using peer = await dialRaw(server);
  const conn = await server.next();
  const message = masked(TEXT, "x".repeat(100));
  await peer.write(concat(message, message, message, message));
  assertEquals(await readByte(peer), 0x88);
  peer.close();
  assertEquals((await conn.closed).code, 1013);
  for (let count = 0; count < 3; count++) {
    assertEquals(await conn.read(), "x".repeat(100));
  }
  await assertRejects(() => conn.read(), ProtocolError, "Too many messages");
});

Deno.test("UpgradedWebSocket makes room in its queue as messages are read", async () => {
  await using pair = await connect({ maxQueuedBytes: 2 * (64 + 100) });
  for (let round = 0; round < 20; round++) {
    await pair.client.write("x".repeat(100));
    await pair.client.write("y".repeat(100));
    // Whose pong comes behind them: they wait in the queue by then.
    await pair.client.ping();
    assertEquals(pair.conn.messagesReceived, 2 * round + 2);
    assertEquals(await pair.conn.read(), "x".repeat(100));
    assertEquals(await pair.conn.read(), "y".repeat(100));
  }
});

Deno.test("UpgradedWebSocket ends once, with a TimeoutError, when no pong comes", async () => {
  await using server = serve({ idleTimeout: 2 });
  using _peer = await dialRaw(server);
  const conn = await server.next();
  const error = await assertRejects(() => conn.read(), DOMException);
  assertEquals(error.name, "TimeoutError");
  assertEquals(await conn.closed, { code: 1006, reason: "", wasClean: false });
});

Deno.test("UpgradedWebSocket limits reads, and loses nothing by it", async () => {
  await using pair = await connect();
  for (const wait of [{ timeout: 0 }, { timeout: 1 }, { deadline: 1 }]) {
    const error = await assertRejects(
      () => pair.conn.read(wait),
      DOMException,
    );
    assertEquals(error.name, "TimeoutError");
  }
  const controller = new AbortController();
  const reading = pair.conn.read({ signal: controller.signal });
  controller.abort(new RangeError("Stopped by the test"));
  await assertRejects(() => reading, RangeError);
  pair.conn.setReadTimeout(1);
  assertEquals(pair.conn.readTimeout, 1);
  await assertRejects(() => pair.conn.read(), DOMException);
  pair.conn.setReadTimeout(Infinity);
  pair.conn.setReadDeadline(1);
  assertEquals(pair.conn.readDeadline, new Date(1));
  await assertRejects(() => pair.conn.read(), DOMException);
  pair.conn.setReadDeadline(undefined);
  await pair.client.write("kept");
  assertEquals(await pair.conn.read(), "kept");
});

Deno.test("UpgradedWebSocket rejects what is no message", async () => {
  await using pair = await connect();
  // @ts-expect-error: not a message
  await assertRejects(() => pair.conn.write({}), TypeError, "type object");
  // @ts-expect-error: not a message
  await assertRejects(() => pair.conn.write(null), TypeError, "type null");
});

/** Bytes beyond what the system takes from a peer that does not read. */
const MUCH = 16 * 1024 * 1024;

Deno.test("UpgradedWebSocket holds writes back while the peer does not read", async () => {
  await using server = serve();
  using peer = await dialRaw(server);
  const conn = await server.next();
  await conn.write(new Uint8Array(MUCH));
  assert(conn.bufferedBytes > 0);
  const error = await assertRejects(
    () => conn.write("x", { timeout: 1 }),
    DOMException,
  );
  assertEquals(error.name, "TimeoutError");
  const writing = conn.write("later");
  const buffer = new Uint8Array(256 * 1024);
  let rest = 10 + MUCH + 2 + "later".length;
  while (rest > 0) rest -= await peer.read(buffer) ?? rest;
  await writing;
  assertEquals(rest, 0);
  peer.close();
  await conn.closed;
});

Deno.test("UpgradedWebSocket rejects a write that waits when the connection ends", async () => {
  await using server = serve();
  const peer = await dialRaw(server);
  const conn = await server.next();
  await conn.write(new Uint8Array(MUCH));
  const writing = conn.write("never");
  peer.terminate();
  await assertRejects(() => writing, ClosedError);
  await conn.closed;
});

Deno.test("UpgradedWebSocket drops messages by the policy 'drop'", async () => {
  await using server = serve({ sendPolicy: "drop" });
  const peer = await dialRaw(server);
  const conn = await server.next();
  await conn.write(new Uint8Array(MUCH));
  // It is sent, as nobody has looked yet what becomes of the first.
  await conn.write("in time");
  await polled();
  await conn.write("dropped");
  assertEquals([conn.messagesSent, conn.messagesDropped], [2, 1]);
  peer.terminate();
  await conn.closed;
});

Deno.test("UpgradedWebSocket ends by the policy 'close' when too much waits", async () => {
  await using server = serve({ sendPolicy: "close" });
  const peer = await dialRaw(server);
  const conn = await server.next();
  await conn.write(new Uint8Array(MUCH));
  await conn.write("in time");
  await polled();
  await assertRejects(() => conn.write("x"), ClosedError, "wait already");
  assertEquals((await conn.closed).code, 1006);
  peer.terminate();
});

Deno.test("UpgradedWebSocket has streams of messages", async () => {
  await using pair = await connect();
  const writer = pair.conn.writable.getWriter();
  await writer.write("one");
  await writer.write(new Uint8Array([2]));
  assertEquals(await pair.client.read(), "one");
  assertEquals(await pair.client.read(), new Uint8Array([2]));
  await pair.client.write("three");
  await pair.client.write("four");
  const reader = pair.conn.readable.getReader();
  assertEquals(await reader.read(), { done: false, value: "three" });
  await assertRejects(() => pair.conn.read(), TypeError, "locked");
  reader.releaseLock();
  assertEquals(await pair.conn.read(), "four");
  await writer.close();
  assertEquals(await pair.client.read(), null);
  assertEquals(await Array.fromAsync(pair.conn), []);
});

Deno.test("UpgradedWebSocket errors its streams when the connection is lost", async () => {
  await using server = serve();
  using peer = await dialRaw(server);
  const conn = await server.next();
  const writer = conn.writable.getWriter();
  const reader = conn.readable.getReader();
  const reading = reader.read();
  await writer.write("x");
  peer.close();
  const error = await assertRejects(() => reading, Deno.errors.UnexpectedEof);
  assertStrictEquals(await writer.closed.catch((reason) => reason), error);
});

Deno.test("UpgradedWebSocket closes when its readable is cancelled, and when a scope ends", async () => {
  await using pair = await connect();
  await pair.conn.readable.cancel();
  assertEquals((await pair.client.closed).code, 1000);

  await using other = await connect();
  {
    await using conn = other.conn;
    assertInstanceOf(conn.headers, Headers);
  }
  assertEquals((await other.client.closed).code, 1000);
});
