import { assert, assertEquals } from "@std/assert";
import { FloodGuard } from "../../../../chat/room/moderation/_flood_guard.ts";
import { RoomWorld } from "../_room_world.ts";

const limits = { burst: 5, perSecond: 2 };

/** Sends a number of messages, each as soon as the one before lets it. */
function rush(guard: FloodGuard, count: number, start: number): {
  readonly verdicts: string[];
  readonly end: number;
} {
  let now = start;
  const verdicts: string[] = [];
  for (let index = 0; index < count; index++) {
    now += guard.delay(now);
    verdicts.push(guard.take(1, now));
  }
  return { verdicts, end: now };
}

Deno.test("FloodGuard lets 5 messages pass at once, and then 2 a second", () => {
  const guard = new FloodGuard(limits, 0);
  for (let count = 0; count < 5; count++) {
    assertEquals(guard.delay(0), 0);
    assertEquals(guard.take(1, 0), "pass");
  }
  assertEquals(guard.delay(0), 500);
  assertEquals(guard.delay(200), 300);
  assertEquals(guard.delay(500), 0);
});

Deno.test("FloodGuard delays and warns who sends 10 messages at once", () => {
  const guard = new FloodGuard(limits, 0);
  const { verdicts, end } = rush(guard, 10, 0);
  assertEquals(verdicts.filter((verdict) => verdict === "warn").length, 1);
  assertEquals(verdicts.indexOf("warn"), 7);
  assertEquals(verdicts.includes("kick"), false);
  assertEquals(end, 2_500);
});

Deno.test("FloodGuard ends who goes on, also where nobody waits for the delay", () => {
  const patient = rush(new FloodGuard(limits, 0), 15, 0);
  assertEquals(patient.verdicts.indexOf("kick"), 14);
  assertEquals(patient.end, 5_000);
  const guard = new FloodGuard(limits, 0);
  const verdicts = Array.from({ length: 15 }, () => guard.take(1, 0));
  assertEquals(verdicts, patient.verdicts);
});

Deno.test("FloodGuard never complains about who keeps the limit", () => {
  const guard = new FloodGuard(limits, 0);
  for (let now = 0; now < 60_000; now += 500) {
    assertEquals(guard.take(1, now), "pass");
  }
  // Even after the burst is spent.
  const tired = new FloodGuard(limits, 0);
  for (let count = 0; count < 5; count++) tired.take(1, 0);
  for (let now = 530; now < 60_000; now += 530) {
    assertEquals(tired.take(1, now), "pass");
    assert(tired.delay(now) <= 500);
  }
});

Deno.test("FloodGuard forgets a rush after a pause", () => {
  const guard = new FloodGuard(limits, 0);
  let now = 0;
  for (let round = 0; round < 20; round++) {
    const { verdicts, end } = rush(guard, 14, now);
    assertEquals(verdicts.includes("kick"), false);
    now = end + 3_000;
  }
});

Deno.test("FloodGuard takes no harm from a clock that is set back", () => {
  const guard = new FloodGuard(limits, 10_000);
  for (let count = 0; count < 5; count++) guard.take(1, 10_000);
  assertEquals(guard.take(1, 0), "pass");
  assert(guard.delay(0) <= 1_000);
});

Deno.test("A paste of a few lines passes, and is not remarked on", () => {
  const world = new RoomWorld({ flood: {} });
  const bob = world.enter("bob");
  const alice = world.enter("alice");
  world.now += 10_000;
  for (let line = 1; line <= 7; line++) {
    world.now += world.room.delay(alice.id, world.now);
    alice.line(`line ${line}`);
  }
  assertEquals(bob.texts().length, 7);
  assertEquals(alice.read(), []);
});

Deno.test("Who floods is delayed, warned, and then kicked with a reason", () => {
  const world = new RoomWorld({ flood: {} });
  const bob = world.enter("bob");
  const alice = world.enter("alice");
  world.now += 10_000;
  const start = world.now;
  for (let line = 1; line <= 10; line++) {
    world.now += world.room.delay(alice.id, world.now);
    alice.line(`line ${line}`);
  }
  assertEquals(world.now - start, 2_500);
  assertEquals(alice.read(), [{ type: "warning", time: start + 1_500 }]);
  assertEquals(bob.texts().length, 10);
  for (let line = 11; line <= 15; line++) {
    world.now += world.room.delay(alice.id, world.now);
    alice.line(`line ${line}`);
  }
  assertEquals(alice.read(), [
    { type: "goodbye", time: world.now, reason: "flooding" },
  ]);
  const left = bob.read().filter(({ type }) => type === "left");
  assertEquals(
    left.map((message) => message.type === "left" && message.reason),
    [
      "flooding",
    ],
  );
  assertEquals(world.room.delay(alice.id, world.now), 0);
});

Deno.test("1,000 rooms entered and left are as a flood as any other", () => {
  const world = new RoomWorld({ flood: {} });
  const alice = world.enter("alice");
  let count = 0;
  for (; count < 1_000 && world.room.connected > 0; count++) {
    alice.line(count % 2 === 0 ? "/join cats" : "/leave");
  }
  assert(count < 30, `${count}`);
  assertEquals(world.room.roomCount, 1);
});

Deno.test("What can't be taken counts as well, and a lost session does not help", () => {
  const world = new RoomWorld({ flood: {} });
  const [alice, session] = world.hello("alice");
  const refuse = (id: number) =>
    world.deliver(world.room.refuse(id, "not-json", world.now));
  for (let count = 0; count < 10; count++) refuse(alice.id);
  assertEquals(alice.types().filter((type) => type === "warning").length, 1);
  alice.leave("lost");
  const back = world.resume(session, 0);
  back.read();
  for (let count = 0; count < 10; count++) refuse(back.id);
  assertEquals(back.types().at(-1), "goodbye");
});

Deno.test("Questions to the server cost a quarter", () => {
  const world = new RoomWorld({ flood: {} });
  const alice = world.enter("alice");
  world.now += 10_000;
  for (let count = 0; count < 16; count++) {
    assertEquals(world.room.delay(alice.id, world.now), 0);
    alice.line("/rooms");
  }
  alice.line("/rooms");
  assert(world.room.delay(alice.id, world.now) > 0);
});
