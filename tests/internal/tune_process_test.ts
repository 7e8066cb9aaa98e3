import { assert, assertEquals, assertLess } from "@std/assert";

const run = await Deno.permissions.query({ name: "run" });
const PROGRAM = new URL("_tune_process_program.ts", import.meta.url).href;
const MIB = 1024 * 1024;

interface Report {
  readonly pageFaults: number;
  readonly external: number;
  readonly resident: number;
  readonly heapLimit: number;
}

/** Runs the program of this folder in a process of its own. */
async function measure(way: "plain" | "tuned", flags = ""): Promise<Report> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", ...flags.split(" "), PROGRAM, way]
      .filter((argument) => argument !== ""),
    env: { NO_COLOR: "1" },
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "tuneProcess() lets the process keep the memory that it frees",
  ignore: run.state !== "granted" || Deno.build.os !== "linux",
  async fn() {
    const plain = await measure("plain");
    const tuned = await measure("tuned");
    assertLess(tuned.pageFaults, plain.pageFaults / 10);
  },
});

for (const flags of ["", "--v8-flags=--max-old-space-size=400"]) {
  Deno.test({
    name: `tuneProcess() reserves memory once, and uses none of it (${flags})`,
    ignore: run.state !== "granted" || Deno.build.os === "windows",
    async fn() {
      const { external, resident, heapLimit } = await measure("tuned", flags);
      const size = Math.min(Math.floor(heapLimit / 4), 512 * MIB);
      assert(external >= size && external < size + 16 * MIB, `${external}`);
      assertLess(resident, size / 2);
    },
  });
}

Deno.test("a process that does not call tuneProcess() is not changed", {
  ignore: run.state !== "granted",
}, async () => {
  const { external } = await measure("plain");
  assertEquals(external, 0);
});
