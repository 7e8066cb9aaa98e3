import { assert, assertEquals } from "@std/assert";
import {
  copyMasked,
  maskInPlace,
  NON_ASCII,
  rotateKey,
  toMasked,
} from "../../../websocket/frame/_masking.ts";
import { withSeeds } from "../../property/_random.ts";

/** The definition in RFC 6455 section 5.3. */
function reference(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ mask[index % 4]);
}

function keyOf(mask: Uint8Array<ArrayBuffer>): number {
  return new DataView(mask.buffer).getInt32(0, true);
}

Deno.test("copyMasked() masks any length at any alignment and touches nothing else", () => {
  withSeeds(3, (random) => {
    const mask = random.bytes(4);
    for (let length = 0; length <= 70; length++) {
      for (let offset = 0; offset < 8; offset++) {
        const source = random.bytes(length + 20);
        const target = new Uint8Array(length + 20).fill(0xaa);
        const put = random.int(0, 7);
        copyMasked(
          new DataView(source.buffer),
          offset,
          new DataView(target.buffer),
          put,
          length,
          keyOf(mask),
        );
        const piece = source.subarray(offset, offset + length);
        const expected = new Uint8Array(length + 20).fill(0xaa);
        expected.set(reference(piece, mask), put);
        assertEquals(target, expected);
      }
    }
  });
});

Deno.test("copyMasked() tells whether all it has written is ASCII", () => {
  withSeeds(200, (random) => {
    const length = random.int(1, 40);
    const mask = random.bytes(4);
    const text = random.bytes(length).map((byte) => byte & 0x7f);
    const odd = random.int(0, length - 1);
    const isAscii = random.chance(0.5);
    if (!isAscii) text[odd] |= 0x80;
    const wire = Uint8Array.from(reference(text, mask));
    const target = new DataView(new ArrayBuffer(length));
    const from = new DataView(wire.buffer);
    const seen = copyMasked(from, 0, target, 0, length, keyOf(mask));
    assertEquals((seen & NON_ASCII) === 0, isAscii);
  });
});

Deno.test("maskInPlace() masks any length at any alignment and touches nothing else", () => {
  withSeeds(3, (random) => {
    const mask = random.bytes(4);
    for (let length = 0; length <= 70; length++) {
      for (let offset = 0; offset < 8; offset++) {
        const bytes = random.bytes(length + 20);
        const piece = bytes.subarray(offset, offset + length);
        const expected = bytes.slice();
        expected.set(reference(piece, mask), offset);
        const view = new DataView(bytes.buffer);
        maskInPlace(view, offset, length, keyOf(mask));
        assertEquals(bytes, expected);
      }
    }
  });
});

Deno.test("rotateKey() lets a payload be masked piece by piece", () => {
  withSeeds(200, (random) => {
    const mask = random.bytes(4);
    const bytes = random.bytes(random.int(0, 100));
    const expected = reference(bytes, mask);
    const view = new DataView(bytes.buffer);
    let key = keyOf(mask);
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(random.int(0, 9), bytes.length - at);
      maskInPlace(view, at, length, key);
      key = rotateKey(key, length);
      at += length;
    }
    assertEquals(bytes, expected);
  });
});

/** Lengths around those at which another way begins. */
const LONG = [511, 512, 513, 575, 576, 1000, 65_535, 65_536, 65_537, 131_073];

const memory = new Uint8Array(3 * 64 * 1024);

Deno.test("long payloads are masked, and nothing else is", () => {
  withSeeds(3, (random) => {
    for (const length of LONG) {
      const mask = random.bytes(4);
      const key = keyOf(mask);
      const payload = random.bytes(length);
      const expected = reference(payload, mask);
      // The view begins somewhere in the memory, and the payload in the view.
      const skipped = random.int(0, 70);
      const start = random.int(0, 70);
      const at = skipped + start;
      const view = new DataView(memory.buffer, memory.byteOffset + skipped);
      const put = () => {
        memory.fill(0xaa);
        memory.set(payload, at);
      };
      const assertNothingElse = () => {
        assert(memory.subarray(0, at).every((byte) => byte === 0xaa));
        assert(memory.subarray(at + length).every((byte) => byte === 0xaa));
      };

      put();
      maskInPlace(view, start, length, key);
      assertEquals(memory.subarray(at, at + length), expected);
      assertNothingElse();

      put();
      const copy = toMasked(view, start, length, key);
      assertEquals(copy, expected);
      assertEquals(copy.buffer.byteLength, length);
      assertNothingElse();

      put();
      const target = new Uint8Array(length + 2).fill(0xbb);
      const seen = copyMasked(
        view,
        start,
        new DataView(target.buffer),
        1,
        length,
        key,
      );
      assertEquals(target.subarray(1, -1), expected);
      assertEquals([target[0], target.at(-1)], [0xbb, 0xbb]);
      const isAscii = expected.every((byte) => byte < 0x80);
      assertEquals((seen & NON_ASCII) === 0, isAscii);
      assertNothingElse();
      assertEquals(memory.subarray(at, at + length), payload);
    }
  });
});

Deno.test("a byte that is not ASCII is found anywhere in a long payload", () => {
  withSeeds(200, (random) => {
    const length = random.pick([512, 600, 1000, 1025]);
    const mask = random.bytes(4);
    const text = random.bytes(length).map((byte) => byte & 0x7f);
    const isAscii = random.chance(0.3);
    if (!isAscii) text[random.int(0, length - 1)] |= 0x80;
    memory.set(reference(text, mask), 3);
    const target = new DataView(new ArrayBuffer(length));
    const view = new DataView(memory.buffer, memory.byteOffset);
    const seen = copyMasked(view, 3, target, 0, length, keyOf(mask));
    assertEquals((seen & NON_ASCII) === 0, isAscii);
  });
});
