import { assertEquals } from "@std/assert";
import { Pacer } from "../../../../chat/server/outgoing/_pacer.ts";

/** Says so many pieces of 16 KiB, asking the pacer after each. */
async function say(
  pacer: Pacer,
  name: string,
  count: number,
  log: string[],
): Promise<void> {
  for (let number = 0; number < count; number++) {
    log.push(name);
    pacer.spend(16 * 1024, 2);
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
  // Whoever speaks takes note only after the first piece; then each has a turn,
  // and what one leaves of it is for the next.
  assertEquals(
    log.join(""),
    "aaaabc" + "aaaa" + "bbbb" + "cccc" + "bbbc" + "cc",
  );
});

Deno.test("Pacer ends a share after 1 MiB for all users together", () => {
  const pacer = new Pacer();
  for (let n = 0; n < 1023; n++) pacer.spend(1, 1024);
  assertEquals(pacer.isSpent, false);
  pacer.spend(1, 1024);
  assertEquals(pacer.isSpent, true);
});

Deno.test("Pacer puts the next share off while many queues are filling, but not for ever", async () => {
  let looks = 0;
  let isOverloaded = true;
  const pacer = new Pacer(() => {
    looks++;
    return isOverloaded;
  });
  pacer.spend(64 * 1024, 1);
  await pacer.turn();
  assertEquals(looks, 250);

  looks = 0;
  pacer.spend(64 * 1024, 1);
  const turn = pacer.turn();
  isOverloaded = false;
  await turn;
  assertEquals([looks, pacer.isSpent], [1, false]);
});
