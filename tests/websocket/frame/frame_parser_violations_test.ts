import { assert, assertEquals } from "@std/assert";
import { FrameParser } from "../../../websocket/frame/_frame_parser.ts";
import {
  begin,
  BINARY,
  CLOSE,
  concat,
  cuts,
  frame,
  hex,
  last,
  masked,
  middle,
  parse,
  PING,
  PONG,
  Recorder,
  TEXT,
  utf8,
} from "../support/_frames.ts";

/** Asserts that bytes end with a failure of this code, however they are cut. */
function assertFails(bytes: Uint8Array, code: number, message?: string): void {
  for (const pieces of cuts(bytes)) {
    const event = parse(pieces).at(-1);
    assertEquals(event?.slice(0, 2), ["fail", code]);
    if (message !== undefined) assertEquals(event?.[2], message);
  }
}

// Rules of the framing: 1002

Deno.test("FrameParser refuses reserved bits on every kind of frame", () => {
  for (const opcode of [0, TEXT, BINARY, CLOSE, PING, PONG]) {
    for (let rsv = 1; rsv <= 7; rsv++) {
      const bytes = masked(opcode, "x", { rsv });
      assertFails(bytes, 1002, "Reserved bit set");
      assertFails(concat(begin(TEXT), bytes), 1002, "Reserved bit set");
    }
  }
});

Deno.test("FrameParser refuses reserved opcodes", () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    assertFails(masked(opcode), 1002, "Reserved opcode");
    assertFails(masked(opcode, "x", { fin: false }), 1002, "Reserved opcode");
    assertFails(
      concat(begin(TEXT, "a"), masked(opcode)),
      1002,
      "Reserved opcode",
    );
  }
});

Deno.test("FrameParser refuses a reserved bit or opcode as soon as its byte is there", () => {
  for (const byte of [0x83, 0x8f, 0x91, 0xa1]) {
    assertEquals(parse(Uint8Array.of(byte))[0]?.slice(0, 2), ["fail", 1002]);
  }
});

Deno.test("FrameParser refuses unmasked frames from a client", () => {
  for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG]) {
    for (const payload of ["", "abc", "x".repeat(125)]) {
      assertFails(frame({ opcode, payload }), 1002, "Frame not masked");
    }
  }
  const long = frame({ opcode: TEXT, payload: "x".repeat(300) });
  assertEquals(parse(long), [["fail", 1002, "Frame not masked"]]);
});

Deno.test("FrameParser refuses masked frames from a server", () => {
  for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG]) {
    for (const payload of ["", "abc", "x".repeat(300)]) {
      if (opcode >= CLOSE && payload.length > 125) continue;
      assertEquals(parse(masked(opcode, payload), { role: "client" }), [
        ["fail", 1002, "Frame masked"],
      ]);
    }
  }
});

Deno.test("FrameParser refuses lengths that are not in their shortest form", () => {
  for (const opcode of [TEXT, BINARY]) {
    for (const length of [0, 1, 125]) {
      const payload = "x".repeat(length);
      for (const lengthForm of [16, 64] as const) {
        const message = "Length not in its shortest form";
        assertFails(masked(opcode, payload, { lengthForm }), 1002, message);
      }
    }
    const payload = "x".repeat(126);
    const bytes = masked(opcode, payload, { lengthForm: 64 });
    assertFails(bytes, 1002, "Length not in its shortest form");
  }
  const edge = masked(BINARY, "x".repeat(65535), { lengthForm: 64 });
  assertEquals(parse(edge), [
    ["fail", 1002, "Length not in its shortest form"],
  ]);
});

Deno.test("FrameParser refuses a length of 2^63 or more from its ten bytes", () => {
  for (const length of [2n ** 63n, 2n ** 64n - 1n]) {
    const head = masked(BINARY, "", { length, lengthForm: 64 }).subarray(0, 10);
    assertFails(head, 1002, "Length has its top bit set");
  }
});

Deno.test("FrameParser refuses control frames of more than 125 bytes", () => {
  for (const opcode of [CLOSE, PING, PONG]) {
    for (const length of [126, 200]) {
      const bytes = masked(opcode, "x".repeat(length));
      assertFails(bytes, 1002, "Control frame too long");
      // The announcement suffices.
      assertFails(bytes.subarray(0, 2), 1002, "Control frame too long");
    }
    const bytes = masked(opcode, "", { length: 70000 }).subarray(0, 2);
    assertFails(bytes, 1002, "Control frame too long");
  }
});

Deno.test("FrameParser refuses fragmented control frames", () => {
  for (const opcode of [CLOSE, PING, PONG]) {
    const bytes = masked(opcode, "x", { fin: false });
    assertFails(bytes, 1002, "Control frame fragmented");
  }
});

Deno.test("FrameParser refuses a continuation without a message", () => {
  for (const fin of [true, false]) {
    for (const payload of ["", "x"]) {
      const bytes = masked(0, payload, { fin });
      assertFails(bytes, 1002, "Continuation of no message");
      assertFails(
        concat(masked(TEXT, "done"), bytes),
        1002,
        "Continuation of no message",
      );
      assertFails(
        concat(begin(TEXT), last(), bytes),
        1002,
        "Continuation of no message",
      );
    }
  }
});

Deno.test("FrameParser refuses a new message inside of a fragmented one", () => {
  for (const opcode of [TEXT, BINARY]) {
    for (const fin of [true, false]) {
      const bytes = concat(begin(TEXT, "a"), masked(opcode, "b", { fin }));
      assertFails(bytes, 1002, "New message inside a fragmented one");
    }
  }
});

Deno.test("FrameParser refuses RSV1 without an inflater, and with one where it has no place", () => {
  const inflater = {
    inflate: (message: Uint8Array) => message,
  };
  const bytes = masked(TEXT, "abc", { rsv: 4 });
  assertEquals(parse(bytes, { inflater }), [["text", "abc"]]);
  assertEquals(parse(bytes), [["fail", 1002, "Reserved bit set"]]);
  const misplaced = [
    concat(begin(TEXT), masked(0, "", { rsv: 4 })),
    concat(
      masked(TEXT, "a", { rsv: 4, fin: false }),
      masked(0, "b", { rsv: 4 }),
    ),
    masked(PING, "", { rsv: 4 }),
    masked(PONG, "", { rsv: 4 }),
    masked(CLOSE, "", { rsv: 4 }),
    masked(TEXT, "", { rsv: 6 }),
    masked(BINARY, "", { rsv: 5 }),
  ];
  for (const bytes of misplaced) {
    assertEquals(parse(bytes, { inflater }), [
      ["fail", 1002, "Reserved bit set"],
    ]);
  }
});

// Close frames

Deno.test("FrameParser reads the code and the reason of a close frame", () => {
  const cases: [Uint8Array, number, string][] = [
    [new Uint8Array(0), 1005, ""],
    [Uint8Array.of(3, 232), 1000, ""],
    [concat(Uint8Array.of(15, 160), utf8("Tschüß")), 4000, "Tschüß"],
    [
      concat(Uint8Array.of(3, 233), utf8("r".repeat(123))),
      1001,
      "r".repeat(123),
    ],
  ];
  for (const [payload, code, reason] of cases) {
    const bytes = masked(CLOSE, payload);
    for (const pieces of cuts(bytes)) {
      assertEquals(parse(pieces), [["close", code, reason]]);
    }
    assertEquals(
      parse(frame({ opcode: CLOSE, payload }), { role: "client" }),
      [["close", code, reason]],
    );
  }
});

Deno.test("FrameParser refuses close frames of one byte and codes that must not be sent", () => {
  assertFails(masked(CLOSE, "x"), 1002, "Close frame of one byte");
  const codes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999];
  codes.push(5000, 65535);
  for (const code of codes) {
    const payload = Uint8Array.of(code >> 8, code & 0xff);
    assertFails(masked(CLOSE, payload), 1002, "Invalid close code");
  }
});

Deno.test("FrameParser takes every code that may be sent", () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011];
  codes.push(1012, 1013, 1014, 3000, 3999, 4000, 4999);
  for (const code of codes) {
    const payload = Uint8Array.of(code >> 8, code & 0xff);
    assertEquals(parse(masked(CLOSE, payload)), [["close", code, ""]]);
  }
});

Deno.test("FrameParser refuses a close reason that is not UTF-8", () => {
  const payload = concat(Uint8Array.of(3, 232), Uint8Array.of(0x61, 0xff));
  assertFails(masked(CLOSE, payload), 1007, "Close reason is not UTF-8");
  const cut = concat(Uint8Array.of(3, 232), Uint8Array.of(0xc3));
  assertFails(masked(CLOSE, cut), 1007, "Close reason is not UTF-8");
});

// UTF-8: 1007

Deno.test("FrameParser refuses text that is not UTF-8, as string and as bytes", () => {
  const bad = [
    Uint8Array.of(0xff),
    Uint8Array.of(0x61, 0x80),
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xc0, 0xaf),
    Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
    Uint8Array.of(0x61, 0xe2, 0x82), // cut short
  ];
  for (const payload of bad) {
    for (const pieces of cuts(masked(TEXT, payload))) {
      for (const textAs of ["string", "bytes"] as const) {
        assertEquals(parse(pieces, { textAs }), [
          ["fail", 1007, "Text is not UTF-8"],
        ]);
      }
    }
    assertEquals(parse(masked(BINARY, payload)), [
      ["bytes", BINARY, hex(payload)],
    ]);
  }
});

Deno.test("FrameParser fails at the first bad byte, in the middle of a frame", () => {
  const payload = concat(
    utf8("κόσμε"),
    Uint8Array.of(0xf4, 0x90),
    utf8("rest"),
  );
  const bytes = masked(TEXT, payload);
  const header = bytes.length - payload.length;
  const bad = header + utf8("κόσμε").length + 1;
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, { role: "server" });
  for (let at = 0; at < bad; at++) parser.push(bytes.subarray(at, at + 1));
  assertEquals(recorder.events, []);
  parser.push(bytes.subarray(bad, bad + 1));
  assertEquals(recorder.events, [["fail", 1007, "Text is not UTF-8"]]);
});

Deno.test("FrameParser fails at the first bad fragment, before the message is complete", () => {
  const fragments = [
    begin(TEXT, "good"),
    middle(Uint8Array.of(0xe0)),
    middle(Uint8Array.of(0x80)),
  ];
  for (const pieces of cuts(concat(...fragments))) {
    assertEquals(parse(pieces), [["fail", 1007, "Text is not UTF-8"]]);
  }
  const incomplete = concat(begin(TEXT, Uint8Array.of(0xe2, 0x82)), last());
  assertFails(incomplete, 1007, "Text is not UTF-8");
});

Deno.test("FrameParser judges each message by itself", () => {
  const bytes = concat(
    begin(BINARY, Uint8Array.of(0xe2)),
    last(Uint8Array.of(0xff)),
    begin(TEXT, "é"),
    last(),
    masked(TEXT, "è"),
  );
  for (const pieces of cuts(bytes)) {
    assertEquals(parse(pieces), [
      ["bytes", BINARY, "e2ff"],
      ["text", "é"],
      ["text", "è"],
    ]);
  }
});

// Limits: 1009 and 1008

Deno.test("FrameParser refuses a message above maxMessageSize from its announcement", () => {
  const maxMessageSize = 1000;
  for (const length of [1001, 65536, 2 ** 31, 2n ** 40n, 2n ** 62n]) {
    const whole = masked(BINARY, "", { length });
    const head = whole.subarray(0, whole.length - 4); // without the mask
    assertEquals(parse(head, { maxMessageSize }), [
      ["fail", 1009, "Message too large"],
    ]);
  }
  const fitting = masked(BINARY, new Uint8Array(1000));
  assertEquals(parse(fitting, { maxMessageSize }).length, 1);
  const tooLarge = masked(TEXT, "x".repeat(1001));
  assertEquals(parse(tooLarge, { maxMessageSize }), [
    ["fail", 1009, "Message too large"],
  ]);
});

Deno.test("FrameParser takes 1 MiB by default and not a byte more", () => {
  const edge = masked(BINARY, "", { length: 1048577 }).subarray(0, 14);
  assertEquals(parse(edge), [["fail", 1009, "Message too large"]]);
  const fitting = masked(BINARY, "", { length: 1048576 }).subarray(0, 14);
  assertEquals(parse(fitting, { wholeFrom: Infinity }), []);
});

Deno.test("FrameParser counts all fragments together against maxMessageSize", () => {
  const maxMessageSize = 10;
  const bytes = concat(begin(TEXT, "12345"), middle("6789"), last("0"));
  assertEquals(parse(bytes, { maxMessageSize }), [["text", "1234567890"]]);
  const over = concat(begin(TEXT, "12345"), middle("67890"), last("1"));
  assertEquals(parse(over, { maxMessageSize }), [
    ["fail", 1009, "Message too large"],
  ]);
});

Deno.test("FrameParser refuses more fragments than maxFragments, empty ones counted", () => {
  const maxFragments = 3;
  const three = concat(begin(TEXT), middle(), last("x"));
  assertEquals(parse(three, { maxFragments }), [["text", "x"]]);
  assertEquals(parse(concat(three, three), { maxFragments }).length, 2);
  const four = concat(begin(TEXT), middle(), middle(), last("x"));
  assertEquals(parse(four, { maxFragments }), [
    ["fail", 1008, "Too many fragments"],
  ]);
  const single = masked(TEXT, "x");
  assertEquals(parse(single, { maxFragments: 1 }), [["text", "x"]]);
});

Deno.test("FrameParser does not count control frames as fragments", () => {
  const ping = masked(PING);
  const bytes = concat(begin(TEXT), ping, ping, ping, ping, last("x"));
  assertEquals(parse(bytes, { maxFragments: 2 }).at(-1), ["text", "x"]);
});

Deno.test("FrameParser ends 131,073 empty fragments with 1008 by default", () => {
  const recorder = new Recorder();
  const parser = new FrameParser(recorder, { role: "server" });
  parser.push(begin(BINARY));
  const many = concat(...Array.from({ length: 1024 }, () => middle()));
  for (let count = 0; count < 127; count++) parser.push(many);
  parser.push(many.subarray(0, many.length - 6));
  assertEquals(recorder.events, []);
  parser.push(middle());
  assertEquals(recorder.events, [["fail", 1008, "Too many fragments"]]);
});

Deno.test("FrameParser holds little for a large announcement with little behind", () => {
  const recorder = new Recorder();
  const maxMessageSize = 2 ** 28;
  const parser = new FrameParser(recorder, { role: "server", maxMessageSize });
  const head = masked(BINARY, "", { length: maxMessageSize });
  const before = Deno.memoryUsage().external;
  const taken = parser.push(concat(head, new Uint8Array(100)));
  const after = Deno.memoryUsage().external;
  assertEquals(taken, head.length + 100);
  assert(after - before < 2 ** 20);
});
