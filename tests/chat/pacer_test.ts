import { assertEquals } from "@std/assert";
import { Pacer } from "../../chat/_pacer.ts";

/** Says so many pieces of 16 KiB, asking the pacer after each. */
async function say(
  pacer: Pacer,
  name: string,
  count: number,
  log: string[],
): Promise<void> {
  for (let number = 0; number < count; number++) {
    log.push(name);
    pacer.spend(16 * 1024);
    if (pacer.isSpent) await pacer.turn();
  }
}

Deno.test("Pacer lets pass what is little without a timer", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  await say(pacer, "a", 3, log);
  assertEquals(pacer.isSpent, false);
});

Deno.test("Pacer gives each turn of the event loop a share of 64 KiB", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const saying = say(pacer, "a", 12, log);
  assertEquals(log.length, 4);
  await Promise.resolve();
  assertEquals(log.length, 4);
  // Timers of one length go off in the order in which they were set.
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  await turn();
  assertEquals(log.length, 8);
  await saying;
  assertEquals(log.length, 12);
});

Deno.test("Pacer lets those who wait take turns", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  await Promise.all(["a", "b", "c"].map((name) => say(pacer, name, 8, log)));
  assertEquals(log.length, 24);
  // Each found the share used up after its first piece but "a", who used it up.
  assertEquals(log.slice(0, 6).join(""), "aaaabc");
  const rest = log.slice(6).join("");
  assertEquals(rest.replace(/(.)\1*/g, "$1").length >= 3, true);
  for (const name of ["a", "b", "c"]) {
    assertEquals(log.filter((entry) => entry === name).length, 8);
  }
});
