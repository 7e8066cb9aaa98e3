import {
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { OutgoingBuffer } from "../../../websocket/frame/_outgoing_buffer.ts";
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
