import { assert, assertEquals } from "@std/assert";
import { readSources } from "../tools/sources.ts";

const isReadable =
  Deno.permissions.querySync({ name: "read" }).state === "granted";

/** What switches a check for leaks off, in code. */
const OFF = /sanitize(?:Ops|Resources|Exit)\s*:\s*false/;

Deno.test({
  name: "every test runs with the checks for leaks, or tells why it does not",
  ignore: !isReadable,
  fn: async () => {
    for (const name of ["deno.json", "deno.jsr.json"]) {
      const url = new URL(`../${name}`, import.meta.url);
      const config = JSON.parse(await Deno.readTextFile(url));
      assertEquals(config.test.sanitizeOps, true, name);
      assertEquals(config.test.sanitizeResources, true, name);
    }
    const sources = await readSources(["tests"], [".ts", ".js", ".mjs"]);
    for (const { path, text } of sources) {
      const lines = text.split("\n");
      for (const [index, line] of lines.entries()) {
        if (!OFF.test(line)) continue;
        const before = lines[index - 1] ?? "";
        assert(
          line.includes("//") || before.trim().startsWith("//"),
          `${path}:${index + 1} switches a check off without a reason`,
        );
      }
    }
    assert(sources.length > 100, `${sources.length} files looked at`);
  },
});

Deno.test({
  name: "a socket that is left open fails a test, and so does a timer",
  ignore: !isReadable ||
    Deno.permissions.querySync({ name: "run" }).state !== "granted",
  fn: async () => {
    for (const leak of ["socket", "timer"]) {
      const program = new URL("./_leaking_program.ts", import.meta.url);
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "--no-check", "--filter", leak, program.href],
        env: { NO_COLOR: "1" },
        stdout: "piped",
        stderr: "null",
      }).output();
      const text = new TextDecoder().decode(stdout);
      assertEquals(success, false, text);
      assert(text.includes("Leaks detected"), text);
    }
  },
});
