import { assertEquals } from "@std/assert";
import { GuessGuard } from "../../../../chat/room/moderation/_guess_guard.ts";

const MINUTE = 60_000;

function fail(guard: GuessGuard, key: string, count: number, now = 0): void {
  for (let n = 0; n < count; n++) guard.fail(key, now);
}

Deno.test("GuessGuard lets an address guess five times, and then makes it wait", () => {
  const guard = new GuessGuard();
  fail(guard, "one", 4);
  assertEquals(guard.wait("one", 0), 0);
  fail(guard, "one", 1);
  assertEquals(guard.wait("one", 0), 1000);
  assertEquals(guard.wait("one", 400), 600);
  assertEquals(guard.wait("one", 1000), 0);
  assertEquals(guard.wait("two", 0), 0);
  fail(guard, "one", 1, 1000);
  assertEquals(guard.wait("one", 1000), 2000);
  fail(guard, "one", 94, 1000);
  assertEquals(guard.wait("one", 1000), 5 * MINUTE);
});

Deno.test("GuessGuard forgets an address after ten minutes without a wrong guess", () => {
  const guard = new GuessGuard();
  fail(guard, "one", 30);
  fail(guard, "two", 30, MINUTE);
  assertEquals(guard.wait("two", 10 * MINUTE), 0);
  fail(guard, "one", 4, 10 * MINUTE);
  assertEquals(guard.wait("one", 10 * MINUTE), 0);
  fail(guard, "two", 1, 10 * MINUTE);
  assertEquals(guard.wait("two", 10 * MINUTE), 5 * MINUTE);
});

Deno.test("GuessGuard forgets the wrong guesses of an address that guesses right", () => {
  const guard = new GuessGuard();
  fail(guard, "one", 9);
  guard.succeed("one");
  assertEquals(guard.wait("one", 0), 0);
  fail(guard, "one", 5);
  assertEquals(guard.wait("one", 0), 1000);
});

Deno.test("GuessGuard limits all addresses together, but for those that have guessed right", () => {
  const guard = new GuessGuard();
  guard.succeed("known");
  for (let n = 0; n < 199; n++) guard.fail(`${n}`, 0);
  assertEquals(guard.wait("new", 0), 0);
  guard.fail("199", 0);
  assertEquals(guard.wait("new", 0), 500);
  assertEquals(guard.wait("known", 0), 0);
  assertEquals(guard.wait("new", 500), 0);
  guard.fail("new", 500);
  assertEquals(guard.wait("newer", 500), 500);
  // The limit of the address itself holds for known addresses too.
  fail(guard, "known", 6, 500);
  assertEquals(guard.wait("known", 500), 2000);
});

Deno.test("GuessGuard remembers the 4,096 addresses that failed last, and that guessed right last", () => {
  const guard = new GuessGuard();
  fail(guard, "first", 5);
  fail(guard, "again", 5);
  for (let n = 0; n < 4_094; n++) guard.fail(`${n}`, 0);
  guard.fail("again", 0);
  guard.succeed("known first");
  guard.succeed("known again");
  for (let n = 0; n < 4_094; n++) guard.succeed(`known ${n}`);
  guard.succeed("known again");
  // Later, when the failures of all addresses together have come back.
  const later = 9 * MINUTE;
  fail(guard, "again", 1, later);
  assertEquals(guard.wait("again", later), 4000);
  fail(guard, "last", 1, later);
  fail(guard, "first", 1, later);
  assertEquals(guard.wait("first", later), 0);
  for (let n = 0; n < 4_096; n++) guard.fail(`more ${n}`, later);
  assertEquals(guard.wait("again", later), 500);
  guard.succeed("known last");
  assertEquals(guard.wait("known again", later), 0);
  assertEquals(guard.wait("known first", later), 500);
});
