import { assertEquals, assertRejects } from "@std/assert";
import { ReceiveBuffer } from "../../../internal/reconnect/receive_buffer.ts";

const MIB = 1024 * 1024;

Deno.test("ReceiveBuffer gives units in order, to calls that wait and to later ones", async () => {
  const buffer = new ReceiveBuffer<string>();
  const reads = [buffer.read(), buffer.read()];

  for (const unit of ["a", "b", "c", "d"]) buffer.push(unit, 1);
  reads.push(buffer.read(), buffer.read());

  assertEquals(await Promise.all(reads), ["a", "b", "c", "d"]);
  assertEquals(buffer.received, 4);
});

Deno.test("ReceiveBuffer has the sender wait when it is full, until there is room", async () => {
  const buffer = new ReceiveBuffer<string>();
  assertEquals(buffer.push("a", MIB - 1), undefined);
  const room = buffer.push("b", 10);
  let hasRoom = false;
  const waiting = room?.then(() => hasRoom = true);
  await Promise.resolve();
  assertEquals(hasRoom, false);

  assertEquals(await buffer.read(), "a");
  await waiting;

  assertEquals(hasRoom, true);
});

Deno.test("ReceiveBuffer does not have the sender wait while a call waits", () => {
  const buffer = new ReceiveBuffer<string>();
  buffer.read();

  assertEquals(buffer.push("a", 2 * MIB), undefined);
});

Deno.test("ReceiveBuffer drops what has no room when nobody may wait", async () => {
  const buffer = new ReceiveBuffer<string>();
  const room = buffer.push("a", MIB);

  buffer.discard();
  await room;

  assertEquals(buffer.push("b", 1), undefined);
  buffer.end(undefined);
  assertEquals([await buffer.read(), await buffer.read()], ["a", null]);
  assertEquals(buffer.received, 1);
});

Deno.test("ReceiveBuffer gives what has arrived before the end, and its error", async () => {
  const buffer = new ReceiveBuffer<string>();
  buffer.push("a", 1);
  const waiting = new ReceiveBuffer<string>();
  const read = waiting.read();
  const reason = new RangeError("Ended by the test");

  buffer.end(reason);
  waiting.end(reason);

  assertEquals(await buffer.read(), "a");
  await assertRejects(() => buffer.read(), RangeError, "Ended");
  await assertRejects(() => read, RangeError, "Ended");
});

Deno.test("ReceiveBuffer loses no unit to a call that gives up", async () => {
  const buffer = new ReceiveBuffer<string>();
  const controller = new AbortController();
  const aborted = buffer.read({ signal: controller.signal });
  const late = buffer.read({ timeout: 1 });

  controller.abort(new RangeError("Given up by the test"));
  await assertRejects(() => aborted, RangeError);
  await assertRejects(() => late, DOMException);
  buffer.push("a", 1);

  assertEquals(await buffer.read({ timeout: 0 }), "a");
  await assertRejects(() => buffer.read({ timeout: -1 }), RangeError);
});
