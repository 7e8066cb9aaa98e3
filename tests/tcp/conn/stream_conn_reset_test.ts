import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { BLOCKING, encode, pattern, readText } from "../support/_bytes.ts";
import {
  bytesWrittenOf,
  errorOf,
  isPending,
  until,
} from "../support/_outcomes.ts";
import { connectResettable } from "../support/_resettable.ts";

/** Checks that an error tells of a reset, and of whose. */
function assertReset(error: unknown, conn: TcpConn): void {
  assertInstanceOf(error, Deno.errors.ConnectionReset);
  const { port } = conn.remoteAddr;
  assertStringIncludes(error.message, `127.0.0.1:${port}: `);
  assertInstanceOf(error.cause, Deno.errors.ConnectionReset);
}

Deno.test("a reset is a typed error with the address, again and again", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const reading = errorOf(conn.read(new Uint8Array(4)));
  assert(await isPending(reading));
  peer.reset();
  assertReset(await reading, conn);
  const later = [
    conn.read(new Uint8Array(4)),
    conn.read(new Uint8Array(4), { timeout: 60_000 }),
    conn.readFull(new Uint8Array(4)),
    conn.readLine(),
    conn.lines().next(),
    conn.readable.getReader().read(),
  ];
  for (const call of later) assertReset(await errorOf(call), conn);
});

Deno.test("a reset reaches all reads that wait", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const calls = [
    conn.read(new Uint8Array(4)),
    conn.readFull(new Uint8Array(4)),
    conn.readLine(),
    conn.read(new Uint8Array(4), { timeout: 60_000 }),
  ].map(errorOf);
  peer.reset();
  for (const error of await Promise.all(calls)) assertReset(error, conn);
});

Deno.test("what came before a reset is delivered first", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  peer.send("hello");
  assertEquals(await readText(conn, 1), "h");
  await until(() => conn.bytesRead === 5);
  peer.reset();
  assertEquals(await readText(conn, 4), "ello");
  assertReset(await errorOf(conn.read(new Uint8Array(4))), conn);
});

Deno.test("a reset during a readFull() keeps its bytes for read()", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const reading = errorOf(conn.readFull(new Uint8Array(9)));
  peer.send("hello");
  await until(() => conn.bytesRead === 5);
  peer.reset();
  assertReset(await reading, conn);
  assertEquals(await readText(conn, 5), "hello");
  assertReset(await errorOf(conn.read(new Uint8Array(4))), conn);
});

Deno.test("a reset during a readLine() keeps its bytes for read()", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const reading = errorOf(conn.readLine());
  peer.send("hello");
  await until(() => conn.bytesRead === 5);
  peer.reset();
  assertReset(await reading, conn);
  assertEquals(await readText(conn, 5), "hello");
});

Deno.test("a reset while nobody reads is found by the next read", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  peer.reset();
  assertReset(await errorOf(conn.read(new Uint8Array(4))), conn);
});

Deno.test("a reset ends writing with a typed error and frees the connection", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const writing = errorOf(conn.write(pattern(BLOCKING)));
  const behind = errorOf(conn.writeString("behind"));
  const reading = errorOf(conn.read(new Uint8Array(4)));
  await until(() => conn.bytesWritten > 0);
  peer.reset();
  await reading;
  for (const error of [await writing, await behind]) {
    assert(
      error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset,
    );
    assertStringIncludes(error.message, `:${conn.remoteAddr.port}: `);
    assert(error.cause instanceof Error);
  }
  assertEquals(bytesWrittenOf(await writing), conn.bytesWritten);
  assertEquals(bytesWrittenOf(await behind), 0);
  await conn.closed;
  assertEquals(conn.state, "closed");
  assertEquals(conn.bufferedBytes, 0);
});

Deno.test("a reset reaches every read of a reader", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const reader = conn.readable.getReader();
  const calls = [reader.read(), reader.read(), reader.read(), reader.closed];
  const errors = calls.map(errorOf);
  assert(await isPending(errors[0] ?? Promise.resolve()));
  peer.reset();
  for (const error of await Promise.all(errors)) assertReset(error, conn);
  assertReset(await errorOf(reader.read()), conn);
});

Deno.test("a reset reaches a BYOB reader, a loop and a branch", async () => {
  const consume = [
    (conn: TcpConn) =>
      conn.readable.getReader({ mode: "byob" }).read(new Uint8Array(4)),
    (conn: TcpConn) => Array.fromAsync(conn.readable),
    (conn: TcpConn) => conn.readable.tee()[0].getReader().read(),
    (conn: TcpConn) => conn.readable.pipeTo(new WritableStream()),
    (conn: TcpConn) => new Response(conn.readable).bytes(),
  ];
  for (const run of consume) {
    using peer = await connectResettable();
    const failing = errorOf(run(peer.conn));
    assert(await isPending(failing));
    peer.reset();
    assertReset(await failing, peer.conn);
  }
});

Deno.test("a reset reaches a writer as a typed error with the address", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const writer = conn.writable.getWriter();
  const closed = errorOf(writer.closed);
  peer.reset();
  await errorOf(conn.read(new Uint8Array(1)));
  const error = await errorOf(writer.write(encode("x")));
  const later = await errorOf(writer.write(encode("y")));
  for (const each of [error, await closed, later]) {
    assertInstanceOf(each, Error);
    assertStringIncludes(each.message, `127.0.0.1:${conn.remoteAddr.port}: `);
  }
});
