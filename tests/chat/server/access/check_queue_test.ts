import { assertEquals, assertRejects } from "@std/assert";
import { CheckQueue } from "../../../../chat/server/access/_check_queue.ts";

/** Checks that end when they are told to. */
class Checks {
  readonly started: string[] = [];
  readonly #queue = new CheckQueue();
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  run(key: string, name: string): Promise<string | undefined> {
    return this.#queue.run(key, () => {
      this.started.push(name);
      const end = Promise.withResolvers<string>();
      this.#ends.set(name, end);
      return end.promise;
    });
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve(name);
  }

  fail(name: string): void {
    this.#ends.get(name)?.reject(new Error(name));
  }
}

Deno.test("CheckQueue runs two checks at once, the others in their order", async () => {
  const checks = new Checks();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((key) => checks.run(key, key));
  assertEquals(checks.started, ["a", "b"]);
  checks.end("b");
  assertEquals(await b, "b");
  assertEquals(checks.started, ["a", "b", "c"]);
  checks.fail("a");
  await assertRejects(async () => await a, Error, "a");
  assertEquals(checks.started, ["a", "b", "c", "d"]);
  checks.end("c");
  checks.end("d");
  assertEquals(await Promise.all([c, d]), ["c", "d"]);
});

Deno.test("CheckQueue runs one check of an address at once, and does not delay others by it", async () => {
  const checks = new Checks();
  const results = [
    ...["a1", "a2", "a3"].map((name) => checks.run("a", name)),
    checks.run("b", "b1"),
  ];
  assertEquals(checks.started, ["a1", "b1"]);
  checks.end("b1");
  await results[3];
  assertEquals(checks.started, ["a1", "b1"]);
  checks.end("a1");
  await results[0];
  assertEquals(checks.started, ["a1", "b1", "a2"]);
  checks.end("a2");
  await results[1];
  checks.end("a3");
  assertEquals(await Promise.all(results), ["a1", "a2", "a3", "b1"]);
});

Deno.test("CheckQueue refuses a check when 4,096 wait", async () => {
  const queue = new CheckQueue();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const results = Array.from(
    { length: 4_098 },
    (_, n) => queue.run(`${n}`, () => promise),
  );
  assertEquals(await queue.run("one more", () => promise), undefined);
  resolve(true);
  assertEquals((await Promise.all(results)).every((it) => it), true);
  assertEquals(await queue.run("later", () => promise), true);
});
