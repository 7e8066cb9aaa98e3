import { assertEquals } from "@std/assert";

const canRun =
  Deno.permissions.querySync({ name: "run" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted";

/** Runs a case of the program, and tells how it ended. */
async function run(
  name: string,
  patience: number,
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      new URL("../programs/_ref_program.ts", import.meta.url).href,
      name,
      String(patience),
    ],
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  return { code, text: text + new TextDecoder().decode(stderr) };
}

/** Long enough for what ends by itself to end. */
const PATIENCE = 60_000;

for (
  const [name, title] of [
    ["unref", "a read on an unref'd connection"],
    ["unref later", "a read on a connection that is unref'd while it waits"],
    ["timeout", "a read that timed out"],
    ["abort", "a read that was aborted"],
    ["release", "a read of a reader that was released"],
    ["release of BYOB", "a read of a BYOB reader that was released"],
    ["cancel", "a stream that was cancelled"],
    ["given back, then read", "a read served by what another gave back"],
    ["idle", "an idle timeout"],
    ["limit", "a limit on a read of an unref'd connection"],
    ["closing, unref'd", "a closing connection that is unref'd"],
    ["unref'd, closing", "an unref'd connection that is closing"],
    ["closing, ended by its peer", "a closing connection whose peer has ended"],
    ["closing pipe, unref'd", "an unref'd pipe that is closing"],
    ["closing, with nothing sent", "a closed connection that has sent nothing"],
    ["flood", "a flood on an unref'd connection"],
    ["echoing pipe", "a pipe whose unref'd ends echo for ever"],
  ] as const
) {
  Deno.test({
    name: `${title} does not keep the process alive`,
    ignore: !canRun,
    fn: async () =>
      assertEquals(await run(name, PATIENCE), { code: 0, text: "" }),
  });
}

for (
  const [name, title] of [
    ["pending", "a read that waits"],
    ["ref again", "a read on a connection that is ref'd again"],
    ["read again", "a read after one that timed out"],
    ["closing", "a closing connection whose peer has not ended"],
  ] as const
) {
  Deno.test({
    name: `${title} keeps the process alive`,
    ignore: !canRun,
    fn: async () =>
      assertEquals(await run(name, 50), { code: 3, text: "held" }),
  });
}

Deno.test({
  name: "a limit on a read of a pipe keeps the process alive until it passes",
  ignore: !canRun,
  fn: async () => {
    assertEquals(await run("pipe", PATIENCE), { code: 0, text: "timed out" });
  },
});
