import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import type { ReconnectState } from "../../internal/reconnect/reconnect_options.ts";
import type { ReconnectingStreamOptions } from "../../internal/reconnect/reconnecting_stream.ts";
import { UncertainWriteError } from "../../internal/reconnect/uncertain_write_error.ts";
import { listenTcp, type TcpListener } from "../../tcp/mod.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  dialWebSocket,
  HandshakeError,
  type WebSocketConn,
  WebSocketError,
} from "../../websocket/mod.ts";
import { reconnecting } from "../../websocket/reconnecting.ts";
import { nextTurn } from "../tcp/support/_outcomes.ts";
import { acceptKey } from "../../websocket/handshake/_accept_key.ts";
import { BINARY, CLOSE, concat, frame, PING, TEXT } from "./support/_frames.ts";

const LIMIT = { timeout: 60_000 };
const REASON = new SyntaxError("Aborted by the test");

/** A server whose connections the test takes one by one. */
class MessageServer implements Disposable {
  readonly #listener: TcpListener = listenTcp("127.0.0.1:0");

  get url(): string {
    return `ws://127.0.0.1:${this.#listener.addr.port}/`;
  }

  async accept(options?: AcceptWebSocketOptions): Promise<WebSocketConn> {
    const conn = await this.#listener.accept(LIMIT);
    return await acceptWebSocket(conn, options);
  }

  /** Opens the next connection, sends bytes as they are, and ends it. */
  async send(bytes: Uint8Array): Promise<void> {
    await using conn = await this.#listener.accept(LIMIT);
    let key = "";
    for await (const line of conn.lines()) {
      if (line === "") break;
      const [, value] = line.match(/^sec-websocket-key: (.*)$/i) ?? [];
      key = value ?? key;
    }
    await conn.writeString(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${
        acceptKey(key)
      }\r\n\r\n`,
    );
    await conn.write(bytes);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

function connect(
  url: string,
  options: ReconnectingStreamOptions<WebSocketConn> = {},
) {
  return reconnecting(
    ({ signal }) => dialWebSocket(url, { signal }),
    { initialDelay: 0, ...options },
  );
}

/** Waits for a state. */
async function reached<T extends ReconnectState<WebSocketConn>["type"]>(
  { states }: { states: AsyncIterable<ReconnectState<WebSocketConn>> },
  type: T,
): Promise<ReconnectState<WebSocketConn> & { type: T }> {
  for await (const state of states) {
    if (state.type === type) {
      return state as ReconnectState<WebSocketConn> & { type: T };
    }
  }
  throw new Error(`It has ended before it was ${type}`);
}

Deno.test("reconnecting() goes on over WebSockets in both directions", async () => {
  using server = new MessageServer();
  await using messages = connect(server.url);

  for (let count = 0; count < 3; count++) {
    const writes = [
      messages.write(`text ${count}`),
      messages.write(new Uint8Array([count])),
    ];
    const conn = await server.accept();
    await Promise.all(writes);
    assertEquals(await conn.read(LIMIT), `text ${count}`);
    assertEquals(await conn.read(LIMIT), new Uint8Array([count]));
    await conn.write(`answer ${count}`);
    assertEquals(await messages.read(LIMIT), `answer ${count}`);
    conn.terminate();
    await reached(messages, "connecting");
  }

  const { received, sent, uncertain } = messages.stats;
  assertEquals([received, sent, uncertain], [3, 6, 0]);
  await messages.close({ timeout: 0 });
});

Deno.test("reconnecting() gives all messages of a server that closes, before those of the next", async () => {
  using server = new MessageServer();
  await using messages = connect(server.url);
  const losing = reached(messages, "lost");
  const first = await server.accept();
  for (let count = 0; count < 1000; count++) first.write(`${count}`);
  const closing = first.close(1012, "restart");

  const { reason } = await losing;
  assert(reason instanceof WebSocketError);
  assertEquals([reason.closeCode, reason.reason], [1012, "restart"]);
  assertEquals((await closing).wasClean, true);
  const second = await server.accept();
  await second.write("next");

  for (let count = 0; count < 1000; count++) {
    assertEquals(await messages.read(LIMIT), `${count}`);
  }
  assertEquals(await messages.read(LIMIT), "next");
  second.terminate();
  await messages.close({ timeout: 0 });
});

Deno.test("reconnecting() ends at a close code that is not retriable", async () => {
  using server = new MessageServer();
  const messages = connect(server.url, {
    isRetriable: (reason) =>
      !(reason instanceof WebSocketError && reason.closeCode === 4001),
  });
  const reading = messages.read();
  const conn = await server.accept();
  await conn.close(4001, "banned");

  const error = await assertRejects(() => reading, WebSocketError);

  assertEquals(error.reason, "banned");
  await messages.closed;
});

Deno.test("reconnecting() ends at a refusal that is not retriable", async () => {
  using server = new MessageServer();
  const messages = connect(server.url, {
    isRetriable: (reason) => !(reason instanceof HandshakeError),
  });
  await assertRejects(
    () => server.accept({ onRequest: () => 401 }),
    HandshakeError,
  );

  const { reason } = await reached(messages, "closed");

  assert(reason instanceof HandshakeError);
  assertEquals(reason.status, 401);
});

Deno.test("reconnecting() runs onOpen before any other message", async () => {
  using server = new MessageServer();
  await using messages = connect(server.url, {
    onOpen: async (conn) => {
      await conn.write("login");
      assertEquals(await conn.read(), "welcome");
    },
  });
  messages.write("hello");
  await using conn = await server.accept();

  assertEquals(await conn.read(LIMIT), "login");
  await conn.write("welcome");
  await conn.write("news");

  assertEquals(await conn.read(LIMIT), "hello");
  assertEquals(await messages.read(LIMIT), "news");
});

Deno.test("reconnecting() never sends messages again that were on their way", async () => {
  using server = new MessageServer();
  const messages = connect(server.url);
  const conn = await server.accept({ maxMessageSize: 64 * 1024 * 1024 });
  await reached(messages, "open");
  // More than the system takes while the server does not read.
  const long = new Uint8Array(32 * 1024 * 1024);
  const writing = messages.write(long);
  const next = messages.write("next");
  await reached(messages, "open");

  conn.terminate();
  const error = await assertRejects(() => writing, UncertainWriteError);
  assert(error.cause instanceof Error);
  const other = await server.accept();

  assertEquals(await other.read(LIMIT), "next");
  await next;
  assertEquals([messages.stats.sent, messages.stats.uncertain], [1, 1]);
  other.terminate();
  await messages.close({ timeout: 0 });
});

Deno.test("reconnecting() sends bytes as they were when they were written", async () => {
  using server = new MessageServer();
  const dialling = Promise.withResolvers<void>();
  await using messages = reconnecting(async ({ signal }) => {
    await dialling.promise;
    return await dialWebSocket(server.url, { signal });
  });
  const bytes = new Uint8Array([1, 2, 3]);
  messages.write(bytes);
  bytes.fill(9);

  dialling.resolve();
  await using conn = await server.accept();

  assertEquals(await conn.read(LIMIT), new Uint8Array([1, 2, 3]));
});

Deno.test("reconnecting() counts a WebSocket that answers no ping as lost", async () => {
  using server = new MessageServer();
  const messages = reconnecting(
    ({ signal }) =>
      dialWebSocket(server.url, { signal, pingInterval: 5, pongTimeout: 5 }),
    { initialDelay: 0 },
  );
  const losing = reached(messages, "lost");
  const conn = await server.accept();
  // The server stops reading when so many messages wait to be read.
  for (let count = 0; count < 1100; count++) messages.write("x");

  await losing;

  conn.terminate();
  await messages.close({ timeout: 0 });
});

Deno.test("reconnecting() leaves no rejection unhandled of writes that nobody awaits", async () => {
  using server = new MessageServer();
  const controller = new AbortController();
  const messages = connect(server.url, { signal: controller.signal });
  const writer = messages.writable.getWriter();
  const conn = await server.accept();
  await reached(messages, "open");
  messages.write(new Uint8Array(32 * 1024 * 1024));
  for (let count = 0; count < 10; count++) {
    messages.write("waits");
    writer.write("waits");
  }
  messages.write("late", { timeout: 0 });

  conn.terminate();
  await reached(messages, "connecting");
  controller.abort(REASON);
  await messages.closed;
  messages.write("too late");
  writer.write("too late");

  // A rejection that nobody handles fails the test by the end of this turn.
  await delay(0);
});

Deno.test("reconnecting() stops a server whose messages are not read", async () => {
  using server = new MessageServer();
  const messages = connect(server.url);
  const conn = await server.accept();
  const count = 20_000;
  const text = "x".repeat(1000);
  const sending = Promise.all(
    Array.from({ length: count }, () => conn.write(text)),
  );
  while (messages.stats.received < 900) {
    await delay(1);
  }
  for (let turn = 0; turn < 20; turn++) {
    await delay(1);
  }
  assert(messages.stats.received < 1000, `${messages.stats.received}`);

  for (let left = count; left > 0; left--) await messages.read(LIMIT);
  await sending;
  await Promise.all([messages.close(), conn.closed]);
});

Deno.test("reconnecting() sends what waits and does the closing handshake", async () => {
  using server = new MessageServer();
  const messages = connect(server.url);
  const conn = await server.accept();
  await reached(messages, "open");
  const writes = Array.from({ length: 500 }, () => messages.write("hello"));

  const closing = messages.close();

  const received = await Array.fromAsync(conn);
  assertEquals(received.length, 500);
  assertEquals((await conn.closed).code, 1000);
  await Promise.all([closing, ...writes]);
  assertEquals(await messages.read(), null);
  await assertRejects(() => messages.write("late"), ClosedError);
});

Deno.test("reconnecting() cuts a server that does not answer the close frame", async () => {
  using server = new MessageServer();
  const messages = connect(server.url);
  const conn = await server.accept();
  await reached(messages, "open");
  // The server stops reading when so many messages wait to be read.
  for (let count = 0; count < 3000; count++) await messages.write("x");

  await messages.close({ timeout: 5 });

  assertEquals(messages.state, { type: "closed", reason: undefined });
  conn.terminate();
});

Deno.test("reconnecting() ends everything at its signal, in each state", async () => {
  using server = new MessageServer();
  const dials = {
    connecting: () => new Promise<WebSocketConn>(() => {}),
    lost: () => Promise.reject(new RangeError("Failed by the test")),
    open: () => dialWebSocket(server.url),
  };
  for (const [type, dial] of Object.entries(dials)) {
    const controller = new AbortController();
    const messages = reconnecting(dial, {
      signal: controller.signal,
      initialDelay: 100_000,
    });
    const accepted = type === "open" ? await server.accept() : undefined;
    const writing = messages.write("x".repeat(32 * 1024 * 1024));
    const reading = messages.read();
    await reached(messages, type as keyof typeof dials);

    controller.abort(REASON);
    await messages.closed;

    assertEquals(await assertRejects(() => reading), REASON);
    await assertRejects(() => writing);
    assertEquals(messages.state, { type: "closed", reason: REASON });
    accepted?.terminate();
  }
});

Deno.test("reconnecting() refuses messages and options that can't be", async () => {
  const dial = () => new Promise<WebSocketConn>(() => {});
  await using messages = reconnecting(dial);

  assertThrows(() => reconnecting(dial, { maxBufferedBytes: -1 }), RangeError);
  await assertRejects(() => messages.write(1 as unknown as string), TypeError);
  const gone = new Uint8Array(8);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  await assertRejects(() => messages.write(gone), TypeError);
});

Deno.test("reconnecting() counts the bytes of text that waits to be read as UTF-8", async () => {
  const text = "\u20ac".repeat(64 * 1024);
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const reads: (string | null)[] = Array.from({ length: 10 }, () => text);
  const conn = {
    state: 1,
    url: "ws://127.0.0.1/",
    closed: closed.promise,
    read: () => Promise.resolve(reads.shift() ?? null),
    close: () => closed.resolve({ code: 1000, reason: "" }),
    terminate: () => closed.resolve({ code: 1006, reason: "" }),
  } as unknown as WebSocketConn;
  const messages = reconnecting(() => Promise.resolve(conn));

  for (let turn = 0; turn < 10; turn++) await nextTurn();

  // 1 MiB in pieces of 192 KiB.
  assertEquals(messages.stats.received, 6);
  assertEquals(await messages.read(), text);
  await messages.close({ timeout: 0 });
});

Deno.test("reconnecting() drops a message that arrives in part, and counts it", async () => {
  using server = new MessageServer();
  await using messages = connect(server.url);
  const whole = frame({ opcode: TEXT, payload: "whole" });
  const first = frame({ opcode: TEXT, payload: "cut", fin: false });
  const large = frame({ opcode: BINARY, payload: new Uint8Array(300_000) });
  const ping = frame({ opcode: PING, payload: "ping" });
  const close = frame({ opcode: CLOSE, payload: Uint8Array.of(0x03, 0xe9) });
  const endings: [Uint8Array, number][] = [
    [whole, 0],
    [whole.subarray(0, 1), 1],
    [whole.subarray(0, 4), 1],
    [first, 1],
    [concat(first, ping.subarray(0, 3)), 1],
    [concat(first, close), 1],
    [large.subarray(0, 200_000), 1],
    [large.subarray(0, 3), 1],
    [ping.subarray(0, 1), 0],
    [ping.subarray(0, 4), 0],
    [frame({ opcode: TEXT, payload: "bad", rsv: 1 }), 0],
  ];

  let torn = 0;
  for (const [ending, count] of endings) {
    await server.send(concat(whole, ending));
    assertEquals(await messages.read(LIMIT), "whole");
    if (ending === whole) assertEquals(await messages.read(LIMIT), "whole");
    await reached(messages, "connecting");
    torn += count;
    assertEquals(messages.stats.torn, torn);
  }
});
