import { assert } from "@std/assert";

const run = await Deno.permissions.query({ name: "run" });
const PROGRAM = new URL("../_page_faults_program.ts", import.meta.url).href;

/** How many page faults the program of this folder counts in a process. */
async function pageFaults(way: "plain" | "bulk"): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", PROGRAM, way],
    env: { NO_COLOR: "1" },
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "takeBuffer() of bulk lets the process keep the memory that it frees",
  ignore: run.state !== "granted" || Deno.build.os !== "linux",
  async fn() {
    const plain = await pageFaults("plain");
    const bulk = await pageFaults("bulk");
    assert(bulk < plain / 10, `${bulk} page faults in bulk, ${plain} without`);
  },
});
