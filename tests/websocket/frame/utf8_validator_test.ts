import { assertEquals } from "@std/assert";
import { Utf8Validator } from "../../../websocket/frame/_utf8_validator.ts";
import { utf8 } from "../support/_frames.ts";
import { withSeeds } from "../../property/_random.ts";

/**
 * Where bytes stop to be the start of UTF-8, by the platform's decoder fed one
 * byte at a time: -1 if nowhere.
 */
function firstBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length; at++) {
    try {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    } catch {
      return at;
    }
  }
  return -1;
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function check(bytes: Uint8Array): void {
  const validator = new Utf8Validator();
  const bad = validator.push(bytes);
  assertEquals(bad, firstBadByte(bytes), `At ${bytes.toHex()}`);
  if (bad === -1) {
    assertEquals(validator.complete, isWhole(bytes), `At ${bytes.toHex()}`);
  }
}

Deno.test("Utf8Validator judges all pairs of bytes as TextDecoder does", () => {
  const validator = new Utf8Validator();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const pair = new Uint8Array(2);
  for (let code = 0; code <= 0xffff; code++) {
    pair[0] = code >> 8;
    pair[1] = code & 0xff;
    validator.reset();
    const isGood = validator.push(pair) === -1 && validator.complete;
    let expected = true;
    try {
      decoder.decode(pair);
    } catch {
      expected = false;
    }
    if (isGood !== expected) assertEquals(isGood, expected, pair.toHex());
  }
});

Deno.test("Utf8Validator finds the first bad byte around every boundary of the encoding", () => {
  const leads = [0x7f, 0x80, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef];
  leads.push(0xf0, 0xf1, 0xf4, 0xf5, 0xff);
  const others = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
  for (const first of leads) {
    for (const second of others) {
      for (const third of others) {
        for (const fourth of [0x7f, 0x80, 0xbf, 0xc2]) {
          check(Uint8Array.of(first, second, third, fourth));
        }
      }
    }
  }
});

Deno.test("Utf8Validator refuses surrogates, overlong forms and too large code points at the byte that shows it", () => {
  const cases: [number[], number][] = [
    [[0xed, 0xa0, 0x80], 1], // U+D800
    [[0xed, 0xbf, 0xbf], 1], // U+DFFF
    [[0xc0, 0xaf], 0],
    [[0xe0, 0x9f, 0xbf], 1],
    [[0xf0, 0x8f, 0xbf, 0xbf], 1],
    [[0xf4, 0x90, 0x80, 0x80], 1], // U+110000
    [[0xf5], 0],
    [[0xfe], 0],
    [[0x61, 0x62, 0xe2, 0x82, 0x41], 4],
  ];
  for (const [bytes, expected] of cases) {
    const whole = new Utf8Validator();
    assertEquals(whole.push(Uint8Array.from(bytes)), expected);
    const single = new Utf8Validator();
    const found = bytes.findIndex((byte) =>
      single.push(Uint8Array.of(byte)) !== -1
    );
    assertEquals(found, expected);
  }
});

Deno.test("Utf8Validator takes all code points", () => {
  const validator = new Utf8Validator();
  for (let start = 0; start <= 0x10ffff; start += 0x800) {
    if (start >= 0xd800 && start < 0xe000) continue;
    const codes = Array.from({ length: 0x800 }, (_, index) => start + index);
    const bytes = utf8(String.fromCodePoint(...codes));
    assertEquals(validator.push(bytes), -1);
    assertEquals(validator.complete, true);
  }
});

Deno.test("Utf8Validator gives the same result for whole and cut input", () => {
  withSeeds(300, (random) => {
    const bytes = utf8(random.text(random.int(0, 60)));
    if (bytes.length > 0 && random.chance(0.7)) {
      bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
    }
    const validator = new Utf8Validator();
    let found = -1;
    let at = 0;
    for (const piece of random.pieces(bytes)) {
      const bad = validator.push(piece);
      if (bad !== -1) {
        found = at + bad;
        break;
      }
      at += piece.length;
    }
    assertEquals(found, firstBadByte(bytes));
    if (found === -1) assertEquals(validator.complete, isWhole(bytes));
  });
});

Deno.test("Utf8Validator finds one bad byte anywhere in a long run of ASCII", () => {
  for (let at = 0; at < 70; at++) {
    const bytes = new Uint8Array(70).fill(0x61);
    bytes[at] = 0xff;
    assertEquals(new Utf8Validator().push(bytes), at);
    assertEquals(new Utf8Validator().push(bytes, 0, at), -1);
  }
});

Deno.test("Utf8Validator looks at the given range only", () => {
  const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xa9, 0xff);
  const validator = new Utf8Validator();
  assertEquals(validator.push(bytes, 1, 3), -1);
  assertEquals(validator.complete, false);
  assertEquals(validator.push(bytes, 3, 4), -1);
  assertEquals(validator.complete, true);
  assertEquals(validator.push(bytes, 4, 5), 4);
});

Deno.test("Utf8Validator.reset() forgets a character under way", () => {
  const validator = new Utf8Validator();
  validator.push(Uint8Array.of(0xe0));
  validator.reset();
  assertEquals(validator.complete, true);
  assertEquals(validator.push(utf8("é")), -1);
});
