import { assertEquals, assertLess } from "@std/assert";

const MIB = 1024 * 1024;
const { state } = Deno.permissions.querySync({ name: "run" });

/** The report of a program that can collect garbage. */
async function run<T>(program: string, ...args: string[]): Promise<T> {
  const flags = ["--no-check", "--allow-net", "--v8-flags=--expose-gc"];
  const url = import.meta.resolve(`./support/${program}`);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, url, ...args],
    stderr: "inherit",
  }).output();
  assertEquals(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

interface Moved {
  readonly received: number;
  readonly external: number;
  readonly most: number;
}

for (const way of ["messages", "stream", "deflate"]) {
  Deno.test({
    name: `200 MiB by ${way} are moved in bounded memory, which is freed`,
    ignore: state !== "granted",
    async fn() {
      const { received, external, most } = await run<Moved>(
        "_memory_program.ts",
        way,
      );
      assertEquals(received, 200 * MIB);
      assertLess(external, 16 * MIB);
      // Twice the size, if a side held the whole.
      assertLess(most, 160 * MIB);
    },
  });
}

Deno.test({
  name: "100,000 messages in pieces leave nothing behind on their connection",
  ignore: state !== "granted",
  async fn() {
    const { received, heap } = await run<{ received: number; heap: number }>(
      "_many_messages_program.ts",
    );
    assertEquals(received, 100_000);
    // One reaction of a promise for each message would take 10 MiB at least.
    assertLess(heap, 4 * MIB);
  },
});
