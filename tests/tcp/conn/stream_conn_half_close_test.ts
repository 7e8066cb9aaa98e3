import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  concat,
  decode,
  drain,
  drainAborted,
  encode,
  pattern,
  readText,
} from "../support/_bytes.ts";
import { assertClosed, errorOf, isPending } from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "closeWrite() ends one direction and leaves the other",
  async (left, right) => {
    await left.writeString("bye");
    await left.closeWrite();
    assertEquals(left.state, "readOnly");
    assertEquals(decode(await drain(right)), "bye");
    assertEquals(right.state, "writeOnly");
    await right.writeString("still here");
    assertEquals(await readText(left, 10), "still here");
    assertClosed(await errorOf(left.writeString("never")));
  },
);

testEachKind(
  "each direction ends by itself, then the resource is freed",
  async (left, right) => {
    await left.closeWrite();
    assertEquals(await right.read(new Uint8Array(1)), null);
    assert(await isPending(left.closed));
    assert(await isPending(right.closed));
    await right.closeWrite();
    await right.closed;
    assertEquals(right.state, "closed");
    assertEquals(await left.read(new Uint8Array(1)), null);
    await left.closed;
    assertEquals(left.state, "closed");
    assertEquals(await left.read(new Uint8Array(1)), null);
    assertClosed(await errorOf(left.writeString("never")));
  },
);

testEachKind("closeWrite() waits for what was written", async (left, right) => {
  const writing = left.write(pattern(BLOCKING));
  const ending = left.closeWrite();
  assert(await isPending(ending));
  assertClosed(await errorOf(left.writeString("too late")));
  assertSameBytes(await drain(right), pattern(BLOCKING));
  assertEquals(await writing, BLOCKING);
  await ending;
});

testEachKind("closeWrite() may be called again", async (left, right) => {
  await Promise.all([left.closeWrite(), left.closeWrite()]);
  await left.closeWrite();
  assertEquals(await right.read(new Uint8Array(1)), null);
  await right.closeWrite();
  await right.closed;
  await right.closeWrite();
});

testEachKind(
  "closeWrite() still works behind a write that gave up",
  async (left, right) => {
    const error = await errorOf(left.write(pattern(BLOCKING), { timeout: 5 }));
    assert(error instanceof DOMException);
    const ending = left.closeWrite();
    const received = await drain(right);
    assertSameBytes(received, pattern(received.length));
    await ending;
    assertEquals(left.bytesWritten, received.length);
  },
);

testEachKind(
  "closing writable ends writing and leaves reading",
  async (left, right) => {
    const writer = left.writable.getWriter();
    await writer.write(encode("bye"));
    await writer.close();
    assertEquals(left.state, "readOnly");
    assertEquals(decode(await drain(right)), "bye");
    await right.writeString("still here");
    assertEquals(await readText(left, 10), "still here");
    await left.writable.close().catch(() => {});
  },
);

testEachKind("the end of readable leaves writing", async (left, right) => {
  await right.writeString("bye");
  await right.closeWrite();
  const chunks = await Array.fromAsync(left.readable);
  assertEquals(decode(concat(chunks)), "bye");
  assertEquals(left.state, "writeOnly");
  await left.writeString("still here");
  assertEquals(await readText(right, 10), "still here");
});

testEachKind("cancelling readable leaves writing", async (left, right) => {
  await right.writeString("unwanted");
  await left.readable.cancel();
  assertEquals(left.state, "writeOnly");
  await left.writeString("still here");
  assertEquals(await readText(right, 10), "still here");
  assertClosed(await errorOf(left.read(new Uint8Array(4))));
  assertClosed(await errorOf(left.readLine()));
});

testEachKind(
  "cancelling and closing the streams frees the resource",
  async (left, right) => {
    await left.readable.cancel("enough");
    await left.writable.close();
    await left.closed;
    assertEquals(left.state, "closed");
    assertEquals(await right.read(new Uint8Array(1)), null);
  },
);

testEachKind("aborting writable leaves reading", async (left, right, kind) => {
  await left.writeString("before");
  await left.writable.abort("enough");
  assertEquals(decode(await drainAborted(right, kind)), "before");
  assertEquals(left.state, "readOnly");
  await right.writeString("still here");
  assertEquals(await readText(left, 10), "still here");
  assertClosed(await errorOf(left.writeString("never")));
});

testEachKind("both sides may end at once", async (left, right) => {
  await Promise.all([left.closeWrite(), right.closeWrite()]);
  assertEquals(await left.read(new Uint8Array(1)), null);
  assertEquals(await right.read(new Uint8Array(1)), null);
  await Promise.all([left.closed, right.closed]);
});

testEachKind(
  "a read that waits goes on when writing ends",
  async (left, right) => {
    const reading = readText(left, 4);
    assert(await isPending(reading));
    await left.closeWrite();
    await right.writeString("read");
    assertEquals(await reading, "read");
  },
);
