import { BINARY, TEXT, toBytes } from "./_raw_peer.ts";

/** Code points or bytes without end. */
export type Content = () => Iterator<number, never>;

/** Repeats what a function makes of a number, character by character. */
function writing(make: (at: number) => string): Content {
  return function* () {
    for (let at = 0;; at++) {
      for (const letter of make(at)) yield letter.codePointAt(0) ?? 0;
    }
  };
}

const WORDS = "der Geist der stets verneint und das mit Recht ".split(" ");

/** JSON, which repeats much. */
export const json = writing((at) =>
  `{"id":${at},"tags":["a${at % 7}","b"],"on":${at % 2}},`
);

/** What is sent, from text that repeats much to bytes that never do. */
export const CONTENTS: ReadonlyArray<
  readonly [name: string, opcode: number, content: Content]
> = [
  ["JSON", TEXT, json],
  ["bytes of a picture", BINARY, function* () {
    for (let at = 0;; at++) yield (at * at >> 9) & 0xff;
  }],
  [
    "words as bytes",
    BINARY,
    writing((at) => `${WORDS[random(at) % WORDS.length]} `),
  ],
  [
    "HTML with characters of up to four bytes",
    TEXT,
    writing((at) =>
      `<li id="µ${at}">${"äß€日🦕".repeat(random(at) % 3)}</li>\n`
    ),
  ],
  ["noise", BINARY, function* () {
    for (let at = 1;; at = (at * 48271) % 2147483647) yield at & 0xff;
  }],
];

/** A number that looks like chance and is the same in every run. */
function random(at: number): number {
  return Math.imul(at + 1, 0x9e3779b1) >>> 16;
}

/** So many characters or bytes. */
export function take(
  content: Iterator<number, never>,
  size: number,
  opcode: number,
): Uint8Array {
  const codes = Array.from({ length: size }, () => content.next().value);
  if (opcode === BINARY) return Uint8Array.from(codes);
  return toBytes(codes.map((code) => String.fromCodePoint(code)).join(""));
}
