// Sends and receives 100,000 messages in pieces on one connection, and prints, as
// JSON, by how many bytes V8's heap has grown afterwards.
//
//   deno run --v8-flags=--expose-gc _many_messages_program.ts
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { pipe } from "../../../tcp/testing.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";

const COUNT = 100_000;
const REQUEST = [
  "GET / HTTP/1.1",
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
].join("\r\n") + "\r\n\r\n";
/** A masked text frame with one byte. */
const FRAME = Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61);
const { gc } = globalThis as unknown as { gc(): void };

/** The heap in use, without garbage that is freed late. */
async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise<void>(afterPoll);
  }
  return Deno.memoryUsage().heapUsed;
}

async function send(conn: WebSocketConn, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const writer = (await conn.writeMessage(OPCode.textFrame)).getWriter();
    writer.write(FRAME.subarray(6));
    await writer.close();
  }
}

async function receive(conn: WebSocketConn, count: number): Promise<number> {
  let received = 0;
  for (let index = 0; index < count; index++) {
    const message = await conn.readMessage();
    for await (const piece of message?.readable ?? []) received += piece.length;
  }
  return received;
}

const [client, raw] = pipe();
const accepting = acceptWebSocket(raw);
await client.writeString(REQUEST);
const conn = await accepting;

/** Moves messages both ways; the client is bare, so that only one side counts. */
async function move(count: number): Promise<number> {
  const frames = new Uint8Array(count * FRAME.length);
  for (let at = 0; at < frames.length; at += FRAME.length) {
    frames.set(FRAME, at);
  }
  const end = client.bytesRead;
  const buffer = new Uint8Array(65_536);
  const drain = async () => {
    // Two frames of 3 and 2 bytes for each message.
    while (client.bytesRead < end + 5 * count) await client.read(buffer);
  };
  const [received] = await Promise.all([
    receive(conn, count),
    send(conn, count),
    client.write(frames),
    drain(),
  ]);
  return received;
}

// The answer to the handshake, and what is made at first use.
await client.read(new Uint8Array(1024));
await move(1000);
const before = await heapUsed();
const received = await move(COUNT);
const heap = await heapUsed() - before;
conn.terminate();
client.terminate();
console.log(JSON.stringify({ received, heap }));
