import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Deflater } from "../../../websocket/deflate/_deflater.ts";
import { FrameEncoder } from "../../../websocket/frame/_frame_encoder.ts";
import { Inflater } from "../../../websocket/deflate/_inflater.ts";
import { MessageEncoder } from "../../../websocket/frame/_message_encoder.ts";
import { loadZlib } from "../../../websocket/deflate/_zlib.ts";
import { type Event, frame, hex, parse, utf8 } from "../support/_frames.ts";
import { withSeedsAsync } from "../../property/_random.ts";

const zlib = await loadZlib();

function setup(contextTakeover: boolean, threshold = 10) {
  const frames = new FrameEncoder("server");
  const deflater = new Deflater(zlib, { contextTakeover, windowBits: 15 });
  const messages = new MessageEncoder(frames, { deflater, threshold });
  return { frames, messages };
}

function received(frames: FrameEncoder): Event[] {
  const inflater = new Inflater(zlib, {
    contextTakeover: true,
    windowBits: 15,
  });
  return parse(frames.take(), { role: "client", inflater });
}

Deno.test("MessageEncoder without context takeover compresses at once", () => {
  const { frames, messages } = setup(false);
  const text = "word ".repeat(100);
  assertEquals(messages.text(text), 500);
  assert(frames.length < 50);
  assertEquals(received(frames), [["text", text]]);
});

Deno.test("MessageEncoder leaves messages below the threshold as they are", () => {
  const { frames, messages } = setup(false, 6);
  messages.text("abcde");
  assertEquals(frames.take(), frame({ opcode: 1, payload: "abcde" }));
  messages.text("abcdef");
  assertEquals(frames.take()[0], 0xc1);
});

Deno.test("MessageEncoder keeps the order while compression takes its time", async () => {
  const { frames, messages } = setup(true);
  const long = "a long message, compressed; ".repeat(50);
  const results = [
    messages.text(long),
    messages.text("short"),
    messages.bytes(2, utf8(long)),
    messages.text("tiny"),
    messages.text(long),
    messages.close(1000),
  ];
  assert(results.every((result) => result instanceof Promise));
  assertEquals(messages.pendingBytes, 3 * long.length + 9);
  frames.ping(Uint8Array.of(7)); // need not wait
  assertEquals(await Promise.all(results), [
    long.length,
    5,
    long.length,
    4,
    long.length,
    0,
  ]);
  assertEquals(messages.pendingBytes, 0);
  assertEquals(received(frames), [
    ["ping", "07"],
    ["text", long],
    ["text", "short"],
    ["bytes", 2, hex(utf8(long))],
    ["text", "tiny"],
    ["text", long],
    ["close", 1000, ""],
  ]);
  messages.free();
});

Deno.test("MessageEncoder writes at once again when nothing waits", async () => {
  const { frames, messages } = setup(true);
  await messages.text("a long message, compressed");
  assertEquals(messages.text("short"), 5);
  assertEquals(received(frames).length, 2);
  messages.free();
});

Deno.test("MessageEncoder keeps the order of random messages", async () => {
  await withSeedsAsync(20, async (random) => {
    const { frames, messages } = setup(true, 50);
    const expected: Event[] = [];
    let last: number | Promise<number> = 0;
    for (let count = 0; count < 30; count++) {
      const text = random.text(random.pick([0, 3, 40, 400]));
      last = messages.text(text);
      expected.push(["text", text]);
      if (random.chance(0.2)) await last;
    }
    await last;
    assertEquals(received(frames), expected);
    messages.free();
  });
});

Deno.test("MessageEncoder.free() rejects what waits", async () => {
  const { frames, messages } = setup(true);
  const first = messages.bytes(2, new Uint8Array(100000));
  const second = messages.text("short");
  const third = messages.close();
  messages.free();
  for (const result of [first, second, third]) {
    await assertRejects(() => Promise.resolve(result), Error, "closed");
  }
  assertEquals(frames.length, 0);
});

Deno.test("MessageEncoder.close() refuses bad arguments at once, also while something waits", async () => {
  const { messages } = setup(true);
  const pending = messages.text("a long message, compressed");
  assertThrows(() => messages.close(1005), RangeError);
  assertThrows(() => messages.close(1000, "x".repeat(124)), RangeError);
  await pending;
  messages.free();
});
