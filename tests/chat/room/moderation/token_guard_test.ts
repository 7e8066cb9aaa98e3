import { assertEquals } from "@std/assert";
import { TokenGuard } from "../../../../chat/room/moderation/_token_guard.ts";

const MINUTE = 60_000;

function fail(guard: TokenGuard, key: string, count: number, now = 0): void {
  for (let n = 0; n < count; n++) guard.fail(key, now);
}

Deno.test("TokenGuard lets an address try five tokens, and then makes it wait", () => {
  const guard = new TokenGuard();
  fail(guard, "one", 4);
  assertEquals(guard.wait("one", 0), 0);
  fail(guard, "one", 1);
  assertEquals(guard.wait("one", 0), 1000);
  assertEquals(guard.wait("one", 400), 600);
  assertEquals(guard.wait("one", 1000), 0);
  assertEquals(guard.wait("two", 0), 0);
  fail(guard, "one", 1, 1000);
  assertEquals(guard.wait("one", 1000), 2000);
  fail(guard, "one", 1_100, 1000);
  assertEquals(guard.wait("one", 1000), 5 * MINUTE);
});

Deno.test("TokenGuard forgets an address after ten minutes without a wrong token", () => {
  const guard = new TokenGuard();
  fail(guard, "one", 9);
  fail(guard, "two", 9, MINUTE);
  guard.expire(10 * MINUTE - 1);
  fail(guard, "one", 1, 10 * MINUTE - 1);
  assertEquals(guard.wait("one", 10 * MINUTE - 1), 32_000);
  guard.expire(11 * MINUTE);
  fail(guard, "two", 1, 11 * MINUTE);
  assertEquals(guard.wait("two", 11 * MINUTE), 0);
  assertEquals(guard.wait("one", 11 * MINUTE - 40_000), 11_999);
});

Deno.test("TokenGuard remembers the 4,096 addresses that failed last", () => {
  const guard = new TokenGuard();
  fail(guard, "first", 5);
  fail(guard, "again", 5);
  for (let n = 0; n < 4_094; n++) guard.fail(`${n}`, 0);
  guard.fail("again", 0);
  assertEquals(guard.wait("first", 0), 1000);
  guard.fail("last", 0);
  assertEquals(guard.wait("first", 0), 0);
  assertEquals(guard.wait("again", 0), 2000);
});
