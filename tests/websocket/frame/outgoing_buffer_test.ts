import {
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { OutgoingBuffer } from "../../../websocket/frame/_outgoing_buffer.ts";
import { Random } from "../../property/_random.ts";
import { hex } from "../support/_frames.ts";

function filled(size: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).fill(value);
}

Deno.test("OutgoingBuffer hands over all that was appended, in order", () => {
  const out = new OutgoingBuffer();
  out.append(Uint8Array.of(1, 2));
  out.append(Uint8Array.of());
  out.append(Uint8Array.of(3));
  assertEquals(out.length, 3);
  assertEquals(hex(out.take()), "010203");
  assertEquals(out.length, 0);
  assertEquals(out.take().length, 0);
  out.append(Uint8Array.of(7));
  assertEquals(hex(out.take()), "07");
});

Deno.test("OutgoingBuffer grows and keeps what is in it", () => {
  const out = new OutgoingBuffer();
  for (let value = 0; value < 100; value++) out.append(filled(100, value));
  const bytes = out.take();
  assertEquals(bytes.length, 10000);
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== Math.floor(at / 100)) assertEquals(at, -1);
  }
});

Deno.test("OutgoingBuffer leaves the taken bytes alone until they are recycled", () => {
  const out = new OutgoingBuffer();
  out.append(filled(300, 1));
  const first = out.take();
  out.append(filled(300, 2));
  const second = out.take();
  out.append(filled(300, 3));
  assertEquals(first, filled(300, 1));
  assertEquals(second, filled(300, 2));
  assertNotStrictEquals(first.buffer, second.buffer);
});

Deno.test("OutgoingBuffer uses few buffers in turn while it is busy", () => {
  const out = new OutgoingBuffer();
  const buffers = new Set<ArrayBuffer>();
  out.append(filled(40000, 0));
  for (let round = 1; round < 10; round++) {
    const taken = out.take();
    buffers.add(taken.buffer);
    out.append(filled(40000, round));
    assertEquals(taken, filled(40000, round - 1));
    out.recycle();
  }
  assertEquals(buffers.size <= 2, true);
});

Deno.test("OutgoingBuffer keeps no buffer when it is idle", () => {
  const out = new OutgoingBuffer();
  out.append(filled(40000, 1));
  out.take();
  out.recycle();
  assertEquals(out.memory.length, 0);
});

Deno.test("OutgoingBuffer holds more than any buffer of the pool", () => {
  const out = new OutgoingBuffer();
  out.append(filled(3_000_000, 1));
  out.append(filled(10, 2));
  const bytes = out.take();
  assertEquals(bytes.length, 3_000_010);
  assertEquals([bytes[0], bytes[2_999_999], bytes[3_000_000]], [1, 1, 2]);
});

Deno.test("OutgoingBuffer.reserve() makes room that advance() fills", () => {
  const out = new OutgoingBuffer();
  const at = out.reserve(4);
  out.view.setUint32(at, 0xcafebabe);
  out.advance(4);
  out.reserve(1000);
  assertEquals(hex(out.take()), "cafebabe");
});

Deno.test("OutgoingBuffer hands over shared bytes as they are if they stay alone", () => {
  const out = new OutgoingBuffer();
  const shared = filled(300, 1);
  out.appendShared(shared);
  assertEquals(out.length, 300);
  assertStrictEquals(out.take(), shared);
  out.recycle();
  assertEquals(out.length, 0);

  out.appendShared(shared);
  out.appendShared(filled(2, 2));
  out.append(filled(2, 3));
  const taken = out.take();
  assertEquals(taken, Uint8Array.of(...shared, 2, 2, 3, 3));
  out.recycle();
  assertEquals(shared, filled(300, 1));
  assertEquals(out.take().length, 0);
});

Deno.test("OutgoingBuffer joins shared bytes once for all but the first that has them", () => {
  const buffers = Array.from({ length: 4 }, () => new OutgoingBuffer());
  const frames = [filled(3, 1), filled(2, 2), filled(1, 3)];
  for (const frame of frames) {
    for (const buffer of buffers) buffer.appendShared(frame);
  }
  const [first, second, ...others] = buffers.map((buffer) => buffer.take());
  assertEquals(hex(first), "010101020203");
  assertEquals(hex(second), "010101020203");
  // The second has found that out of the third frame first.
  for (const bytes of others) assertEquals(hex(bytes), "010101020203");
  assertStrictEquals(others[1].buffer, others[0].buffer);
  assertNotStrictEquals(first.buffer, others[0].buffer);
});

Deno.test("OutgoingBuffer keeps the order of shared and other bytes, at random", () => {
  const random = new Random(26);
  const buffers = Array.from({ length: 5 }, () => new OutgoingBuffer());
  const expected: number[][] = buffers.map(() => []);
  // Bytes that are out may be read until they are written, much later.
  const taken: { bytes: Uint8Array; expected: number[] }[] = [];
  for (let step = 0; step < 3000; step++) {
    const size = random.below(20) === 0 ? 20_000 : 1 + random.below(9);
    const frame = filled(size, step % 256);
    for (const [index, buffer] of buffers.entries()) {
      const act = random.below(8);
      if (act === 0) continue;
      if (act === 1) buffer.append(frame);
      else buffer.appendShared(frame);
      expected[index].push(...frame);
      if (random.below(6) > 0) continue;
      taken.push({ bytes: buffer.take(), expected: expected[index] });
      expected[index] = [];
    }
  }
  for (const { bytes, expected } of taken) {
    assertEquals(bytes.length, expected.length);
    assertEquals(bytes.every((byte, at) => byte === expected[at]), true);
  }
});
