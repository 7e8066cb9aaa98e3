import {
  assert,
  assertEquals,
  assertLess,
  assertNotStrictEquals,
} from "@std/assert";
import {
  giveBuffer,
  HUGE_BUFFER,
  IDLE_BUFFER,
  takeBuffer,
} from "../../../internal/bytes/buffer_pool.ts";
import { FrameParser } from "../../../websocket/frame/_frame_parser.ts";
import {
  begin,
  BINARY,
  CLOSE,
  concat,
  cuts,
  type Event,
  frame,
  hex,
  last,
  MASK,
  masked,
  middle,
  parse,
  PING,
  PONG,
  Recorder,
  TEXT,
  utf8,
} from "../support/_frames.ts";

// Messages

Deno.test("FrameParser delivers text and binary messages of every form of length", () => {
  for (const length of [0, 1, 125, 126, 127, 2048, 2049, 65535, 65536, 70000]) {
    const text = "x".repeat(length);
    const expected = hex(utf8(text));
    for (
      const [role, mask] of [["server", MASK], ["client", undefined]] as const
    ) {
      const first = frame({
        opcode: TEXT,
        payload: text,
        ...(mask && { mask }),
      });
      const second = frame({
        opcode: BINARY,
        payload: text,
        ...(mask && { mask }),
      });
      const both = concat(first, second);
      assertEquals(parse(both, { role }), [
        ["text", text],
        ["bytes", BINARY, expected],
      ]);
      assertEquals(parse(both, { role, textAs: "bytes" }), [
        ["bytes", TEXT, expected],
        ["bytes", BINARY, expected],
      ]);
    }
  }
});

Deno.test("FrameParser leaves a message alone that it has handed out", () => {
  const kept: Uint8Array[] = [];
  const recorder = new Recorder();
  recorder.bytesMessage = (_opcode, payload) => void kept.push(payload);
  const parser = new FrameParser(recorder, { role: "server", textAs: "bytes" });
  // In one frame and in two, around the sizes of the buffers that are reused.
  const sizes = [1, 64, 256, 257, 1023, 1024, 1088, 1089, 2048, 2049, 20_000];
  const messages = sizes.flatMap((size) =>
    [BINARY, TEXT].flatMap((opcode) =>
      [0, size - 1].map((first) => ({ size, opcode, first }))
    )
  );
  for (const [index, { size, opcode, first }] of messages.entries()) {
    const payload = new Uint8Array(size).fill(32 + index);
    parser.push(concat(
      frame({
        opcode,
        payload: payload.slice(0, first),
        fin: false,
        mask: MASK,
      }),
      frame({ opcode: 0, payload: payload.slice(first), mask: MASK }),
      frame({ opcode, payload, mask: MASK }),
    ));
  }
  assertEquals(kept.length, 2 * messages.length);
  for (const [index, payload] of kept.entries()) {
    const message = messages[index >> 1];
    assertEquals(
      payload,
      new Uint8Array(message?.size ?? 0).fill(32 + (index >> 1)),
    );
  }
});

Deno.test("FrameParser hands out no memory that connections read into", () => {
  const payload = new Uint8Array(IDLE_BUFFER).fill(1);
  const kept: Uint8Array[] = [];
  const recorder = new Recorder();
  recorder.bytesMessage = (_opcode, payload) => void kept.push(payload);
  const parser = new FrameParser(recorder, { role: "server", textAs: "bytes" });
  for (const opcode of [BINARY, TEXT]) {
    const bytes = concat(
      frame({ opcode, payload: payload.slice(1), fin: false, mask: MASK }),
      frame({ opcode: 0, payload: payload.slice(0, 1), mask: MASK }),
      frame({ opcode, payload, mask: MASK }),
    );
    // In small pieces a message is put together in a buffer.
    for (let at = 0; at < bytes.length; at += 50) {
      parser.push(bytes.slice(at, at + 50));
    }
  }
  const reads = takeBuffer(IDLE_BUFFER);
  assertEquals(kept.length, 4);
  for (const message of kept) {
    assertEquals(message, payload);
    assertNotStrictEquals(message.buffer, reads.buffer);
    assertLess(message.buffer.byteLength, 2 * IDLE_BUFFER);
  }
  giveBuffer(reads);
});

Deno.test("FrameParser delivers text of all kinds as strings and as bytes", () => {
  for (const text of ["", "Grüße", "κόσμε", "漢字", "😀", "\ufeffBOM", "\0"]) {
    const bytes = masked(TEXT, text);
    for (const pieces of cuts(bytes)) {
      assertEquals(parse(pieces), [["text", text]]);
      assertEquals(parse(pieces, { textAs: "bytes" }), [
        ["bytes", TEXT, hex(utf8(text))],
      ]);
    }
  }
});

Deno.test("FrameParser takes many frames out of one read", () => {
  const frames: Uint8Array[] = [];
  const expected: Event[] = [];
  for (let count = 0; count < 500; count++) {
    frames.push(masked(TEXT, `Message ${count}`));
    expected.push(["text", `Message ${count}`]);
  }
  assertEquals(parse(concat(...frames)), expected);
});

Deno.test("FrameParser joins the fragments of a message, empty ones included", () => {
  const bytes = concat(
    begin(TEXT, "Hel"),
    middle(),
    middle("lo "),
    last("wörld"),
    begin(BINARY),
    last(Uint8Array.of(1, 2, 255)),
    begin(TEXT),
    last(),
    masked(TEXT, "next"),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [
      ["text", "Hello wörld"],
      ["bytes", BINARY, "0102ff"],
      ["text", ""],
      ["text", "next"],
    ]);
  }
});

Deno.test("FrameParser takes a code point that is split over fragments", () => {
  const smile = utf8("😀");
  const bytes = concat(
    begin(TEXT, smile.subarray(0, 1)),
    middle(smile.subarray(1, 3)),
    last(smile.subarray(3)),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [["text", "😀"]]);
  }
});

Deno.test("FrameParser delivers control frames between fragments at once", () => {
  const bytes = concat(
    begin(TEXT, "a"),
    masked(PING, "p"),
    middle("b"),
    masked(PONG, new Uint8Array(125).fill(7)),
    masked(PING),
    last("c"),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [
      ["ping", "70"],
      ["pong", "07".repeat(125)],
      ["ping", ""],
      ["text", "abc"],
    ]);
  }
});

Deno.test("FrameParser hands out large messages in memory of their own", () => {
  const kept: Uint8Array[] = [];
  const recorder = new Recorder();
  recorder.bytesMessage = (_opcode, payload) => void kept.push(payload);
  const sizes = [300_000, 1_000_000, 262_208, 300_000];
  for (const [index, size] of sizes.entries()) {
    const options = { role: "server", wholeFrom: Infinity } as const;
    const parser = new FrameParser(recorder, options);
    const bytes = masked(BINARY, new Uint8Array(size).fill(index + 1));
    for (let at = 0; at < bytes.length; at += 65_536) {
      parser.push(bytes.subarray(at, at + 65_536));
    }
    // One that is cut off gives back what it had.
    const rest = new FrameParser(recorder, options);
    rest.push(bytes.subarray(0, 65_536));
    rest.stop();
  }
  assertEquals(kept.length, sizes.length);
  for (const [index, payload] of kept.entries()) {
    assertEquals(payload.buffer.byteLength, sizes[index]);
    assert(payload.every((byte) => byte === index + 1));
  }
});

Deno.test("FrameParser unmasks a payload that comes in pieces of any size", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
  const bytes = masked(BINARY, payload);
  for (const size of [1, 2, 3, 5, 7, 13, 64, 255]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      pieces.push(bytes.subarray(at, at + size));
    }
    assertEquals(parse(pieces), [["bytes", BINARY, hex(payload)]]);
  }
});

Deno.test("FrameParser assembles a large message from reads of 64 KiB", () => {
  const payload = new Uint8Array(1024 * 1024);
  for (let at = 0; at < payload.length; at++) payload[at] = at * 31;
  const bytes = masked(BINARY, payload);
  const messages: Uint8Array[] = [];
  const recorder = new Recorder();
  recorder.bytesMessage = (_, message) => messages.push(message);
  const options = { role: "server", wholeFrom: Infinity } as const;
  const parser = new FrameParser(recorder, options);
  for (let at = 0; at < bytes.length; at += 65536) {
    parser.push(bytes.subarray(at, at + 65536));
  }
  assertEquals(messages.length, 1);
  assert(messages[0].every((byte, at) => byte === (at * 31 & 0xff)));
  assertEquals(messages[0].buffer.byteLength, payload.length);
});

// Messages that are taken whole

/** A parser that leaves messages of so many bytes until they are whole. */
function makeLeaving(
  { maxMessageSize = 2 ** 21, wholeFrom = 100 } = {},
) {
  const recorder = new Recorder();
  const options = { role: "server", maxMessageSize, wholeFrom } as const;
  return { recorder, parser: new FrameParser(recorder, options) };
}

Deno.test("FrameParser leaves a message until it is whole, and says how much it needs", () => {
  const { recorder, parser } = makeLeaving();
  const bytes = concat(masked(TEXT, "a"), masked(BINARY, new Uint8Array(100)));
  const first = masked(TEXT, "a").length;
  for (let length = first + 6; length < bytes.length; length++) {
    const at = parser.push(
      bytes.subarray(length === first + 6 ? 0 : first, length),
    );
    assertEquals(at, length === first + 6 ? first : 0);
    assertEquals(parser.need, bytes.length - first);
  }
  assertEquals(recorder.events, [["text", "a"]]);
  assertEquals(parser.push(bytes.subarray(first)), bytes.length - first);
  assertEquals(parser.need, 0);
  assertEquals(recorder.events[1], ["bytes", BINARY, "00".repeat(100)]);
});

Deno.test("FrameParser takes all else at once, as it comes", () => {
  const payload = "a".repeat(200);
  const others = [
    masked(TEXT, payload),
    concat(begin(BINARY, payload), last()),
    masked(BINARY, payload.slice(0, 80)),
    masked(BINARY, new Uint8Array(HUGE_BUFFER)),
  ];
  for (const bytes of others) {
    const { recorder, parser } = makeLeaving();
    assertEquals(parser.push(bytes.subarray(0, 50)), 50);
    assertEquals(parser.need, 0);
    assertEquals(parser.push(bytes.subarray(50)), bytes.length - 50);
    assertEquals(recorder.events.length, 1);
  }
});

Deno.test("FrameParser leaves frames of 256 KiB and more by default", () => {
  for (const [length, isLeft] of [[262_129, false], [262_130, true]] as const) {
    const recorder = new Recorder();
    const parser = new FrameParser(recorder, { role: "server" });
    const payload = Uint8Array.from({ length }, (_, at) => at * 31);
    const bytes = masked(BINARY, payload);
    assertEquals(parser.push(bytes.subarray(0, 1000)), isLeft ? 0 : 1000);
    assertEquals(parser.need, isLeft ? bytes.length : 0);
    parser.push(isLeft ? bytes : bytes.subarray(1000));
    assertEquals(recorder.events, [["bytes", BINARY, hex(payload)]]);
  }
});

Deno.test("FrameParser trusts a large announcement as far as messages have come", () => {
  const { recorder, parser } = makeLeaving();
  const bytes = masked(BINARY, new Uint8Array(1024 * 1024));
  assertEquals(parser.push(bytes.subarray(0, 50)), 0);
  assertEquals(parser.need, 256 * 1024);
  assertEquals(parser.push(bytes.subarray(0, 262_143)), 0);
  assertEquals(parser.need, 256 * 1024);
  assertEquals(parser.push(bytes.subarray(0, 262_200)), 0);
  assertEquals(parser.need, bytes.length);
  assertEquals(parser.push(bytes), bytes.length);
  assertEquals(recorder.events.length, 1);
  assertEquals(parser.push(bytes.subarray(0, 50)), 0);
  assertEquals(parser.need, bytes.length);
});

Deno.test("FrameParser refuses too large a message before it waits for all of it", () => {
  const { recorder, parser } = makeLeaving({ maxMessageSize: 1000 });
  parser.push(masked(BINARY, new Uint8Array(1001)).subarray(0, 50));
  assertEquals(recorder.events, [["fail", 1009, "Message too large"]]);
  assertEquals(parser.need, 0);
});

Deno.test("FrameParser that waits for a whole message can be paused and stopped", () => {
  const bytes = masked(BINARY, new Uint8Array(100));
  const { recorder, parser } = makeLeaving();
  parser.push(bytes.subarray(0, 50));
  parser.paused = true;
  assertEquals(parser.push(bytes), 0);
  assertEquals(parser.need, 0);
  parser.paused = false;
  assertEquals(parser.push(bytes.subarray(0, 60)), 0);
  assertEquals(parser.need, bytes.length);
  parser.stop();
  assertEquals(parser.push(bytes), bytes.length);
  assertEquals(recorder.events, []);
});

// Ownership

Deno.test("FrameParser changes nothing in the chunk it is given", () => {
  const bytes = concat(masked(TEXT, "abc"), masked(BINARY, "def"));
  const before = bytes.slice();
  parse(bytes);
  assertEquals(bytes, before);
});

Deno.test("FrameParser gives a message that comes alone a buffer for itself", () => {
  for (const role of ["server", "client"] as const) {
    const recorder = new Recorder();
    const sizes: number[] = [];
    recorder.bytesMessage = (_, message) => {
      sizes.push(message.buffer.byteLength);
    };
    const parser = new FrameParser(recorder, { role, textAs: "bytes" });
    for (const length of [1, 100, 3000]) {
      const payload = new Uint8Array(length);
      const mask = role === "server" ? { mask: MASK } : {};
      parser.push(frame({ opcode: BINARY, payload, ...mask }));
      parser.push(frame({ opcode: TEXT, payload, ...mask }));
    }
    assertEquals(sizes, [1, 1, 100, 100, 3000, 3000]);
  }
});

Deno.test("FrameParser goes on when a receiver transfers the buffer of its message", () => {
  const bytes = concat(
    ...["one", "two", "", "four", "five"].map((text) => masked(BINARY, text)),
  );
  const texts: string[] = [];
  const recorder = new Recorder();
  recorder.bytesMessage = (_, message: Uint8Array<ArrayBuffer>) => {
    texts.push(new TextDecoder().decode(message));
    message.buffer.transfer();
  };
  const parser = new FrameParser(recorder, { role: "server" });
  parser.push(bytes);
  assertEquals(texts, ["one", "two", "", "four", "five"]);
});

Deno.test("FrameParser never writes to a message again", () => {
  const recorder = new Recorder();
  const messages: Uint8Array[] = [];
  recorder.bytesMessage = (_, message) => messages.push(message);
  const parser = new FrameParser(recorder, { role: "server" });
  const chunk = concat(masked(BINARY, "aaaa"), masked(BINARY, "bbbb"));
  parser.push(chunk);
  messages[0].fill(1);
  parser.push(concat(masked(BINARY, "cccc"), masked(BINARY, "dddd")));
  assertEquals(messages.map(hex), [
    "01010101",
    "62626262",
    "63636363",
    "64646464",
  ]);
});

Deno.test("FrameParser reads a chunk that is a view into a larger buffer", () => {
  const bytes = concat(utf8("before"), masked(TEXT, "abc"), utf8("behind"));
  assertEquals(parse(bytes.subarray(6, bytes.length - 6)), [["text", "abc"]]);
});

// Pausing and stopping

Deno.test("FrameParser.paused stops between frames, and the rest can be pushed later", () => {
  const bytes = concat(
    masked(TEXT, "1"),
    masked(BINARY, "2"),
    masked(PING, "3"),
    begin(TEXT, "4"),
    last("5"),
    masked(TEXT, "6"),
  );
  for (const textAs of ["string", "bytes"] as const) {
    const recorder = new Recorder();
    const parser = new FrameParser(recorder, { role: "server", textAs });
    recorder.onEvent = () => parser.paused = true;
    let at = 0;
    let pushes = 0;
    while (at < bytes.length) {
      parser.paused = false;
      const before = recorder.events.length;
      const used = parser.push(bytes.subarray(at));
      assert(used > 0);
      assert(recorder.events.length <= before + 1);
      at += used;
      pushes++;
    }
    assertEquals(recorder.events.length, 5);
    assertEquals(pushes, 5);
    assertEquals(parser.paused, true);
  }
});

Deno.test("FrameParser takes nothing while it is paused", () => {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, { role: "server" });
  parser.paused = true;
  assertEquals(parser.push(masked(TEXT, "abc")), 0);
  parser.paused = false;
  parser.push(masked(TEXT, "abc"));
  assertEquals(recorder.events, [["text", "abc"]]);
});

Deno.test("FrameParser can be paused in the middle of a frame", () => {
  const bytes = masked(TEXT, "abcdef");
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, { role: "server" });
  assertEquals(parser.push(bytes.subarray(0, 8)), 8);
  parser.paused = true;
  assertEquals(parser.push(bytes.subarray(8)), 0);
  parser.paused = false;
  assertEquals(parser.push(bytes.subarray(8)), bytes.length - 8);
  assertEquals(recorder.events, [["text", "abcdef"]]);
});

Deno.test("FrameParser.stop() inside of a handler ends the parsing", () => {
  for (const opcode of [TEXT, BINARY, PING, PONG]) {
    const bytes = concat(masked(opcode, "a"), masked(opcode, "b"));
    const recorder = new Recorder();
    const parser = new FrameParser(recorder, { role: "server" });
    recorder.onEvent = () => parser.stop();
    assertEquals(parser.push(bytes), bytes.length);
    assertEquals(parser.push(bytes), bytes.length);
    assertEquals(recorder.events.length, 1);
  }
});

Deno.test("FrameParser ignores everything after a close frame", () => {
  const bytes = concat(
    masked(CLOSE, Uint8Array.of(3, 232)),
    masked(TEXT, "late"),
    Uint8Array.of(255, 255, 255),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [["close", 1000, ""]]);
  }
});

Deno.test("FrameParser reports one failure and ignores everything after it", () => {
  const bytes = concat(
    masked(3),
    masked(TEXT, "late"),
    masked(4),
    masked(CLOSE),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [["fail", 1002, "Reserved opcode"]]);
  }
});

Deno.test("FrameParser delivers what came before a violation", () => {
  const bytes = concat(masked(TEXT, "good"), masked(PING), masked(11));
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [
      ["text", "good"],
      ["ping", ""],
      ["fail", 1002, "Reserved opcode"],
    ]);
  }
});
