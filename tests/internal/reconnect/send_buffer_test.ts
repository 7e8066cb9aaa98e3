import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import {
  type BufferPolicy,
  SendBuffer,
} from "../../../internal/reconnect/send_buffer.ts";
import { UncertainWriteError } from "../../../internal/reconnect/uncertain_write_error.ts";
import { nextTurn } from "../../tcp/support/_outcomes.ts";

const { signal } = new AbortController();

/** A buffer with some units of 10 bytes each. */
function makeBuffer(
  units: string,
  maxBytes = 1000,
  policy: BufferPolicy = "wait",
): { buffer: SendBuffer<string>; outcomes: Promise<string>[] } {
  const buffer = new SendBuffer<string>(maxBytes, policy);
  const outcomes = [...units].map((unit) => outcome(buffer.put(unit, 10)));
  return { buffer, outcomes };
}

/** The name of the error of a call, or "sent". */
function outcome(writing: Promise<void>): Promise<string> {
  return writing.then(() => "sent", (error) => error.name);
}

Deno.test("SendBuffer hands units over in order, up to a number of bytes", () => {
  const { buffer } = makeBuffer("abcde");

  assertEquals(buffer.take(25), ["a", "b"]);
  assertEquals(buffer.waitingBytes, 30);
  buffer.settle({ sent: 2, uncertain: 0, isOver: false });
  assertEquals(buffer.take(30), ["c", "d", "e"]);
  assertEquals(buffer.waitingBytes, 0);
});

Deno.test("SendBuffer hands over one unit that is larger than the number of bytes", () => {
  const { buffer } = makeBuffer("ab");

  assertEquals(buffer.take(5), ["a"]);
});

Deno.test("SendBuffer settles what was sent, rejects what is uncertain and keeps the rest", async () => {
  const { buffer, outcomes } = makeBuffer("abcd");
  buffer.take(1000);
  const error = new Deno.errors.ConnectionReset("Reset by the test");

  buffer.settle({ sent: 1, uncertain: 2, isOver: true, error });

  assertEquals(await Promise.all(outcomes.slice(0, 3)), [
    "sent",
    "UncertainWriteError",
    "UncertainWriteError",
  ]);
  assertEquals([buffer.sent, buffer.uncertain], [1, 2]);
  assertEquals(buffer.waitingBytes, 10);
  assertEquals(buffer.take(1000), ["d"]);
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });
  assertEquals(await outcomes[3], "sent");
});

Deno.test("SendBuffer gives an uncertain write the error that ended the connection as cause", async () => {
  const buffer = new SendBuffer<string>(1000, "wait");
  const writing = buffer.put("a", 10);
  buffer.take(1000);
  const cause = new Deno.errors.ConnectionReset("Reset by the test");

  buffer.settle({ sent: 0, uncertain: 1, isOver: true, error: cause });

  const error = await assertRejects(() => writing, UncertainWriteError);
  assertEquals(error.cause, cause);
});

Deno.test("SendBuffer puts units that come while others are on their way behind those given back", async () => {
  const { buffer, outcomes } = makeBuffer("abc");
  buffer.take(1000);
  outcomes.push(outcome(buffer.put("d", 10)));

  buffer.settle({ sent: 0, uncertain: 1, isOver: true, error: new Error() });

  assertEquals(await outcomes[0], "UncertainWriteError");
  assertEquals(buffer.take(1000), ["b", "c", "d"]);
});

Deno.test("SendBuffer refuses units beyond its bound by the policy fail", () => {
  const { buffer } = makeBuffer("abc", 30, "fail");

  const error = assertThrows(() => buffer.put("d", 1), DOMException);

  assertEquals(error.name, "QuotaExceededError");
  assertEquals([buffer.dropped, buffer.waitingBytes], [1, 30]);
});

Deno.test("SendBuffer drops the units that wait longest by the policy drop-oldest", async () => {
  const { buffer, outcomes } = makeBuffer("abc", 30, "drop-oldest");

  buffer.put("d", 15);

  assertEquals(await Promise.all(outcomes.slice(0, 2)), [
    "QuotaExceededError",
    "QuotaExceededError",
  ]);
  assertEquals(buffer.dropped, 2);
  assertEquals(buffer.take(1000), ["c", "d"]);
});

Deno.test("SendBuffer drops no unit that is on its way", async () => {
  const { buffer, outcomes } = makeBuffer("ab", 20, "drop-oldest");
  buffer.take(10);
  outcomes.push(outcome(buffer.put("c", 20)));

  assertEquals(await outcomes[1], "QuotaExceededError");
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });
  assertEquals(await outcomes[0], "sent");
  assertEquals(buffer.take(1000), ["c"]);
});

for (const policy of ["fail", "drop-oldest"] as const) {
  Deno.test(`SendBuffer takes one unit that is larger than its bound by the policy ${policy}`, () => {
    const { buffer } = makeBuffer("", 5, policy);

    buffer.put("a", 10);

    assertEquals(buffer.take(1000), ["a"]);
  });
}

Deno.test("SendBuffer tells when there is room again", async () => {
  const { buffer } = makeBuffer("abc", 20);
  let hasRoom = false;
  const room = buffer.room().then(() => hasRoom = true);

  buffer.take(10);
  await Promise.resolve();
  assertEquals(hasRoom, false);
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });
  buffer.take(10);

  await room;
  assertEquals(buffer.waitingBytes, 10);
});

Deno.test("SendBuffer of no bytes has room when the unit before is handed over", async () => {
  const { buffer } = makeBuffer("a", 0);
  let hasRoom = false;
  const room = buffer.room().then(() => hasRoom = true);
  await nextTurn();
  assert(!hasRoom);

  assertEquals(buffer.take(1000), ["a"]);
  await nextTurn();

  assert(hasRoom);
  await room;
});

Deno.test("SendBuffer forgets a unit whose call gives up before it is handed over", async () => {
  const { buffer } = makeBuffer("a");
  const controller = new AbortController();
  const writing = buffer.put("b", 10, { signal: controller.signal });
  buffer.put("c", 10);

  controller.abort(new RangeError("Given up by the test"));

  await assertRejects(() => writing, RangeError);
  assertEquals(buffer.waitingBytes, 20);
  assertEquals(buffer.take(1000), ["a", "c"]);
});

Deno.test("SendBuffer never hands a unit over again whose call gave up on its way", async () => {
  const buffer = new SendBuffer<string>(1000, "wait");
  const controller = new AbortController();
  const writing = buffer.put("a", 10, { signal: controller.signal });
  buffer.take(1000);

  controller.abort(new RangeError("Given up by the test"));
  await assertRejects(() => writing, RangeError);
  assertEquals(buffer.isEmpty, false);
  buffer.settle({ sent: 0, uncertain: 0, isOver: true, error: new Error() });

  assertEquals(buffer.isEmpty, true);
  assertEquals([buffer.waitingBytes, buffer.take(1000)], [0, []]);
});

Deno.test("SendBuffer ends the wait of a unit at its time limit", async () => {
  const { buffer } = makeBuffer("");

  const error = await assertRejects(
    () => buffer.put("a", 10, { timeout: 1 }),
    DOMException,
  );

  assertEquals(error.name, "TimeoutError");
  assertEquals([buffer.isEmpty, buffer.waitingBytes], [true, 0]);
});

Deno.test("SendBuffer refuses a unit whose limit has passed or is not valid", () => {
  const { buffer } = makeBuffer("");
  const reason = new RangeError("Given up by the test");

  assertThrows(
    () => buffer.put("a", 10, { signal: AbortSignal.abort(reason) }),
    RangeError,
    "Given up",
  );
  assertThrows(() => buffer.put("a", 10, { deadline: 0 }), DOMException);
  assertThrows(() => buffer.put("a", 10, { timeout: -1 }), RangeError);
  assertEquals(buffer.isEmpty, true);
});

Deno.test("SendBuffer sends what waits and takes no more when it is finished", async () => {
  const { buffer, outcomes } = makeBuffer("a");

  buffer.finish(() => new ClosedError("Closed by the test"));

  assertThrows(() => buffer.put("b", 10), ClosedError);
  assertEquals(buffer.take(1000), ["a"]);
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });
  assertEquals(await outcomes[0], "sent");
});

Deno.test("SendBuffer rejects what waits at the end, and what comes later", async () => {
  const { buffer, outcomes } = makeBuffer("ab");

  buffer.end(() => new ClosedError("Closed by the test"));

  assertEquals(await Promise.all(outcomes), ["ClosedError", "ClosedError"]);
  assertThrows(() => buffer.put("c", 10), ClosedError);
  assertEquals([buffer.isEmpty, buffer.waitingBytes], [true, 0]);
});

Deno.test("SendBuffer is flushed when all that waited has been sent", async () => {
  const { buffer } = makeBuffer("ab");
  let isFlushed = false;
  const flushed = buffer.flushed(signal).then(() => isFlushed = true);

  buffer.take(10);
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });
  await Promise.resolve();
  assert(!isFlushed);
  buffer.take(10);
  await Promise.resolve();
  assert(!isFlushed);
  buffer.settle({ sent: 1, uncertain: 0, isOver: false });

  await flushed;
  await makeBuffer("").buffer.flushed(signal);
});

Deno.test("SendBuffer is not flushed when the end comes first, or the wait is given up", async () => {
  const { buffer } = makeBuffer("a");
  const controller = new AbortController();
  const givenUp = buffer.flushed(controller.signal);
  const flushed = buffer.flushed(signal);

  controller.abort(new RangeError("Given up by the test"));
  await assertRejects(() => givenUp, RangeError);
  buffer.end(() => new ClosedError("Closed by the test"));

  await assertRejects(() => flushed, ClosedError);
});
