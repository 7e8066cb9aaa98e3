import { assertEquals, assertMatch } from "@std/assert";
import { Journal } from "./_journal.ts";

const room = "lobby";

/** A line that was acknowledged, with two readers beside its author. */
function setUp(): Journal {
  const journal = new Journal();
  for (const name of ["ann", "bob", "eve"]) journal.enter(name, [room]);
  journal.acknowledge({ id: 1, room, text: "ann 1" });
  journal.see("bob", { id: 1, room, text: "ann 1" });
  return journal;
}

Deno.test("Journal accepts lines that all readers got once and in order", () => {
  const journal = setUp();
  journal.see("eve", { id: 1, room, text: "ann 1" });
  assertEquals(journal.judge(), { lost: 0, doubled: 0, disordered: 0 });
  assertEquals(journal.faults, []);
});

Deno.test("Journal finds lines that a reader did not get", () => {
  const journal = setUp();
  assertEquals(journal.judge().lost, 1);
  assertMatch(journal.faults[0], /eve did not get "ann 1"/);
});

Deno.test("Journal finds unacknowledged lines that not all readers got", () => {
  const journal = new Journal();
  for (const name of ["ann", "bob", "eve"]) journal.enter(name, [room]);
  journal.see("bob", { id: 1, room, text: "ann 1" });
  assertEquals(journal.judge().lost, 1);
});

Deno.test("Journal expects nothing of readers who have left or know of a hole", () => {
  const journal = setUp();
  journal.acknowledge({ id: 2, room, text: "ann 2" });
  journal.leave("bob", 1);
  journal.miss("eve", room, { from: 1, to: 2 });
  assertEquals(journal.judge().lost, 0);
  assertEquals(journal.holes, 1);
});

Deno.test("Journal finds lines that a reader got twice, or that have two ids", () => {
  const journal = setUp();
  journal.see("eve", { id: 1, room, text: "ann 1" });
  journal.see("eve", { id: 1, room, text: "ann 1" });
  assertEquals(journal.judge().doubled, 1);
  journal.see("eve", { id: 2, room, text: "ann 1" });
  assertEquals(journal.judge().doubled, 2);
});

Deno.test("Journal finds lines in another order than that of their ids", () => {
  const journal = setUp();
  journal.see("eve", { id: 2, room, text: "ann 2" });
  journal.see("eve", { id: 1, room, text: "ann 1" });
  assertEquals(journal.judge().disordered, 1);
});

Deno.test("Journal finds authors whose lines were stored in another order", () => {
  const journal = setUp();
  journal.acknowledge({ id: 2, room, text: "ann 3" });
  journal.acknowledge({ id: 3, room, text: "ann 2" });
  assertEquals(journal.judge().disordered, 1);
});
