import { assertEquals } from "@std/assert";
import {
  decodeAscii,
  decodeLossy,
  decodeStrict,
} from "../../../internal/bytes/decode_text.ts";

const encoder = new TextEncoder();

/** What each decoder makes of `bytes` in the middle of others. */
function decodeAll(bytes: Uint8Array) {
  const all = new Uint8Array([0xff, ...bytes, 0xff]);
  const end = 1 + bytes.length;
  return {
    strict: decodeStrict(all, 1, end),
    lossy: decodeLossy(all, 1, end),
  };
}

/** Around the lengths from which strings are made in another way. */
const LENGTHS = [0, 1, 7, 8, 9, 63, 64, 65, 66, 128, 5000];

Deno.test("ASCII of any length is decoded by all ways", () => {
  for (const length of LENGTHS) {
    const text = Array.from(
      { length },
      (_, index) => String.fromCharCode(index * 7 % 128),
    ).join("");
    const bytes = encoder.encode(`<<<${text}>>>`);
    assertEquals(decodeAscii(bytes, 3, 3 + length), text);
    assertEquals(decodeAscii(bytes.subarray(2), 1, 1 + length), text);
    assertEquals(decodeAll(encoder.encode(text)), {
      strict: text,
      lossy: text,
    });
  }
});

Deno.test("text with U+FFFD in it is UTF-8", () => {
  for (const length of LENGTHS) {
    const text = `${"x".repeat(length)}\ufffd漢`;
    assertEquals(decodeAll(encoder.encode(text)), {
      strict: text,
      lossy: text,
    });
  }
});

Deno.test("a byte order mark is kept", () => {
  for (const length of LENGTHS) {
    const text = `\ufeff${"x".repeat(length)}`;
    assertEquals(decodeAll(encoder.encode(text)), {
      strict: text,
      lossy: text,
    });
  }
});

Deno.test("what is not UTF-8 is refused, or U+FFFD stands for it", () => {
  const bad: [bytes: number[], lossy: string][] = [
    [[0xff], "\ufffd"],
    // A character that is cut.
    [[0xc3], "\ufffd"],
    [[0xe6, 0xbc], "\ufffd"],
    // U+FFFD itself beside what is bad.
    [[0xef, 0xbf, 0xbd, 0x80], "\ufffd\ufffd"],
    // An overlong form, a surrogate.
    [[0xc0, 0xaf], "\ufffd\ufffd"],
    [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
  ];
  for (const length of LENGTHS) {
    const before = "x".repeat(length);
    for (const [bytes, lossy] of bad) {
      const all = new Uint8Array([...encoder.encode(before), ...bytes]);
      assertEquals(decodeAll(all), {
        strict: undefined,
        lossy: before + lossy,
      });
    }
  }
});
