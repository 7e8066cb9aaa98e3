import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
} from "@std/assert";
import { pipe, PipeConn } from "../../tcp/pipe.ts";
import {
  assertSameBytes,
  drain,
  pattern,
  readBytes,
  readText,
} from "./support/_bytes.ts";
import { errorOf, isPending } from "./support/_outcomes.ts";

Deno.test("pipe() makes two ends that know each other", () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  assertInstanceOf(left, PipeConn);
  assertInstanceOf(right, PipeConn);
  assertEquals(left.localAddr, { transport: "pipe", end: "left" });
  assertEquals(left.remoteAddr, { transport: "pipe", end: "right" });
  assertEquals(right.localAddr, left.remoteAddr);
  assertEquals(right.remoteAddr, left.localAddr);
});

Deno.test("pipes are apart from each other", async () => {
  const [left, right] = pipe();
  const [other, another] = pipe();
  using _left = left;
  using _other = other;
  assertNotStrictEquals(left, other);
  await left.writeString("one");
  await other.writeString("two");
  assertEquals(await readText(right, 3), "one");
  assertEquals(await readText(another, 3), "two");
  right.close();
  assertEquals(another.state, "open");
  another.close();
});

Deno.test("a pipe holds 64 KiB each way, then writes wait", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const capacity = 64 * 1024;
  assertEquals(await left.write(pattern(capacity)), capacity);
  assertEquals(await right.write(pattern(capacity)), capacity);
  const behind = left.writeString("x");
  assert(await isPending(behind));
  assertSameBytes(await readBytes(right, capacity), pattern(capacity));
  assertEquals(await behind, 1);
  assertEquals(await readText(right, 1), "x");
  assertSameBytes(await readBytes(left, capacity), pattern(capacity));
});

Deno.test("the bytes of a pipe come out in order, whatever the sizes", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const length = 500_000;
  const writing = (async () => {
    for (let offset = 0, size = 1; offset < length; size = size * 7 % 65_537) {
      const part = Math.min(size, length - offset);
      await left.write(pattern(part, offset));
      offset += part;
    }
    await left.closeWrite();
  })();
  assertSameBytes(await drain(right), pattern(length));
  await writing;
});

Deno.test("the other end of a closed pipe gets what was written, then the end", async () => {
  const [left, right] = pipe();
  await left.writeString("last words");
  left.close();
  assertEquals(await readText(right, 10), "last words");
  assertEquals(await right.read(new Uint8Array(1)), null);
  const error = await errorOf(right.writeString("too late"));
  assertInstanceOf(error, Deno.errors.BrokenPipe);
  await right.closed;
});

Deno.test("a write that waits fails when the other end closes", async () => {
  const [left, right] = pipe();
  const writing = errorOf(left.write(pattern(200_000)));
  assert(await isPending(writing));
  right.close();
  assertInstanceOf(await writing, Deno.errors.BrokenPipe);
  left.close();
});
