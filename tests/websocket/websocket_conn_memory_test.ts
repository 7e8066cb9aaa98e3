import { assertEquals, assertLess } from "@std/assert";

const PROGRAM = new URL("support/_memory_program.ts", import.meta.url).href;
const MIB = 1024 * 1024;
const { state } = Deno.permissions.querySync({ name: "run" });

for (const way of ["messages", "stream", "deflate"]) {
  Deno.test({
    name: `200 MiB by ${way} are moved in bounded memory, which is freed`,
    ignore: state !== "granted",
    async fn() {
      const flags = ["--no-check", "--allow-net", "--v8-flags=--expose-gc"];
      const { stdout, success } = await new Deno.Command(Deno.execPath(), {
        args: ["run", ...flags, PROGRAM, way],
        stderr: "inherit",
      }).output();
      assertEquals(success, true);
      const text = new TextDecoder().decode(stdout);
      const { received, external, most } = JSON.parse(text);
      assertEquals(received, 200 * MIB);
      assertLess(external, 16 * MIB);
      // Twice the size, if a side held the whole.
      assertLess(most, 160 * MIB);
    },
  });
}
