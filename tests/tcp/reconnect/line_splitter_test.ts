import { assertEquals, assertThrows } from "@std/assert";
import { LineTooLongError } from "../../../tcp/conn/line_too_long_error.ts";
import { LineSplitter } from "../../../tcp/reconnect/_line_splitter.ts";
import { Random, withSeeds } from "../../property/_random.ts";

function split(splitter: LineSplitter, text: string): string[] {
  const lines = splitter.split(new TextEncoder().encode(text));
  return Array.from(lines, ({ text }) => text);
}

Deno.test("LineSplitter gives lines that end with LF or CRLF, and keeps the rest", () => {
  const splitter = new LineSplitter(100);

  assertEquals(split(splitter, "one\r\n\ntw"), ["one", ""]);
  assertEquals(splitter.hasPartial, true);
  assertEquals(split(splitter, ""), []);
  assertEquals(split(splitter, "o\n"), ["two"]);
  assertEquals(splitter.hasPartial, false);
});

Deno.test("LineSplitter gives the same lines wherever the bytes are cut", () => {
  withSeeds(200, (random) => {
    const lines = Array.from(
      { length: random.below(20) },
      () =>
        random.text(random.below(random.pick([3, 40, 1000])))
          .replaceAll(/[\r\n]/g, "."),
    );
    const end = random.pick(["\n", "\r\n"]);
    const bytes = new TextEncoder().encode(lines.map((l) => l + end).join(""));
    const splitter = new LineSplitter(10_000);
    const found = random.pieces(bytes).flatMap((piece) => [
      ...splitter.split(piece),
    ]);

    assertEquals(found.map(({ text }) => text), lines);
    const size = new TextEncoder().encode(lines.join("")).length;
    assertEquals(found.reduce((sum, line) => sum + line.size, 0), size);
    assertEquals(splitter.hasPartial, false);
  });
});

Deno.test("LineSplitter replaces what is not UTF-8, and keeps CR in the middle", () => {
  const splitter = new LineSplitter(100);
  const bytes = new Uint8Array([0x61, 0xff, 0x0d, 0x62, 0x0a]);

  const lines = [...splitter.split(bytes)];

  assertEquals(lines, [{ text: "a\ufffd\rb", size: 4 }]);
});

Deno.test("LineSplitter takes a line of the greatest length with either end", () => {
  for (
    const chunks of [["abc\n"], ["abc\r\n"], ["abc\r", "\n"], ["abc", "\n"]]
  ) {
    const splitter = new LineSplitter(3);

    const lines = chunks.flatMap((chunk) => split(splitter, chunk));

    assertEquals(lines, ["abc"]);
  }
});

Deno.test("LineSplitter refuses a line that is too long, ended or not", () => {
  for (
    const chunks of [["abcd\n"], ["ab", "cd\r\n"], ["abcde"], ["ab", "cde"]]
  ) {
    const splitter = new LineSplitter(3);

    const error = assertThrows(
      () => chunks.forEach((chunk) => split(splitter, chunk)),
      LineTooLongError,
    );

    assertEquals(error.maxLength, 3);
  }
});

Deno.test("LineSplitter does not keep the chunk that it was given", () => {
  const splitter = new LineSplitter(100);
  const chunk = new Uint8Array([0x61, 0x62]);
  Array.from(splitter.split(chunk));

  chunk.fill(0x7a);

  assertEquals(split(splitter, "c\n"), ["abc"]);
});

Deno.test("LineSplitter takes a long line in many pieces", () => {
  const splitter = new LineSplitter(100_000);
  const random = new Random(1);
  let length = 0;
  while (length < 90_000) {
    const size = random.int(1, 500);
    assertEquals(split(splitter, "x".repeat(size)), []);
    length += size;
  }

  assertEquals(split(splitter, "\n"), ["x".repeat(length)]);
});
