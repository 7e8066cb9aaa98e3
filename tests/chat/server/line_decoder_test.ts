import { assertEquals, assertThrows } from "@std/assert";
import {
  LineDecoder,
  type LineEvent,
} from "../../../chat/server/line_decoder.ts";
import { Random } from "../../property/_random.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** What came out, with the refusals of telnet's options apart and joined. */
interface Outcome {
  readonly events: readonly string[];
  readonly replies: readonly number[];
}

function decode(
  pieces: Iterable<Uint8Array>,
  decoder = new LineDecoder(),
): Outcome {
  const all: LineEvent[] = [];
  for (const piece of pieces) {
    // The decoder keeps nothing of the caller's buffer.
    const buffer = piece.slice();
    all.push(...decoder.push(buffer));
    buffer.fill(0x2a);
  }
  all.push(...decoder.end());
  const events: string[] = [];
  const replies: number[] = [];
  for (const event of all) {
    if (event.type === "reply") replies.push(...event.bytes);
    else events.push(event.type === "line" ? `= ${event.text}` : event.code);
  }
  return { events, replies };
}

function lines(text: string): readonly string[] {
  return decode([utf8(text)]).events;
}

Deno.test("LineDecoder ends a line at LF, CR LF and CR NUL", () => {
  assertEquals(lines("a\nb\r\nc\r\0d"), ["= a", "= b", "= c", "= d"]);
  assertEquals(lines("\n\r\n\r\0"), ["= ", "= ", "= "]);
});

Deno.test("LineDecoder does not end a line at CR or NUL alone", () => {
  assertEquals(lines("a\rb\0c\r\r\n"), ["= abc"]);
  assertEquals(lines("a\r"), ["= a"]);
});

Deno.test("LineDecoder delivers a last line without an end, once", () => {
  const decoder = new LineDecoder();
  assertEquals(decoder.push(utf8("one\ntwo")), [{ type: "line", text: "one" }]);
  assertEquals(decoder.end(), [{ type: "line", text: "two" }]);
  assertEquals(decoder.end(), []);
  assertEquals(decode([]).events, []);
});

Deno.test("LineDecoder takes control characters out, and makes a tab a space", () => {
  assertEquals(lines("a\x07b\x08c\x7fd\te\x0bf\n"), ["= abcd e f"]);
  assertEquals(lines("a\u0080b\u009fc\u0085d\n"), ["= abc d"]);
});

Deno.test("LineDecoder takes the escape sequences of terminals out", () => {
  assertEquals(lines("\x1b[31mred\x1b[0m\n"), ["= red"]);
  assertEquals(lines("up\x1b[A\x1bOP down\n"), ["= up down"]);
  assertEquals(lines("\x1b]0;title\x07a\x1b]8;;x\x1b\\b\n"), ["= ab"]);
  assertEquals(lines("\u009b2Jclear\n"), ["= clear"]);
  assertEquals(lines("\x1b[\x1b[31m31m \x1b]open\n"), ["= [31m ]open"]);
});

Deno.test("LineDecoder keeps text of every language as it is", () => {
  const text = "你好 Здравствуйте مرحبا 🙂 e\u0301 \u200d";
  assertEquals(lines(`${text}\n`), [`= ${text}`]);
});

Deno.test("LineDecoder takes out a byte order mark at the start of a line", () => {
  assertEquals(lines("\ufeffa\nb\n"), ["= a", "= b"]);
});

Deno.test("LineDecoder keeps the start of a line while the rest is coming", () => {
  const text = Array.from({ length: 1_000 }, (_, index) => index).join(" ");
  const bytes = [...utf8(`${text}\nend\n`)].map((byte) => Uint8Array.of(byte));
  assertEquals(decode(bytes).events, [`= ${text}`, "= end"]);
});

Deno.test("LineDecoder refuses a line that is not UTF-8, and takes the next", () => {
  const bad = [
    [0x80],
    [0xc3, 0x28],
    [0xc0, 0xaf],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xff, 0xff],
  ];
  for (const bytes of bad) {
    const input = Uint8Array.of(0x61, ...bytes, 10, 0x62, 10);
    assertEquals(decode([input]).events, ["invalid-utf8", "= b"]);
  }
});

Deno.test("LineDecoder counts the bytes of a line without its end", () => {
  for (const end of ["\n", "\r\n", "\r\0", ""]) {
    assertEquals(lines("x".repeat(4096) + end), [`= ${"x".repeat(4096)}`]);
    assertEquals(lines("x".repeat(4097) + end), ["line-too-long"]);
  }
  assertEquals(lines(`${"é".repeat(2049)}\n`), ["line-too-long"]);
  assertEquals(lines(`${"\0".repeat(4097)}\n`), ["line-too-long"]);
});

Deno.test("LineDecoder gives one error for an endless line and skips all of it", () => {
  const decoder = new LineDecoder();
  const events: LineEvent[] = [];
  const piece = utf8("x".repeat(65_536));
  for (let i = 0; i < 160; i++) events.push(...decoder.push(piece));
  assertEquals(events, [{ type: "error", code: "line-too-long" }]);
  assertEquals(decoder.push(utf8("tail\nnext\n")), [
    { type: "line", text: "next" },
  ]);
});

Deno.test("LineDecoder gives an error for endless CRs", () => {
  const decoder = new LineDecoder({ maxLength: 8 });
  assertEquals(decoder.push(new Uint8Array(9).fill(13)), []);
  assertEquals(decoder.push(new Uint8Array(100).fill(13)), [
    { type: "error", code: "line-too-long" },
  ]);
  assertEquals(decoder.push(utf8("\nok\n")), [{ type: "line", text: "ok" }]);
});

Deno.test("LineDecoder forgets a line that was too long when the input ends", () => {
  const decoder = new LineDecoder({ maxLength: 2 });
  assertEquals(decoder.push(utf8("abc")), [
    { type: "error", code: "line-too-long" },
  ]);
  assertEquals(decoder.end(), []);
  assertEquals(decoder.push(utf8("d\n")), [{ type: "line", text: "d" }]);
});

Deno.test("LineDecoder takes telnet's commands out and refuses its options", () => {
  const input = Uint8Array.of(
    ...[0x61, 255, 241, 0x62], // NOP
    ...[255, 253, 10, 0x63], // DO option 10, which is no LF
    ...[255, 251, 31, 0x64], // WILL NAWS
    ...[255, 252, 1, 255, 254, 1], // WONT and DONT need no answer
    ...[255, 250, 31, 10, 13, 0, 255, 255, 240, 255, 240, 0x65], // SB … SE
    ...[255, 244, 255, 253, 6, 10], // what Ctrl-C sends
  );
  assertEquals(decode([input]), {
    events: ["= abcde"],
    replies: [255, 252, 10, 255, 254, 31, 255, 252, 6],
  });
});

Deno.test("LineDecoder gives the line after a telnet Synch whole, wherever its mark is", () => {
  const ip = [255, 244];
  const timingMark = [255, 253, 6];
  const synchs = [
    [...ip, 255, 242],
    // As Linux delivers it: one byte was urgent data.
    [...ip, 255],
    [...ip, 242],
    [...ip, ...timingMark, 255],
    [...ip, ...timingMark, 242],
    [255, 243, ...timingMark],
    [255, 243, ...timingMark, 255],
    [...ip, 255, ...ip, 255],
    [...ip, 255, 250, 31, 0, 255, 240, 255],
    // Ctrl+Z: Suspend (RFC 1184).
    [255, 237],
    [255, 237, 255],
  ];
  for (const synch of synchs) {
    for (const line of ["hello", "é", "你", "한", "🙂", ""]) {
      const input = Uint8Array.of(...synch, ...utf8(`${line}\r\nnext\r\n`));
      const { events } = decode([input]);
      assertEquals(events, [`= ${line}`, "= next"], `${synch}`);
      for (let cut = 1; cut < input.length; cut++) {
        const pieces = [input.subarray(0, cut), input.subarray(cut)];
        assertEquals(decode(pieces).events, events, `${synch} ${cut}`);
      }
    }
  }
});

Deno.test("LineDecoder gives the line after a Synch without a command whole", () => {
  for (const line of ["hello", "é", "你", "🙂", ""]) {
    assertEquals(
      decode([Uint8Array.of(255, ...utf8(`${line}\n`))]).events,
      [`= ${line}`],
    );
  }
});

Deno.test("LineDecoder gives the answers of telnet in the order of the input", () => {
  const input = Uint8Array.of(
    ...utf8("one\n"),
    ...[255, 253, 6],
    ...utf8("two\n"),
    ...[255, 251, 3],
  );
  assertEquals(new LineDecoder().push(input), [
    { type: "line", text: "one" },
    { type: "reply", bytes: Uint8Array.of(255, 252, 6) },
    { type: "line", text: "two" },
    { type: "reply", bytes: Uint8Array.of(255, 254, 3) },
  ]);
});

Deno.test("LineDecoder takes IAC IAC as one byte of data, which is no UTF-8", () => {
  assertEquals(decode([Uint8Array.of(0x61, 255, 255, 10)]).events, [
    "invalid-utf8",
  ]);
});

Deno.test("LineDecoder finds CR NUL across a telnet command", () => {
  assertEquals(decode([Uint8Array.of(0x61, 13, 255, 241, 0, 0x62)]).events, [
    "= a",
    "= b",
  ]);
});

Deno.test("LineDecoder gives an error for an endless subnegotiation", () => {
  for (const filler of [[1], [255, 255]]) {
    const decoder = new LineDecoder({ maxLength: 16 });
    decoder.push(Uint8Array.of(0x61, 255, 250));
    const events: LineEvent[] = [];
    for (let i = 0; i < 100; i++) {
      events.push(...decoder.push(Uint8Array.from(filler)));
    }
    assertEquals(events, [{ type: "error", code: "line-too-long" }]);
    assertEquals(decoder.push(Uint8Array.of(255, 240, 10, 0x62, 10)), [
      { type: "line", text: "b" },
    ]);
  }
});

Deno.test("LineDecoder gives the same for every place of a cut", () => {
  const input = Uint8Array.of(
    ...utf8("hello\r\n你好，🌍\n\x1b[31mred\x1b[0m\r\0tab\there\r\r\n"),
    ...[255, 253, 1, 255, 251, 3, 255, 250, 24, 255, 255, 0, 255, 240],
    ...[0xe4, 0xbd, 10, 255, 255, 10, 13, 255, 241, 10],
    ...utf8(`${"x".repeat(20)}\r\n${"é".repeat(20)}\r\nend`),
  );
  const whole = decode([input], new LineDecoder({ maxLength: 30 }));
  assertEquals(whole.events, [
    "= hello",
    "= 你好，🌍",
    "= red",
    "= tab here",
    "invalid-utf8",
    "invalid-utf8",
    "= ",
    `= ${"x".repeat(20)}`,
    "line-too-long",
    "= end",
  ]);
  assertEquals(whole.replies, [255, 252, 1, 255, 254, 3]);

  for (let first = 0; first <= input.length; first++) {
    for (let second = first; second <= input.length; second += 7) {
      const pieces = [
        input.subarray(0, first),
        input.subarray(first, second),
        input.subarray(second),
      ];
      assertEquals(decode(pieces, new LineDecoder({ maxLength: 30 })), whole);
    }
  }
  const bytes = [...input].map((byte) => Uint8Array.of(byte));
  assertEquals(decode(bytes, new LineDecoder({ maxLength: 30 })), whole);
});

const MAX_LENGTH = 12;

/** Pieces that random input is made of, a byte that means something in each. */
const TOKENS: readonly (readonly number[])[] = [
  ...["a", "bc", "é", "你", "🙂", "xxxxxxxx", "\t"].map((text) => [
    ...utf8(text),
  ]),
  ...[[10], [13, 10], [13, 0], [13], [0], [7], [0x80], [0xe4, 0xbd]],
  ...[[255, 255], [255, 241], [255, 253, 10], [255, 251, 13], [255, 252, 255]],
  ...[[255, 250, 1, 10, 255, 240], [255, 250, 255, 255, 240, 255, 240]],
];

/** Decodes whole input in passes, one for each rule. */
function decodeSimply(tokens: readonly (readonly number[])[]): Outcome {
  const data: number[] = [];
  const replies: number[] = [];
  for (const [first, verb, option] of tokens) {
    if (first !== 255) continue;
    if (verb === 253) replies.push(255, 252, option);
    if (verb === 251) replies.push(255, 254, option);
  }
  for (const token of tokens) {
    if (token[0] !== 255) data.push(...token);
    else if (token[1] === 255) data.push(255);
  }

  const events: string[] = [];
  let line: number[] = [];
  const end = (atEnd: boolean) => {
    if (atEnd && line.length === 0) return;
    if (line.at(-1) === 13) line.pop();
    if (atEnd && line.length === 0) return;
    events.push(toEvent(line));
    line = [];
  };
  for (const byte of data) {
    const crNul = byte === 0 && line.at(-1) === 13;
    if (byte === 10 || crNul) end(false);
    else line.push(byte);
  }
  end(true);
  return { events, replies };
}

function toEvent(line: readonly number[]): string {
  if (line.length > MAX_LENGTH) return "line-too-long";
  const text = new TextDecoder().decode(Uint8Array.from(line));
  if (text.includes("\ufffd")) return "invalid-utf8";
  return `= ${text.replaceAll("\t", " ").replace(/\p{Cc}/gu, "")}`;
}

Deno.test("LineDecoder agrees with a simple decoder on random input in random pieces", () => {
  const random = new Random(20_260_101);
  for (let round = 0; round < 3_000; round++) {
    const tokens = Array.from(
      { length: random.below(40) },
      () => random.pick(TOKENS),
    );
    const input = Uint8Array.from(tokens.flat());
    const pieces: Uint8Array[] = [];
    for (let start = 0; start < input.length;) {
      const end = start + 1 + random.below(10);
      pieces.push(input.subarray(start, end));
      start = end;
    }
    assertEquals(
      decode(pieces, new LineDecoder({ maxLength: MAX_LENGTH })),
      decodeSimply(tokens),
      `round ${round}: ${input}`,
    );
  }
});

Deno.test("LineDecoder makes no control characters of random bytes", () => {
  const random = new Random(7);
  for (let round = 0; round < 500; round++) {
    const input = Uint8Array.from(
      { length: 300 },
      () => random.pick([10, 13, 27, 91, 93, 155, 0xc2, 48, 65, 7, 0, 255]),
    );
    const whole = decode([input]);
    const cut = random.below(input.length);
    assertEquals(decode([input.subarray(0, cut), input.subarray(cut)]), whole);
    for (const event of whole.events) {
      assertEquals(/\p{Cc}/u.test(event), false, JSON.stringify(event));
    }
  }
});

Deno.test("LineDecoder refuses a limit that is not a positive integer", () => {
  for (const maxLength of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new LineDecoder({ maxLength }), RangeError, "maxLength");
  }
});
