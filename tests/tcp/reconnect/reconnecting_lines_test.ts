import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { UncertainWriteError } from "../../../internal/reconnect/uncertain_write_error.ts";
import { LineTooLongError } from "../../../tcp/conn/line_too_long_error.ts";
import { dialTcp, type TcpConn } from "../../../tcp/mod.ts";
import { pipe } from "../../../tcp/pipe.ts";
import {
  reconnectingLines,
  type ReconnectingLinesOptions,
} from "../../../tcp/reconnect/reconnecting_lines.ts";
import { FaultRelay } from "../../_fault_relay.ts";
import { until } from "../support/_outcomes.ts";
import { LineServer, reached } from "./_world.ts";
import { DEAD_ADDR } from "../support/_dead_addr.ts";

const LIMIT = { timeout: 60_000 };
const REASON = new SyntaxError("Aborted by the test");

function connect(
  addr: Deno.NetAddr,
  options: ReconnectingLinesOptions<TcpConn> = {},
) {
  return reconnectingLines(
    ({ signal }) => dialTcp(addr, { signal }),
    { initialDelay: 0, ...options },
  );
}

Deno.test("reconnectingLines() goes on over connections in both directions", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);

  for (let count = 1; count <= 3; count++) {
    const writing = lines.write(`ask ${count}`);
    using conn = await server.accept();
    await writing;
    assertEquals(await conn.readLine(LIMIT), `ask ${count}`);
    await conn.writeString(`answer ${count}\n`);
    assertEquals(await lines.read(LIMIT), `answer ${count}`);
    conn.terminate();
    await reached(lines, "connecting");
  }

  const { connections, received, sent, uncertain, torn } = lines.stats;
  assertEquals([received, sent, uncertain, torn], [3, 3, 0, 0]);
  assert(connections >= 3);
});

Deno.test("reconnectingLines() drops a line that arrives in part, and counts it", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  const first = await server.accept();
  await first.writeString("whole\nto");
  await first.closeWrite();
  using second = await server.accept();
  await second.writeString("rn\n");

  assertEquals(await lines.read(LIMIT), "whole");
  assertEquals(await lines.read(LIMIT), "rn");
  assertEquals(lines.stats.torn, 1);
  first.close();
});

Deno.test("reconnectingLines() tells that a peer has ended its connection", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  const losing = reached(lines, "lost");
  using conn = await server.accept();
  await conn.closeWrite();

  const { reason } = await losing;

  assert(reason instanceof Deno.errors.UnexpectedEof);
});

Deno.test("reconnectingLines() runs onOpen before anything else goes out", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr, {
    onOpen: async (conn, { attempt }) => {
      await conn.writeString(`login ${attempt}\n`);
      assertEquals(await conn.readLine(), "welcome");
    },
  });
  lines.write("one");
  lines.write("two");
  using conn = await server.accept();

  assertEquals(await conn.readLine(LIMIT), "login 1");
  assertEquals(lines.state.type, "connecting");
  await conn.writeString("welcome\nnews\n");

  assertEquals(await conn.readLine(LIMIT), "one");
  assertEquals(await conn.readLine(LIMIT), "two");
  assertEquals(await lines.read(LIMIT), "news");
});

Deno.test("reconnectingLines() never sends a line again of which a part went out", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  const conn = await server.accept();
  await reached(lines, "open");
  // More than the system takes from one side while the other does not read.
  const long = "x".repeat(32 * 1024 * 1024);
  const writing = lines.write(long);
  const next = lines.write("next");
  await conn.read(new Uint8Array(1));

  conn.terminate();
  const error = await assertRejects(() => writing, UncertainWriteError);
  assert(error.cause instanceof Error);
  using other = await server.accept();

  assertEquals(await other.readLine(LIMIT), "next");
  await next;
  assertEquals([lines.stats.sent, lines.stats.uncertain], [1, 1]);
});

Deno.test("reconnectingLines() keeps lines of which no byte went out for the next connection", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  const conn = await server.accept();
  await reached(lines, "open");
  lines.write("x".repeat(32 * 1024 * 1024)).catch(() => {});
  await conn.read(new Uint8Array(1));
  const writes = Array.from(
    { length: 100 },
    (_, index) => lines.write(`${index}`),
  );

  conn.terminate();
  using other = await server.accept();

  for (let index = 0; index < 100; index++) {
    assertEquals(await other.readLine(LIMIT), `${index}`);
  }
  await Promise.all(writes);
});

Deno.test("reconnectingLines() resolves a write when its line has been given to the system", async () => {
  using server = new LineServer();
  const dialling = Promise.withResolvers<void>();
  await using lines = reconnectingLines(async ({ signal }) => {
    await dialling.promise;
    return await dialTcp(server.addr, { signal });
  });
  let isSent = false;
  const writing = lines.write("hello").then(() => isSent = true);
  await delay(0);
  assertEquals(isSent, false);
  assertEquals(lines.stats.bufferedBytes, 6 + 64);

  dialling.resolve();
  await writing;

  using conn = await server.accept();
  assertEquals(await conn.readLine(LIMIT), "hello");
});

Deno.test("reconnectingLines() ends the wait of a write at its limit, and never sends the line", async () => {
  using server = new LineServer();
  const dialling = Promise.withResolvers<void>();
  await using lines = reconnectingLines(async ({ signal }) => {
    await dialling.promise;
    return await dialTcp(server.addr, { signal });
  });
  const late = lines.write("late", { timeout: 1 });
  const last = lines.write("last");

  const error = await assertRejects(() => late, DOMException);
  assertEquals(error.name, "TimeoutError");
  dialling.resolve();
  await last;

  using conn = await server.accept();
  assertEquals(await conn.readLine(LIMIT), "last");
});

Deno.test("reconnectingLines() signals backpressure on its writable while nothing can be sent", async () => {
  await using lines = reconnectingLines<TcpConn>(() => new Promise(() => {}), {
    maxBufferedBytes: 200,
  });
  const writer = lines.writable.getWriter();
  await writer.write("one");
  await writer.write("two");
  let isReady = false;
  const third = writer.write("three").then(() => isReady = true);
  third.catch(() => {});
  await delay(0);

  assertEquals(isReady, false);
  assertEquals(lines.stats.bufferedBytes, 4 + 4 + 6 + 3 * 64);
  await lines.close();
});

Deno.test("reconnectingLines() refuses lines beyond the bound by the policy fail", async () => {
  await using lines = reconnectingLines<TcpConn>(() => new Promise(() => {}), {
    maxBufferedBytes: 100,
    bufferPolicy: "fail",
  });
  lines.write("one");

  const error = await assertRejects(() => lines.write("two"), DOMException);

  assertEquals(error.name, "QuotaExceededError");
  assertEquals(lines.stats.dropped, 1);
});

Deno.test("reconnectingLines() sends the latest lines by the policy drop-oldest", async () => {
  using server = new LineServer();
  const dialling = Promise.withResolvers<void>();
  await using lines = reconnectingLines(async ({ signal }) => {
    await dialling.promise;
    return await dialTcp(server.addr, { signal });
  }, { maxBufferedBytes: 3 * 66, bufferPolicy: "drop-oldest" });
  const writer = lines.writable.getWriter();
  for (let count = 0; count < 9; count++) await writer.write(`${count}`);

  dialling.resolve();
  using conn = await server.accept();

  for (const line of ["6", "7", "8"]) {
    assertEquals(await conn.readLine(LIMIT), line);
  }
  assertEquals(lines.stats.dropped, 6);
});

Deno.test("reconnectingLines() stops a peer whose lines are not read", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  using conn = await server.accept();
  const line = `${"x".repeat(1000)}\n`;
  const count = 40_000;
  const sending = conn.writeString(line.repeat(count));

  while (lines.stats.received < 900) {
    await delay(1);
  }
  for (let turn = 0; turn < 20; turn++) {
    await delay(1);
  }
  assert(lines.stats.received < 1000, `${lines.stats.received} lines`);

  for (let left = count; left > 0; left--) await lines.read(LIMIT);
  await sending;
});

Deno.test("reconnectingLines() connects again though nobody reads what came", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  for (let count = 0; count < 3; count++) {
    using conn = await server.accept();
    await conn.writeString(`${count}\n`);
  }
  using _conn = await server.accept();

  assertEquals(await lines.read(LIMIT), "0");
  assertEquals(await lines.read(LIMIT), "1");
  assertEquals(await lines.read(LIMIT), "2");
});

Deno.test("reconnectingLines() pipes between its streams and those of others", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  const source = ReadableStream.from(["one", "two", "three"]);
  const piping = source.pipeTo(lines.writable);
  using conn = await server.accept();
  const received = Array.fromAsync(conn.lines(LIMIT));
  const readable = Array.fromAsync(lines.readable);

  assertEquals(await received, ["one", "two", "three"]);
  conn.close();
  await piping;
  assertEquals(await readable, []);
  assertEquals(lines.state.type, "closed");
});

Deno.test("reconnectingLines() sends all over further connections before its writable is closed", async () => {
  using server = new LineServer();
  let attempts = 0;
  const lines = reconnectingLines(({ signal }) => {
    if (++attempts < 4) throw new RangeError("Failed by the test");
    return dialTcp(server.addr, { signal });
  }, { initialDelay: 1 });
  const writer = lines.writable.getWriter();
  writer.write("one");

  const closing = writer.close();
  using conn = await server.accept();

  assertEquals(await conn.readLine(LIMIT), "one");
  assertEquals(await conn.readLine(LIMIT), null);
  conn.close();
  await closing;
  await lines.closed;
});

Deno.test("reconnectingLines() finds a peer that is silent, and never one that sends", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr, {
    heartbeat: {
      interval: 10,
      timeout: 300,
      probe: (conn) => conn.writeString("PING\n"),
    },
  });
  const losing = reached(lines, "lost");
  using conn = await server.accept();
  // Answers keep the connection, for longer than a silent one would last.
  for (let count = 0; count < 10; count++) {
    assertEquals(await conn.readLine(LIMIT), "PING");
    await conn.writeString("PONG\n");
    assertEquals(await lines.read(LIMIT), "PONG");
  }
  assertEquals(lines.stats.connections, 1);

  const { reason } = await losing;

  assert(reason instanceof DOMException);
  assertEquals(reason.name, "TimeoutError");
});

Deno.test("reconnectingLines() keeps a peer that reads slowly what is before the probe", async () => {
  const size = 4000;
  const count = 150;
  // Its buffers are small, so that progress shows soon.
  const [conn, peer] = pipe();
  await using lines = reconnectingLines(() => Promise.resolve(conn), {
    heartbeat: {
      interval: 20,
      timeout: 500,
      probe: (conn) => conn.writeString("PING\n"),
    },
  });
  const line = "x".repeat(size);
  const writes = Array.from({ length: count }, () => lines.write(line));
  const writing = Promise.allSettled(writes);
  // All in all it takes several times as long as an answer may take.
  let read = 0;
  while (read < count) {
    const text = await peer.readLine(LIMIT);
    if (text === null) break;
    if (text.length === size) read++;
    await delay(10);
  }
  assertEquals([read, lines.stats.connections], [count, 1]);
  await writing;
  peer.close();
});

Deno.test("reconnectingLines() gives up a peer that takes nothing more", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr, {
    heartbeat: { interval: 5, timeout: 50, probe: () => {} },
  });
  const losing = reached(lines, "lost");
  using _conn = await server.accept();
  for (let count = 0; count < 20; count++) {
    lines.write("x".repeat(1_000_000)).catch(() => {});
  }
  const { reason } = await losing;
  assert(reason instanceof DOMException);
  assertEquals(reason.name, "TimeoutError");
});

Deno.test("reconnectingLines() counts a connection whose probe fails as lost", async () => {
  using server = new LineServer();
  for (
    const probe of [
      () => Promise.reject(REASON),
      () => {
        throw REASON;
      },
    ]
  ) {
    await using lines = connect(server.addr, {
      heartbeat: { interval: 1, probe },
    });
    const { reason } = await reached(lines, "lost");
    assertEquals(reason, REASON);
  }
});

Deno.test("reconnectingLines() does not probe while too much waits to be read", async () => {
  using server = new LineServer();
  let probes = 0;
  // Until something has come, there would be probes.
  const sent = Promise.withResolvers<void>();
  await using lines = connect(server.addr, {
    onOpen: () => sent.promise,
    heartbeat: { interval: 5, timeout: 5, probe: () => probes++ },
  });
  using conn = await server.accept();
  conn.writeString(`${"x".repeat(1000)}\n`.repeat(2000)).catch(() => {});
  await until(() => conn.bytesWritten > 0);
  sent.resolve();
  while (lines.stats.received < 900) {
    await delay(1);
  }

  await delay(50);

  assertEquals([probes, lines.stats.connections], [0, 1]);
});

Deno.test("reconnectingLines() ends a connection with a line that is too long", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr, { maxLength: 5 });
  const losing = reached(lines, "lost");
  using conn = await server.accept();
  await conn.writeString("short\nfar too long\n");

  const { reason } = await losing;

  assert(reason instanceof LineTooLongError);
  assertEquals(await lines.read(LIMIT), "short");
});

Deno.test("reconnectingLines() sends what waits and closes in order", async () => {
  using server = new LineServer();
  const lines = connect(server.addr);
  using conn = await server.accept();
  await reached(lines, "open");
  const writes = Array.from(
    { length: 1000 },
    () => lines.write("x".repeat(99)),
  );

  const closing = lines.close();

  let count = 0;
  for await (const line of conn.lines(LIMIT)) count += line.length;
  assertEquals(count, 99_000);
  conn.close();
  await Promise.all([closing, ...writes]);
  assertEquals(await lines.read(), null);
  await assertRejects(() => lines.write("late"), ClosedError);
  assertEquals(lines.state, { type: "closed", reason: undefined });
  await lines.close();
});

Deno.test("reconnectingLines() rejects what it can't send when it is closed", async () => {
  const lines = connect(DEAD_ADDR);
  const writing = lines.write("never");
  const reading = lines.read();

  await lines.close();

  await assertRejects(() => writing, ClosedError);
  assertEquals(await reading, null);
});

Deno.test("reconnectingLines() cuts a peer that does not end at the limit of close()", async () => {
  using server = new LineServer();
  const limits = [
    { timeout: 1 },
    { deadline: Date.now() },
    { signal: AbortSignal.abort(REASON) },
  ];
  for (const limit of limits) {
    const lines = connect(server.addr);
    using _conn = await server.accept();
    await reached(lines, "open");
    // More than the system takes.
    const writing = lines.write("x".repeat(32 * 1024 * 1024));

    await lines.close(limit);

    await assertRejects(() => writing);
    assertEquals(await lines.read(), null);
  }
});

Deno.test("reconnectingLines() refuses limits of close() that are not valid, and goes on", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  using conn = await server.accept();

  await assertRejects(() => lines.close({ timeout: -1 }), RangeError);

  await lines.write("still here");
  assertEquals(await conn.readLine(LIMIT), "still here");
});

Deno.test("reconnectingLines() ends everything at its signal, with the signal's reason", async () => {
  using server = new LineServer();
  const controller = new AbortController();
  const lines = connect(server.addr, { signal: controller.signal });
  using conn = await server.accept();
  const reading = lines.read();
  const writing = lines.write("x".repeat(32 * 1024 * 1024));
  await conn.read(new Uint8Array(1));
  const waiting = lines.write("waits");

  controller.abort(REASON);
  await lines.closed;

  assertEquals(await assertRejects(() => reading), REASON);
  await assertRejects(() => writing, UncertainWriteError);
  assertEquals(await assertRejects(() => waiting), REASON);
  assertEquals(await assertRejects(() => lines.write("late")), REASON);
  assertEquals(lines.state, { type: "closed", reason: REASON });
});

Deno.test("reconnectingLines() ends everything when the attempts are used up", async () => {
  const lines = connect(DEAD_ADDR, { maxAttempts: 2 });
  const writer = lines.writable.getWriter();
  writer.write("never");
  const reading = Array.fromAsync(lines.readable);

  const { reason } = await reached(lines, "closed");

  assert(reason instanceof Error);
  assert(reason.cause instanceof Deno.errors.ConnectionRefused);
  assertEquals(await assertRejects(() => reading), reason);
  assertEquals(await assertRejects(() => writer.write("late")), reason);
  assertEquals(await assertRejects(() => lines.write("late")), reason);
});

Deno.test("reconnectingLines() closes when its readable is cancelled", async () => {
  using server = new LineServer();
  const lines = connect(server.addr);
  const conn = await server.accept();
  await conn.writeString("one\ntwo\n");
  for await (const line of lines.readable) {
    assertEquals(line, "one");
    conn.close();
    break;
  }

  await lines.closed;
});

Deno.test("reconnectingLines() cuts when its writable is aborted", async () => {
  using server = new LineServer();
  const lines = connect(server.addr);
  using _conn = await server.accept();
  await reached(lines, "open");
  const reading = lines.read();

  await lines.writable.abort(REASON);

  assertEquals(await assertRejects(() => reading), REASON);
});

Deno.test("reconnectingLines() is flushed when all is with the system", async () => {
  using server = new LineServer();
  await using lines = connect(server.addr);
  using _conn = await server.accept();
  for (let count = 0; count < 10; count++) lines.write("x");

  await lines.flushed(LIMIT);

  assertEquals(lines.stats.sent, 10);
  await assertRejects(
    () => lines.flushed({ signal: AbortSignal.abort(REASON) }),
    SyntaxError,
  );
  const error = await assertRejects(
    async () => {
      await using dead = connect(DEAD_ADDR);
      dead.write("x");
      await dead.flushed({ timeout: 1 });
    },
    DOMException,
  );
  assertEquals(error.name, "TimeoutError");
});

Deno.test("reconnectingLines() refuses lines and options that can't be", async () => {
  let dials = 0;
  const dial = () => {
    dials++;
    return new Promise<TcpConn>(() => {});
  };
  const refuse = (options: object, type: typeof TypeError) =>
    assertThrows(() => reconnectingLines(dial, options), type);

  refuse({ maxLength: -1 }, RangeError);
  refuse({ maxBufferedBytes: 1.5 }, RangeError);
  refuse({ bufferPolicy: "close" }, TypeError);
  refuse({ heartbeat: 1 }, TypeError);
  refuse({ heartbeat: { interval: -1, probe: () => {} } }, RangeError);
  refuse({ heartbeat: { interval: 1 } }, TypeError);
  refuse({ maxAttempts: 0 }, RangeError);
  await delay(0);
  assertEquals(dials, 0);
  await using lines = reconnectingLines(dial);
  await assertRejects(() => lines.write("a\nb"), TypeError);
  await assertRejects(() => lines.write(1 as unknown as string), TypeError);
});

Deno.test("reconnectingLines() gives up what a stalled link has not begun to send", async () => {
  using server = new LineServer();
  await using relay = await FaultRelay.start(server.addr, {
    up: { stallAt: 0 },
  });
  await using lines = connect(relay.addr, {
    heartbeat: { interval: 5, timeout: 5, probe: () => {} },
  });
  const { reason } = await reached(lines, "lost");

  assert(reason instanceof DOMException);
  await lines.close({ timeout: 0 });
});
