import { runInNewContext } from "node:vm";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import {
  acceptHandshake,
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../websocket/accept_websocket.ts";
import { HandshakeError } from "../../websocket/handshake_error.ts";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import { WebSocketError } from "../../websocket/websocket_error.ts";
import {
  type WebSocketOpenInfo,
  WebSocketStream,
  type WebSocketStreamOptions,
} from "../../websocket/websocket_stream.ts";
import { CLOSE, concat, frame, PING, TEXT } from "./support/_frames.ts";
import { DEAD_ADDR } from "../tcp/support/_dead_addr.ts";

interface Pair extends AsyncDisposable {
  readonly stream: WebSocketStream;
  readonly info: WebSocketOpenInfo;
  readonly server: WebSocketConn;
}

/** A stream, and the server it is connected to. */
async function connect(
  options?: WebSocketStreamOptions,
  serverOptions?: AcceptWebSocketOptions,
): Promise<Pair> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) =>
    acceptWebSocket(conn, serverOptions)
  );
  const stream = new WebSocketStream(
    `ws://127.0.0.1:${listener.addr.port}/`,
    options,
  );
  const [info, server] = await Promise.all([stream.opened, accepting]);
  return {
    stream,
    info,
    server,
    async [Symbol.asyncDispose]() {
      await stream[Symbol.asyncDispose]();
      server.terminate();
      await server.closed;
    },
  };
}

interface RawPair extends Disposable {
  readonly stream: WebSocketStream;
  readonly info: WebSocketOpenInfo;
  readonly peer: TcpConn;
}

/** A stream, and a peer that does after the handshake what the test says. */
async function connectRaw(options?: WebSocketStreamOptions): Promise<RawPair> {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then(async (conn) => {
    await acceptHandshake(conn, {});
    return conn;
  });
  const stream = new WebSocketStream(
    `ws://127.0.0.1:${listener.addr.port}/`,
    options,
  );
  const [info, peer] = await Promise.all([stream.opened, accepting]);
  return { stream, info, peer, [Symbol.dispose]: () => peer.terminate() };
}

async function errorOf(promise: Promise<unknown>): Promise<WebSocketError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assertInstanceOf(error, WebSocketError);
  return error;
}

/** The error of a call on a writable whose WebSocket is closed. */
async function stateErrorOf(promise: Promise<unknown>): Promise<DOMException> {
  const error = await assertRejects(() => promise, DOMException);
  assertEquals(error.name, "InvalidStateError");
  return error;
}

Deno.test("WebSocketStream carries text as strings and binary as Uint8Array", async () => {
  await using pair = await connect();
  const reader = pair.info.readable.getReader();
  await pair.server.write("héllo");
  await pair.server.write(new Uint8Array([1, 2, 3]));
  assertEquals(await reader.read(), { done: false, value: "héllo" });
  assertEquals((await reader.read()).value, new Uint8Array([1, 2, 3]));

  const writer = pair.info.writable.getWriter();
  const bytes = new Uint8Array([9, 1, 2, 9]);
  await writer.write("text");
  await writer.write(bytes.subarray(1, 3));
  await writer.write(bytes.slice().buffer);
  await writer.write(new DataView(bytes.buffer, 3));
  assertEquals(await pair.server.read(), "text");
  assertEquals(await pair.server.read(), new Uint8Array([1, 2]));
  assertEquals(await pair.server.read(), new Uint8Array([9, 1, 2, 9]));
  assertEquals(await pair.server.read(), new Uint8Array([9]));
});

Deno.test("WebSocketStream tells its URL, subprotocol and extensions", async () => {
  await using pair = await connect(
    { protocols: ["a", "b"], deflate: true },
    { protocols: ["b"], deflate: true },
  );
  assert(/^ws:\/\/127\.0\.0\.1:\d+\/$/.test(pair.stream.url));
  assertEquals(pair.info.protocol, "b");
  assert(pair.info.extensions.startsWith("permessage-deflate"));
  await pair.server.write("x".repeat(5000));
  const reader = pair.info.readable.getReader();
  assertEquals((await reader.read()).value, "x".repeat(5000));
});

Deno.test("WebSocketStream sends headers and credentials, and keeps these out of its URL", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
  const { port } = listener.addr;
  await using stream = new WebSocketStream(
    `ws://user:pass@127.0.0.1:${port}/`,
    {
      headers: { "x-test": "1" },
    },
  );
  await stream.opened;
  const server = await accepting;
  assertEquals(server.headers.get("x-test"), "1");
  assertEquals(
    server.headers.get("authorization"),
    `Basic ${btoa("user:pass")}`,
  );
  assertEquals(stream.url, `ws://127.0.0.1:${port}/`);
  server.terminate();
});

Deno.test("WebSocketStream.write() rejects what is neither string nor bytes", async () => {
  await using pair = await connect();
  const writer = pair.info.writable.getWriter();
  // @ts-expect-error: not a message
  await assertRejects(() => writer.write(5), TypeError, "type number");
});

Deno.test("new WebSocketStream() throws a SyntaxError at a bad URL or subprotocol", () => {
  for (const url of ["nothing", "ftp://localhost/", "ws://localhost/#part"]) {
    const error = assertThrows(() => new WebSocketStream(url), DOMException);
    assertEquals(error.name, "SyntaxError");
  }
  for (const protocols of [["a", "a"], ["a b"], [""]]) {
    const error = assertThrows(
      () => new WebSocketStream("ws://127.0.0.1:1/", { protocols }),
      DOMException,
    );
    assertEquals(error.name, "SyntaxError");
  }
  assertThrows(
    () =>
      new WebSocketStream("ws://127.0.0.1:1/", {
        headers: { upgrade: "h2c" },
      }),
    TypeError,
  );
});

Deno.test("WebSocketStream.close() sends its code, which closed resolves to", async () => {
  const cases = [
    [{ closeCode: 3456, reason: "pizza" }, {
      closeCode: 3456,
      reason: "pizza",
    }],
    [{ closeCode: 1000 }, { closeCode: 1000, reason: "" }],
    [undefined, { closeCode: 1005, reason: "" }],
    [{}, { closeCode: 1005, reason: "" }],
    [{ reason: "" }, { closeCode: 1005, reason: "" }],
    [{ reason: "only" }, { closeCode: 1000, reason: "only" }],
  ] as const;
  for (const [info, expected] of cases) {
    await using pair = await connect();
    pair.stream.close(info);
    pair.stream.close({ closeCode: 4999 });
    assertEquals(await pair.stream.closed, expected);
    const { closeCode: code, reason } = expected;
    assertEquals(await pair.server.closed, { code, reason, wasClean: true });
  }
});

Deno.test("WebSocketStream.close() refuses bad codes and reasons", async () => {
  await using pair = await connect();
  for (const closeCode of [0, 999, 1001, 1005, 1006, 2999, 5000, 1000.5, NaN]) {
    const error = assertThrows(
      () => pair.stream.close({ closeCode }),
      DOMException,
    );
    assertEquals(error.name, "InvalidAccessError");
  }
  const error = assertThrows(
    () => pair.stream.close({ reason: "é".repeat(62) }),
    DOMException,
  );
  assertEquals(error.name, "SyntaxError");
  // @ts-expect-error: not an object
  assertThrows(() => pair.stream.close(true), TypeError);
  // None of them has closed it.
  pair.stream.close({ reason: "é".repeat(61) });
  assertEquals((await pair.stream.closed).closeCode, 1000);
});

Deno.test("WebSocketStream.close() before the connection is open gives it up", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const stream = new WebSocketStream(`ws://127.0.0.1:${listener.addr.port}/`);
  stream.close({ closeCode: 4000 });
  const error = await errorOf(stream.opened);
  assertEquals(error.closeCode, 1006);
  assertStrictEquals(await errorOf(stream.closed), error);
  stream.close();
});

Deno.test("WebSocketStream rejects with the reason of a signal that aborts before it is open", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const url = `ws://127.0.0.1:${listener.addr.port}/`;
  const reason = new RangeError("Stopped by the test");
  const early = new WebSocketStream(url, {
    signal: AbortSignal.abort(reason),
  });
  await assertRejects(() => early.opened, RangeError, "Stopped by the test");
  await assertRejects(() => early.closed, RangeError, "Stopped by the test");

  const controller = new AbortController();
  const late = new WebSocketStream(url, { signal: controller.signal });
  using _conn = await listener.accept();
  controller.abort(reason);
  assertStrictEquals(await late.opened.catch((error) => error), reason);
  assertStrictEquals(await late.closed.catch((error) => error), reason);
});

Deno.test("WebSocketStream ignores a signal that aborts after it is open", async () => {
  const controller = new AbortController();
  await using pair = await connect({ signal: controller.signal });
  controller.abort();
  await pair.server.write("still here");
  const reader = pair.info.readable.getReader();
  assertEquals((await reader.read()).value, "still here");
});

Deno.test("WebSocketStream rejects with a WebSocketError whose cause tells why it could not open", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  const refusing = listener.accept().then((conn) =>
    acceptWebSocket(conn, { onRequest: () => 401 })
  );
  refusing.catch(() => {});
  const refused = new WebSocketStream(`ws://127.0.0.1:${port}/`);
  const error = await errorOf(refused.opened);
  assertEquals(error.closeCode, 1006);
  assertInstanceOf(error.cause, HandshakeError);
  assertEquals(error.cause.status, 401);
  assertStrictEquals(await errorOf(refused.closed), error);
  await assertRejects(() => refusing, HandshakeError);

  listener.close();
  const nobody = new WebSocketStream(`ws://127.0.0.1:${DEAD_ADDR.port}/`);
  const { cause } = await errorOf(nobody.opened);
  assertInstanceOf(cause, Deno.errors.ConnectionRefused);
});

Deno.test("WebSocketStream ends cleanly when the peer closes", async () => {
  await using pair = await connect();
  const reader = pair.info.readable.getReader();
  const writer = pair.info.writable.getWriter();
  const reading = reader.read();
  await pair.server.close(4321, "over");
  assertEquals(await pair.stream.closed, { closeCode: 4321, reason: "over" });
  assertEquals(await reading, { done: true, value: undefined });
  await reader.closed;
  const error = await stateErrorOf(writer.ready);
  assertStrictEquals(await stateErrorOf(writer.closed), error);
  assertStrictEquals(await stateErrorOf(writer.write("x")), error);
  await assertRejects(() => writer.close(), TypeError);
});

Deno.test("WebSocketStream fails a pipe into it when the peer closes", async () => {
  await using pair = await connect();
  const cancelled = Promise.withResolvers<unknown>();
  const source = new ReadableStream<string>({
    start: (controller) => controller.enqueue("one"),
    cancel: (reason) => cancelled.resolve(reason),
  });
  const piping = stateErrorOf(source.pipeTo(pair.info.writable));
  assertEquals(await pair.server.read(), "one");
  await pair.server.close();
  assertStrictEquals(await cancelled.promise, await piping);
  assertEquals((await pair.stream.closed).closeCode, 1000);
});

/** A pair whose peer has closed while a write waits to be sent. */
async function closeWithUnsent(): Promise<
  RawPair & { writes: Promise<DOMException>[] }
> {
  const pair = await connectRaw({ closeTimeout: 1000 });
  const writer = pair.info.writable.getWriter();
  const writes = [new Uint8Array(32 * 1024 * 1024), "behind"].map((chunk) =>
    stateErrorOf(writer.write(chunk))
  );
  // The message has begun, and is more than the system takes.
  await pair.peer.read(new Uint8Array(1));
  const payload = new Uint8Array([0x11, 0xd7, 0x62, 0x79, 0x65]);
  await pair.peer.write(frame({ opcode: TEXT, payload: "last" }));
  await pair.peer.write(frame({ opcode: CLOSE, payload }));
  const reader = pair.info.readable.getReader();
  assertEquals((await reader.read()).value, "last");
  reader.releaseLock();
  return { ...pair, writes };
}

for (const end of ["cuts the link", "reads all of it too late"]) {
  Deno.test(`WebSocketStream does not end cleanly with data unsent if the peer ${end}`, async () => {
    using pair = await closeWithUnsent();
    if (end === "cuts the link") pair.peer.terminate();
    else {
      // What has arrived is looked at before the peer takes any more.
      await new Promise<void>((resolve) => afterPoll(() => afterPoll(resolve)));
      const buffer = new Uint8Array(1024 * 1024);
      let left = 32 * 1024 * 1024;
      while (left > 0) left -= await pair.peer.read(buffer) ?? Infinity;
      await pair.peer.closeWrite();
    }
    const error = await errorOf(pair.stream.closed);
    assertEquals([error.closeCode, error.reason], [4567, "bye"]);
    const [first, second] = await Promise.all(pair.writes);
    assertStrictEquals(second, first);
    assertEquals(await Array.fromAsync(pair.info.readable), []);
  });
}

Deno.test("WebSocketStream does not end cleanly if a write comes behind the peer's close frame", async () => {
  using pair = await connectRaw();
  const payload = new Uint8Array([0x11, 0xd7]);
  await pair.peer.write(concat(
    frame({ opcode: TEXT, payload: "last" }),
    frame({ opcode: CLOSE, payload }),
  ));
  const reader = pair.info.readable.getReader();
  assertEquals((await reader.read()).value, "last");
  const writer = pair.info.writable.getWriter();
  await stateErrorOf(writer.write("too late"));
  await pair.peer.closeWrite();
  assertEquals((await errorOf(pair.stream.closed)).closeCode, 4567);
  assertEquals((await reader.read()).done, true);
});

Deno.test("WebSocketStream ends cleanly if all was sent before the peer closes", async () => {
  await using pair = await connect();
  const writer = pair.info.writable.getWriter();
  const message = new Uint8Array(1024 * 1024);
  const writing = writer.write(message);
  const received = await pair.server.read();
  assertEquals(received?.length, message.length);
  const closing = pair.server.close(4000);
  await writing;
  assertEquals(await pair.stream.closed, { closeCode: 4000, reason: "" });
  await closing;
});

Deno.test("WebSocketStream.write() refuses memory that Web IDL refuses", async () => {
  const transferred = new Uint8Array(4);
  transferred.buffer.transfer();
  const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
  const shared = new SharedArrayBuffer(8);
  const memory = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const chunks: unknown[] = [
    resizable,
    new Uint8Array(resizable),
    new Uint16Array(resizable, 0, 2),
    new DataView(resizable),
    shared,
    new SharedArrayBuffer(8, { maxByteLength: 16 }),
    new Uint8Array(shared),
    new DataView(shared),
    new Uint8Array(memory.buffer),
    transferred,
    transferred.buffer,
    { toString: () => "text" },
    null,
    undefined,
    Symbol("text"),
  ];
  for (const chunk of chunks) {
    await using pair = await connect();
    const writer = pair.info.writable.getWriter();
    await assertRejects(() => writer.write(chunk as string), TypeError);
    // The stream has failed, as the standard has it; the WebSocket is open.
    await assertRejects(() => writer.write("text"), TypeError);
    await pair.server.write("still open");
    const reader = pair.info.readable.getReader();
    assertEquals((await reader.read()).value, "still open");
  }
});

Deno.test("WebSocketStream.write() takes buffers and views of every kind and realm", async () => {
  await using pair = await connect();
  const writer = pair.info.writable.getWriter();
  const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const cases: [chunk: BufferSource, expected: number[]][] = [
    [new Uint16Array(bytes.buffer, 2, 2), [2, 3, 4, 5]],
    [new Float64Array(bytes.buffer), [...bytes]],
    [new DataView(bytes.buffer, 7), [7]],
    [new Uint8Array(memory.buffer, 0, 2), [0, 0]],
    [new Uint8Array(0), []],
    [new ArrayBuffer(0), []],
    [runInNewContext("new Uint8Array([8])"), [8]],
    [runInNewContext("new Uint8Array([9]).buffer"), [9]],
    [runInNewContext("new DataView(new Uint8Array([7]).buffer)"), [7]],
  ];
  for (const [chunk, expected] of cases) {
    await writer.write(chunk);
    assertEquals(await pair.server.read(), new Uint8Array(expected));
  }
});

Deno.test("new WebSocketStream() refuses options and URLs that can never work", () => {
  const url = "ws://127.0.0.1:1/";
  const Stream = WebSocketStream as unknown as new (
    ...given: unknown[]
  ) => WebSocketStream;
  assertThrows(() => new Stream(), TypeError);
  const bad: unknown[] = [
    true,
    5,
    "options",
    { protocols: "chat" },
    { signal: "x" },
    { signal: {} },
    { signal: null },
    { timeout: "5" },
    { timeout: -1 },
    { timeout: NaN },
    { handshakeTimeout: -1 },
    { deadline: "now" },
    { deadline: NaN },
    { caCerts: "PEM" },
    { headers: 5 },
    { headers: { "a b": "c" } },
    { headers: { upgrade: "h2c" } },
    { deflate: "yes" },
    { deflate: { threshold: -1 } },
    { maxMessageSize: -1 },
    { maxFragments: NaN },
    { maxBufferedBytes: "1" },
    { pingInterval: -1 },
    { pongTimeout: NaN },
    { closeTimeout: "1" },
  ];
  for (const options of bad) {
    const error = assertThrows(() => new Stream(url, options), Error);
    const isKnown = error instanceof TypeError || error instanceof RangeError;
    assert(isKnown, `${Deno.inspect(options)}: ${error}`);
  }
  const proxy = assertThrows(
    () => new Stream(url, { proxyUrl: "socks4://127.0.0.1:1" }),
    DOMException,
  );
  assertEquals(proxy.name, "SyntaxError");
});

Deno.test("WebSocketStream gives the messages before the end first", async () => {
  await using pair = await connect();
  await pair.server.write("one");
  await pair.server.write("two");
  await pair.server.close();
  await pair.stream.closed;
  assertEquals(await Array.fromAsync(pair.info.readable), ["one", "two"]);

  await using cut = await connectRaw();
  await cut.peer.write(frame({ opcode: TEXT, payload: "one" }));
  cut.peer.terminate();
  await errorOf(cut.stream.closed);
  const reader = cut.info.readable.getReader();
  assertEquals((await reader.read()).value, "one");
  assertEquals((await errorOf(reader.read())).closeCode, 1006);
});

Deno.test("WebSocketStream ends with 1006 when the link is lost", async () => {
  await using pair = await connect();
  const reader = pair.info.readable.getReader();
  const writer = pair.info.writable.getWriter();
  const reading = reader.read();
  pair.server.terminate();
  const error = await errorOf(pair.stream.closed);
  assertEquals([error.closeCode, error.reason], [1006, ""]);
  assertStrictEquals(await errorOf(reading), error);
  assertStrictEquals(await errorOf(reader.closed), error);
  assertStrictEquals(await errorOf(writer.closed), error);
  assertStrictEquals(await errorOf(writer.write("x")), error);
});

Deno.test("WebSocketStream rejects a pending write when the connection goes away", async () => {
  using pair = await connectRaw();
  const writer = pair.info.writable.getWriter();
  // More than the system takes from a peer that does not read.
  const writing = writer.write(new Uint8Array(32 * 1024 * 1024));
  const next = writer.write("next");
  const outcomes = Promise.all([errorOf(writing), errorOf(next)]);
  // A byte at least is on its way, so that the message has begun.
  await pair.peer.read(new Uint8Array(1));
  pair.peer.terminate();
  const error = await errorOf(pair.stream.closed);
  assertEquals(await outcomes, [error, error]);
  assertEquals(error.closeCode, 1006);
});

Deno.test("WebSocketStream rejects when the closing handshake is not completed", async () => {
  using silent = await connectRaw({ closeTimeout: 1 });
  silent.stream.close({ closeCode: 4000, reason: "robot" });
  assertEquals((await errorOf(silent.stream.closed)).closeCode, 1006);

  using gone = await connectRaw();
  gone.stream.close({ closeCode: 4000 });
  gone.peer.terminate();
  assertEquals((await errorOf(gone.stream.closed)).closeCode, 1006);
});

Deno.test("WebSocketStream rejects with the code of a violation", async () => {
  using pair = await connectRaw();
  await pair.peer.write(frame({ opcode: 3 }));
  await pair.peer.closeWrite();
  const error = await errorOf(pair.stream.closed);
  assertEquals(error.closeCode, 1002);
  assertInstanceOf(error.cause, ProtocolError);
  const reader = pair.info.readable.getReader();
  assertStrictEquals(await errorOf(reader.read()), error);
});

Deno.test("WebSocketStream.close() is seen through a queue that nobody reads", async () => {
  using pair = await connectRaw();
  const one = frame({ opcode: TEXT, payload: "x" });
  const many = new Array(1023).fill(one);
  const ping = frame({ opcode: PING });
  await pair.peer.write(concat(...many, ping, ...many));
  // The pong tells that they have come, and that the queue is full behind it.
  await pair.peer.readFull(new Uint8Array(6));
  pair.stream.close({ closeCode: 4000 });
  await pair.peer.write(
    frame({ opcode: CLOSE, payload: new Uint8Array([0x0f, 0xa0]) }),
  );
  await pair.peer.closeWrite();
  assertEquals((await pair.stream.closed).closeCode, 4000);
});

Deno.test("WebSocketStream stops the peer when nobody reads", async () => {
  await using pair = await connect();
  await using other = await connect();
  const total = 512;
  let sent = 0;
  const sending = (async () => {
    const message = new Uint8Array(64 * 1024);
    for (; sent < total; sent++) await pair.server.write(message);
    await pair.server.close();
  })();
  // The system has many turns to move what it can.
  const echo = stateErrorOf(other.info.readable.pipeTo(other.info.writable));
  for (let round = 0; round < 200; round++) {
    await other.server.write("turn");
    await other.server.read();
  }
  await other.server.close();
  await echo;
  assert(sent < total);

  let received = 0;
  for await (const _message of pair.info.readable) received++;
  assertEquals(received, total);
  await sending;
});

Deno.test("WebSocketStream closes when its writable is closed", async () => {
  await using pair = await connect();
  const writer = pair.info.writable.getWriter();
  writer.write("last");
  const closing = writer.close();
  assertEquals(await pair.server.read(), "last");
  await closing;
  assertEquals(await pair.stream.closed, { closeCode: 1005, reason: "" });
});

Deno.test("WebSocketStream rejects the close of its writable if the end is not clean", async () => {
  using pair = await connectRaw();
  const writer = pair.info.writable.getWriter();
  const closing = writer.close();
  const outcome = errorOf(closing);
  pair.peer.terminate();
  assertEquals((await outcome).closeCode, 1006);
});

for (
  const [stream, method] of [["readable", "cancel"], [
    "writable",
    "abort",
  ]] as const
) {
  const end = (info: WebSocketOpenInfo, reason?: unknown) =>
    stream === "readable"
      ? info.readable.cancel(reason)
      : info.writable.abort(reason);

  Deno.test(`WebSocketStream closes when ${method}() of its ${stream} is called`, async () => {
    for (const reason of [undefined, { closeCode: 3456 }, new Error("No")]) {
      await using pair = await connect();
      await end(pair.info, reason);
      assertEquals(await pair.stream.closed, { closeCode: 1005, reason: "" });
    }
  });

  Deno.test(`WebSocketStream closes with the code that ${method}() of its ${stream} is given`, async () => {
    await using pair = await connect();
    const reason = new WebSocketError("", { closeCode: 3333, reason: "why" });
    await end(pair.info, reason);
    assertEquals(await pair.stream.closed, { closeCode: 3333, reason: "why" });

    // The code of an end, such as 1006, is not sent on.
    await using other = await connect();
    await end(other.info, await errorOf(lost()));
    assertEquals(await other.stream.closed, { closeCode: 1005, reason: "" });
  });
}

async function lost(): Promise<unknown> {
  using pair = await connectRaw();
  pair.peer.terminate();
  return await pair.stream.closed;
}

Deno.test("WebSocketStream abort() of the writable does not wait for a blocked write", async () => {
  using pair = await connectRaw({ closeTimeout: 1 });
  const writer = pair.info.writable.getWriter();
  const writing = errorOf(writer.write(new Uint8Array(32 * 1024 * 1024)));
  const aborting = writer.abort(new WebSocketError("", { closeCode: 3333 }));
  assertEquals((await errorOf(pair.stream.closed)).closeCode, 1006);
  assertEquals((await writing).closeCode, 1006);
  await aborting.catch(() => {});
});

Deno.test("WebSocketStream keeps a message for the next reader when a lock is released", async () => {
  await using pair = await connect();
  const first = pair.info.readable.getReader();
  const reading = first.read();
  first.releaseLock();
  await assertRejects(() => reading, TypeError);
  await pair.server.write(new Uint8Array([7]));
  const second = pair.info.readable.getReader();
  assertEquals((await second.read()).value, new Uint8Array([7]));
});

Deno.test("WebSocketStream carries frames that came with the handshake", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept().then(async (conn) => {
    const server = await acceptWebSocket(conn);
    await server.write("early");
    return server;
  });
  await using stream = new WebSocketStream(
    `ws://127.0.0.1:${listener.addr.port}/`,
  );
  const { readable } = await stream.opened;
  await accepting;
  const reader = readable.getReader();
  assertEquals((await reader.read()).value, "early");
});

Deno.test("WebSocketError takes the code and the reason of a close frame", () => {
  const plain = new WebSocketError();
  assertInstanceOf(plain, DOMException);
  assertEquals(
    [plain.name, plain.message, plain.closeCode, plain.reason, plain.code],
    ["WebSocketError", "", null, "", 0],
  );
  const coded = new WebSocketError("Why", { closeCode: 3000, reason: "r" });
  assertEquals([coded.message, coded.closeCode, coded.reason], [
    "Why",
    3000,
    "r",
  ]);
  assertEquals(new WebSocketError("", { reason: "r" }).closeCode, 1000);
  const bad = assertThrows(
    () => new WebSocketError("", { closeCode: 1006 }),
    DOMException,
  );
  assertEquals(bad.name, "InvalidAccessError");
  const long = assertThrows(
    () => new WebSocketError("", { reason: "x".repeat(124) }),
    DOMException,
  );
  assertEquals(long.name, "SyntaxError");
});
