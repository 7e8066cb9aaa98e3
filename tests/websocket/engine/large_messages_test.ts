import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { dialTcp, listenTcp } from "@vnet/net/tcp";
import {
  acceptWebSocket,
  dialWebSocket,
  type WebSocketConn,
} from "@vnet/net/websocket";
import { Random } from "../../property/_random.ts";
import { BINARY, masked, TEXT } from "../support/_frames.ts";
import { request } from "../support/_servers.ts";

const options = { maxMessageSize: 4 * 1024 * 1024 };

/**
 * Lengths around those at which another way begins, with the 14 bytes of a header
 * and without, and what lies between.
 */
const LENGTHS = [
  ...[32_753, 32_768, 65_535, 65_536, 100_001, 262_130, 262_144, 262_194],
  ...[262_195, 700_000, 1_048_576, 1_052_658, 1_052_659, 2_500_000, 40_000],
];

const NOISE = new Random(1).bytes(65_521);

/** Bytes that differ from place to place and from message to message. */
function pattern(length: number, number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let from = number * 7919 % NOISE.length;
  for (let at = 0; at < length;) {
    const part = NOISE.subarray(from, from + length - at);
    bytes.set(part, at);
    at += part.length;
    from = 0;
  }
  return bytes;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Reads all the messages, and keeps them until the last one has come. */
async function readAll(socket: WebSocketConn, first: number): Promise<void> {
  const messages: Uint8Array[] = [];
  for (const _ of LENGTHS) {
    const message = await socket.read();
    assert(message instanceof Uint8Array);
    messages.push(message);
  }
  for (const [index, message] of messages.entries()) {
    const { buffer, length } = message;
    assertEquals(length, LENGTHS[index]);
    assert(isSame(message, pattern(length, first + index)), `${length} bytes`);
    // Nobody else has, or will get, what a receiver owns.
    assertEquals(buffer.byteLength, length);
  }
}

async function sendAll(socket: WebSocketConn, first: number): Promise<void> {
  for (const [index, length] of LENGTHS.entries()) {
    await socket.write(pattern(length, first + index));
  }
}

Deno.test("large messages arrive as they were sent, on several connections at once", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn, options);
    const first = Number(await socket.read());
    await Promise.all([readAll(socket, first), sendAll(socket, first + 500)]);
    await socket.close();
  });
  const { port } = listener.addr;
  await Promise.all(Array.from({ length: 10 }, async (_, index) => {
    const first = index * 1000;
    const socket = await dialWebSocket(`ws://127.0.0.1:${port}/`, options);
    await socket.write(String(first));
    await Promise.all([readAll(socket, first + 500), sendAll(socket, first)]);
    await socket.closed;
  }));
  listener.close();
  await serving;
});

Deno.test("a large message may come in small pieces, and its peer may go in the middle", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const accepting = listener.accept();
  using peer = await dialTcp(listener.addr);
  await peer.writeString(request("/"));
  const conn = await accepting;
  const socket = await acceptWebSocket(conn);
  const large = pattern(300_000, 3);
  const frame = masked(BINARY, large);
  for (let at = 0; at < 50_000; at += 1000) {
    await peer.write(frame.subarray(at, at + 1000));
  }
  await peer.write(frame.subarray(50_000));
  await peer.write(masked(TEXT, "behind"));
  const message = await socket.read();
  assert(message instanceof Uint8Array && isSame(message, large));
  assertEquals(await socket.read(), "behind");

  // The peer goes away in the middle of one.
  await peer.write(frame.subarray(0, 50_000));
  peer.close();
  await assertRejects(() => socket.read(), Deno.errors.UnexpectedEof);
  assertEquals((await socket.closed).code, 1006);
});
