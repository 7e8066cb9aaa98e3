import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Deflater } from "../../../websocket/deflate/_deflater.ts";
import { loadZlib } from "../../../websocket/deflate/_zlib.ts";
import { concat, hex, utf8 } from "../support/_frames.ts";

const zlib = await loadZlib();

function alone(level?: number): Deflater {
  return new Deflater(zlib, { contextTakeover: false, windowBits: 15, level });
}

function taking(): Deflater {
  return new Deflater(zlib, { contextTakeover: true, windowBits: 15 });
}

Deno.test("Deflater compresses the RFC's example as the RFC does", async () => {
  const hello = utf8("Hello");
  for (const deflater of [alone(), taking()]) {
    assertEquals(hex(await deflater.compress(hello)), "f248cdc9c90700");
    deflater.close();
  }
});

Deno.test("Deflater refers to earlier messages with context takeover only", async () => {
  const message = utf8("A message that is sent again and again");
  const first = taking();
  const sizes: number[] = [];
  for (let count = 0; count < 3; count++) {
    sizes.push((await first.compress(message)).length);
  }
  first.close();
  assert(sizes[1] < sizes[0] / 2 && sizes[2] < sizes[0] / 2);

  const second = alone();
  const wire = hex(await second.compress(message));
  assertEquals(hex(await second.compress(message)), wire);
});

Deno.test("Deflater answers at once without context takeover", () => {
  assert(alone().compress(utf8("abc")) instanceof Uint8Array);
});

Deno.test("Deflater makes an empty block of an empty message", async () => {
  for (const deflater of [alone(), taking()]) {
    assertEquals(hex(await deflater.compress(new Uint8Array(0))), "00");
    await deflater.compress(utf8("abc"));
    assertEquals(hex(await deflater.compress(new Uint8Array(0))), "00");
    deflater.close();
  }
});

Deno.test("Deflater settles in the order of the calls", async () => {
  const deflater = taking();
  const order: number[] = [];
  const results = [60000, 10, 3000, 1].map(async (size, index) => {
    const compressed = await deflater.compress(
      new Uint8Array(size).fill(index),
    );
    order.push(index);
    return new Uint8Array(compressed);
  });
  const wires = await Promise.all(results);
  assertEquals(order, [0, 1, 2, 3]);
  const tail = Uint8Array.of(0, 0, 255, 255);
  const stream = concat(...wires.flatMap((wire) => [wire, tail]));
  const all = zlib.inflateRawSync(stream, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  });
  assertEquals(all.length, 60000 + 10 + 3000 + 1);
  deflater.close();
});

Deno.test("Deflater joins output of many pieces", async () => {
  const message = new Uint8Array(200000);
  for (let at = 0; at < message.length; at += 50000) {
    crypto.getRandomValues(message.subarray(at, at + 50000));
  }
  const deflater = taking();
  const wire = await deflater.compress(message);
  const whole = concat(wire, Uint8Array.of(0, 0, 255, 255, 3, 0));
  assertEquals(new Uint8Array(zlib.inflateRawSync(whole)), message);
  deflater.close();
});

Deno.test("Deflater never points back further than a window of 256 bytes with 8 bits", () => {
  for (const period of [200, 249, 250, 251, 255, 256, 257, 300, 400, 511]) {
    const pattern = crypto.getRandomValues(new Uint8Array(period));
    const message = new Uint8Array(20 * period);
    for (let at = 0; at < message.length; at += period) {
      message.set(pattern, at);
    }
    const options = { contextTakeover: false, windowBits: 8 };
    const wire = new Deflater(zlib, options).compress(message);
    assert(wire instanceof Uint8Array);
    const whole = concat(wire, Uint8Array.of(0, 0, 255, 255, 3, 0));
    // With small pieces of output zlib has the window only to look back into.
    const inflated = zlib.inflateRawSync(whole, {
      windowBits: 8,
      chunkSize: 64,
    });
    assertEquals(new Uint8Array(inflated), message);
  }
});

Deno.test("Deflater takes the level", async () => {
  let text = "";
  for (let count = 0; count < 5000; count++) text += `${count * count} `;
  const fast = await alone(1).compress(utf8(text));
  const small = await alone(9).compress(utf8(text));
  assert(small.length < fast.length);
});

Deno.test("Deflater.close() rejects what is under way and refuses the rest", async () => {
  const deflater = taking();
  await deflater.compress(utf8("first"));
  const pending = deflater.compress(new Uint8Array(100000));
  assert(pending instanceof Promise);
  const rejected = assertRejects(() => pending, Error, "closed");
  deflater.close();
  deflater.close();
  await rejected;
  assertThrows(() => deflater.compress(utf8("late")), Error, "closed");
  assertThrows(() => deflater.compress(new Uint8Array(0)), Error, "closed");
});
