import { assert, assertEquals } from "@std/assert";
import { isBytes, isDetached } from "../../../internal/bytes/bytes.ts";

Deno.test("isBytes() knows a Uint8Array of any realm, and nothing else", async () => {
  const { runInNewContext } = await import("node:vm");
  assert(isBytes(new Uint8Array(1)));
  assert(isBytes(runInNewContext("new Uint8Array(1)")));
  for (
    const other of [
      new Uint16Array(1),
      new Uint8ClampedArray(1),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(1),
      [1],
      "1",
      null,
      undefined,
      { [Symbol.toStringTag]: "Uint8Array", length: 1 },
    ]
  ) {
    assertEquals(isBytes(other), false);
  }
});

Deno.test("isDetached() tells a view without memory from an empty one", async () => {
  const view = new Uint8Array(2);
  assertEquals(isDetached(view), false);
  assertEquals(isDetached(new Uint8Array(0)), false);
  view.buffer.transfer();
  assertEquals(isDetached(view), true);

  const { runInNewContext } = await import("node:vm");
  const foreign: Uint8Array<ArrayBuffer> = runInNewContext("new Uint8Array(2)");
  assertEquals(isDetached(foreign), false);
  foreign.buffer.transfer();
  assertEquals(isDetached(foreign), true);
  assertEquals(isDetached(new Uint8Array(new SharedArrayBuffer(0))), false);
});

Deno.test("isDetached() knows the views of other realms", async () => {
  const { runInNewContext } = await import("node:vm");
  assert(
    isDetached(
      runInNewContext("const v = new Uint8Array(2); v.buffer.transfer(); v"),
    ),
  );
  assertEquals(isDetached(runInNewContext("new Uint8Array(0)")), false);
  assertEquals(isDetached(new Uint8Array(new SharedArrayBuffer(0))), false);
});

Deno.test("isDetached() knows a view that its memory has shrunk away from", async () => {
  const { runInNewContext } = await import("node:vm");
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const [fixed, tracking] = [
    new Uint8Array(buffer, 8, 8),
    new Uint8Array(buffer, 4),
  ];
  const foreign: Uint8Array = runInNewContext(
    "(buffer) => new Uint8Array(buffer, 8, 8)",
  )(buffer);
  buffer.resize(4);
  assertEquals(isDetached(fixed), true);
  assertEquals(isDetached(foreign), true);
  // It is empty, and grows with the memory.
  assertEquals(isDetached(tracking), false);
  buffer.resize(16);
  assertEquals(isDetached(fixed), false);
  assertEquals(isDetached(foreign), false);
});
