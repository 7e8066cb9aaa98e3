import { assertEquals } from "@std/assert";
import { DeadServers } from "../../../chat/cluster/_dead_servers.ts";

const ALIVE = new Set(["a", "b"]);

/** The rounds, of a number of them, in which a server is due. */
function roundsOf(isFirst: boolean, rounds: number): readonly number[] {
  const dead = new DeadServers();
  const due: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (dead.find(["a", "x"], ALIVE, isFirst).includes("x")) due.push(round);
  }
  return due;
}

Deno.test("DeadServers finds a server without a lease in the second round, and again", () => {
  assertEquals(roundsOf(true, 12), [2, 6, 10]);
});

Deno.test("DeadServers leaves it to the first of the servers for some rounds", () => {
  assertEquals(roundsOf(false, 12), [6, 10]);
});

Deno.test("DeadServers forgets a server that has a lease, or no users", () => {
  const dead = new DeadServers();
  const find = (names: readonly string[], alive = ALIVE) =>
    dead.find(names, alive, true);

  assertEquals(find(["x"]), []);
  assertEquals(find(["x"], new Set(["a", "x"])), []);
  assertEquals(find(["x"]), []);
  assertEquals(find([]), []);
  assertEquals(find(["x"]), []);
  assertEquals(find(["x", "y"]), ["x"]);
});

Deno.test("DeadServers acts in the next round where it is told to", () => {
  const dead = new DeadServers();
  dead.find(["x"], ALIVE, true);
  assertEquals(dead.find(["x"], ALIVE, true), ["x"]);
  dead.hurry("x");
  dead.hurry("unknown");
  assertEquals(dead.find(["x"], ALIVE, true), ["x"]);
  assertEquals(dead.find(["x"], ALIVE, true), []);
});
