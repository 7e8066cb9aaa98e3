import { assertEquals } from "@std/assert";
import { SendPace } from "../../../../chat/client/core/_send_pace.ts";

/** Sends as soon as it may; returns when. */
function times(pace: SendPace, start: number, count: number): number[] {
  const sent: number[] = [];
  let now = start;
  while (sent.length < count) {
    now += pace.delay(now);
    pace.take(now);
    sent.push(now);
  }
  return sent;
}

Deno.test("SendPace lets so many go at once, and so many a second", () => {
  const pace = new SendPace(3, 2);
  assertEquals(times(pace, 0, 6), [0, 0, 0, 500, 1000, 1500]);
  assertEquals(times(pace, 60_000, 4), [60_000, 60_000, 60_000, 60_500]);
});

Deno.test("SendPace slows down when it is told to", () => {
  const pace = new SendPace(3, 2);
  pace.slowDown(0);
  assertEquals(times(pace, 0, 3), [1000, 2000, 3000]);
  for (let n = 0; n < 20; n++) pace.slowDown(3000);
  assertEquals(times(pace, 3000, 1), [13_000]);
});

Deno.test("SendPace doubles its rate again, a minute after it was halved", () => {
  const pace = new SendPace(1, 2);
  for (let n = 0; n < 2; n++) pace.slowDown(0);
  const gap = (now: number) => {
    const [first = 0, second = 0] = times(pace, now, 2);
    return second - first;
  };
  assertEquals(gap(10_000), 2000);
  assertEquals(gap(70_000), 1000);
  assertEquals(gap(130_000), 500);
  assertEquals(gap(500_000), 500);
});

Deno.test("SendPace without a limit never waits", () => {
  const pace = new SendPace(1, Infinity);
  pace.slowDown(0);
  assertEquals(times(pace, 0, 3), [0, 0, 0]);
});
