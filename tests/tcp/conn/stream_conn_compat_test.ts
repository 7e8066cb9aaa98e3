import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { TcpConn } from "../../../tcp/tcp_conn.ts";
import type { TlsConn } from "../../../tcp/tls/tls_conn.ts";
import type { UnixConn } from "../../../tcp/unix/unix_conn.ts";
import { concat, decode, encode } from "../support/_bytes.ts";
import { connectTcp, testEachKind } from "../support/kinds.ts";

/** What a library does that takes a connection of Deno. */
async function ask(conn: Deno.Conn, question: string): Promise<string> {
  const data = encode(question);
  let sent = 0;
  while (sent < data.length) sent += await conn.write(data.subarray(sent));
  await conn.closeWrite();
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(512);
  while (true) {
    const length = await conn.read(buffer);
    if (length === null) break;
    pieces.push(buffer.slice(0, length));
  }
  conn.close();
  return decode(concat(pieces));
}

Deno.test("a library that takes a connection of Deno takes a TcpConn", async () => {
  const [left, right] = await connectTcp();
  const echo = right.readable.pipeTo(right.writable);
  assertEquals(await ask(left, "question"), "question");
  await echo;
});

Deno.test("a TcpConn is a Deno.TcpConn in all its parts", async () => {
  const [left, right] = await connectTcp();
  using _right = right;
  using conn: Deno.TcpConn = left;
  conn.setNoDelay();
  conn.setNoDelay(false);
  conn.setKeepAlive();
  conn.setKeepAlive(false);
  conn.ref();
  conn.unref();
  assertEquals(conn.localAddr.transport, "tcp");
  assertEquals(conn.remoteAddr.hostname, "127.0.0.1");
  const readable: ReadableStream<Uint8Array<ArrayBuffer>> = conn.readable;
  const writable: WritableStream<Uint8Array<ArrayBufferLike>> = conn.writable;
  assert(readable instanceof ReadableStream);
  assert(writable instanceof WritableStream);
});

testEachKind(
  "the addresses stay what they are, past the end too",
  (left, right) => {
    const { remoteAddr } = left;
    assertEquals(remoteAddr, right.localAddr);
    assertStrictEquals(left.remoteAddr, remoteAddr);
    left.close();
    right.close();
    assertStrictEquals(left.remoteAddr, remoteAddr);
    // Nobody has asked for these before.
    assertEquals(right.remoteAddr, left.localAddr);
  },
);

testEachKind("a TcpConn needs two addresses of the Internet", (left) => {
  assertThrows(() => new TcpConn(left as unknown as Deno.TcpConn), TypeError);
}, ["unix", "pipe"]);

Deno.test("the compiler takes each kind for Deno's own", () => {
  const kinds: [
    (conn: TcpConn) => Deno.TcpConn & Deno.Conn<Deno.NetAddr>,
    (conn: TlsConn) => Deno.TlsConn & Deno.Conn<Deno.NetAddr>,
    (conn: UnixConn) => Deno.UnixConn & Deno.Conn<Deno.UnixAddr>,
    (conn: StreamConn) => Deno.Conn,
  ] = [(conn) => conn, (conn) => conn, (conn) => conn, (conn) => conn];
  assertEquals(kinds.length, 4);
});
