import { assertEquals, assertGreater } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { flushNext } from "../../../internal/wait/flush_queue.ts";
import { WriteHalf } from "../../../tcp/conn/_write_half.ts";
import { FrameSender } from "../../../websocket/engine/_frame_sender.ts";
import type { MessageEncoderOptions } from "../../../websocket/frame/_message_encoder.ts";
import { Broadcast } from "../../../websocket/frame/_broadcast.ts";
import type { Deflater } from "../../../websocket/deflate/_deflater.ts";
import { turn } from "../../internal/_turn.ts";
import { HOST, makeRaw } from "../../tcp/support/_raw.ts";

/** More than have their turns at once. */
const MANY = 500;

function makeSender(deflate?: MessageEncoderOptions) {
  const ignore = () => {};
  const writes = new WriteHalf(makeRaw(), HOST, true);
  const sender = new FrameSender(writes, {
    closedError: () => new ClosedError("Closed by the test"),
    conn: "the connection",
    hasBacklog: false,
    onSent: ignore,
    onLinkError: ignore,
    onFault: ignore,
    onOverflow: ignore,
  }, {
    role: "server",
    deflate,
  });
  return { sender, writes };
}

Deno.test("FrameSender does not lag behind a flood, and stands in line once at most", async () => {
  await turn();
  const { sender, writes } = makeSender();
  let turns = 0;
  const flush = sender.flush;
  sender.flush = () => {
    turns++;
    flush.call(sender);
  };
  for (let index = 0; index < MANY; index++) flushNext({ flush: () => {} });
  const message = new Broadcast(2, new Uint8Array(40_000));
  const { frame } = message;
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    for (let each = 0; each < 3; each++) sender.sendBroadcast(message);
    // What is with the system comes back; the line has not got as far.
    for (let tick = 0; tick < 5; tick++) await Promise.resolve();
  }
  assertEquals(turns, 0);
  assertGreater(writes.bytesWritten, rounds * frame.length);
  await sender.allFlushed();
  assertEquals(writes.bytesWritten, rounds * 3 * frame.length);
  for (let round = 0; round < MANY; round++) await turn();
  assertEquals(turns, 1);
});

/** A sender whose one message is compressed when the test says so. */
function makeCompressing() {
  const compressed = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const deflater: Pick<Deflater, "compress" | "close"> = {
    compress: () => compressed.promise,
    close: () => {},
  };
  const made = makeSender({ deflater: deflater as Deflater, threshold: 1 });
  return { ...made, compress: () => compressed.resolve(new Uint8Array(5)) };
}

Deno.test("FrameSender counts a message that goes out as soon as it is compressed", async () => {
  for (let hops = 0; hops < 8; hops++) {
    const { sender, writes, compress } = makeCompressing();
    sender.send(2, new Uint8Array(10));
    assertEquals(sender.hasUnsent, true);
    compress();
    // Something else that is sent takes it along.
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    sender.ping(new Uint8Array(1));
    sender.flush();
    await turn();
    await sender.allFlushed();
    assertEquals(writes.bytesWritten, 3 + 7);
    assertEquals(sender.hasUnsent, false, `After ${hops} microtasks`);
  }
});

Deno.test("FrameSender is not idle while frames without a payload wait for others", async () => {
  for (let hops = 0; hops < 8; hops++) {
    const { sender, writes, compress } = makeCompressing();
    sender.send(2, new Uint8Array(10));
    sender.send(2, new Uint8Array(0));
    sender.close(undefined, "");
    compress();
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    sender.ping(new Uint8Array(1));
    sender.flush();
    while (!sender.isIdle) await Promise.resolve();
    // The ping, the message, an empty one and the close frame.
    assertEquals(writes.bytesWritten, 3 + 7 + 2 + 2, `After ${hops}`);
  }
});
