import { Utf8Validator } from "../../websocket/frame/_utf8_validator.ts";
import { decodeStrict } from "../../internal/bytes/decode_text.ts";
import { cut, type Cuts, randomCuts, toBytes, toNumbers } from "./_cuts.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

const encoder = new TextEncoder();

type Utf8Case = { bytes: number[]; cuts: Cuts };

/**
 * The ranges of RFC 3629 section 4, those of ASCII left out: the first byte, and
 * those behind it.
 */
const FORMS: ReadonlyArray<ReadonlyArray<readonly [number, number]>> = [
  [[0xc2, 0xdf], [0x80, 0xbf]],
  [[0xe0, 0xe0], [0xa0, 0xbf], [0x80, 0xbf]],
  [[0xe1, 0xec], [0x80, 0xbf], [0x80, 0xbf]],
  [[0xed, 0xed], [0x80, 0x9f], [0x80, 0xbf]],
  [[0xee, 0xef], [0x80, 0xbf], [0x80, 0xbf]],
  [[0xf0, 0xf0], [0x90, 0xbf], [0x80, 0xbf], [0x80, 0xbf]],
  [[0xf1, 0xf3], [0x80, 0xbf], [0x80, 0xbf], [0x80, 0xbf]],
  [[0xf4, 0xf4], [0x80, 0x8f], [0x80, 0xbf], [0x80, 0xbf]],
];

/** The first byte that can't be, or -1, and whether the last character is whole. */
export function judgeUtf8(bytes: Uint8Array): [bad: number, isWhole: boolean] {
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at];
    if (first < 0x80) {
      at++;
      continue;
    }
    const form = FORMS.find(([[low, high]]) => first >= low && first <= high);
    if (form === undefined) return [at, true];
    for (const [low, high] of form) {
      if (at === bytes.length) return [-1, false];
      if (bytes[at] < low || bytes[at] > high) return [at, true];
      at++;
    }
  }
  return [-1, true];
}

/** Text, or what text becomes when some of its bytes are changed or missing. */
export function randomUtf8(random: Random, length: number): number[] {
  const bytes = toNumbers(
    encoder.encode(random.text(random.below(length + 1))),
  );
  for (let changes = random.below(3); changes > 0; changes--) {
    if (bytes.length === 0) break;
    const at = random.below(bytes.length);
    const value = random.pick([0x80, 0xbf, 0xc0, 0xed, 0xf0, 0xf4, 0xff, 0x61]);
    if (random.chance(0.3)) bytes.splice(at, 1);
    else bytes[at] = random.chance(0.5) ? value : random.below(256);
  }
  return bytes;
}

export const utf8Property = property<Utf8Case>({
  name: "Utf8Validator finds the first byte that can't be, wherever it is cut",
  runs: 80_000,
  generate: (random) => ({
    bytes: random.chance(0.2)
      ? toNumbers(random.bytes(random.below(6)))
      : randomUtf8(random, random.pick([3, 10, 40])),
    cuts: randomCuts(random),
  }),
  check: ({ bytes: values, cuts }) => {
    const bytes = toBytes(values);
    const [bad, isWhole] = judgeUtf8(bytes);
    const validator = new Utf8Validator();
    let found = -1;
    let at = 0;
    for (const piece of cut(bytes, cuts)) {
      const place = validator.push(piece);
      if (place !== -1) {
        found = at + place;
        break;
      }
      at += piece.length;
    }
    assertSame(found, bad);
    if (bad === -1) assertSame(validator.complete, isWhole);
    const text = decodeStrict(bytes, 0, bytes.length);
    assertSame(text !== undefined, bad === -1 && isWhole);
    if (text !== undefined) assertSame([...encoder.encode(text)], [...bytes]);
  },
});
