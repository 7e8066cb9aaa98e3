import { assert, assertEquals } from "@std/assert";
import { kinds } from "./support/kinds.ts";

const PROGRAM = import.meta.resolve("./programs/_backpressure_program.ts");
const MIB = 1024 * 1024;

const CAN_RUN = (["run", "read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

for (const { name, isAvailable } of kinds) {
  Deno.test({
    name:
      `behind a side that does not read the other gets rid of 8 MB at most, and the process grows by 16 MB at most (${name})`,
    ignore: !CAN_RUN || !isAvailable,
    fn: async () => {
      const flags = ["--no-prompt", "--v8-flags=--expose-gc", "--allow-net"];
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", ...flags, "--allow-read", "--allow-write"],
          ...[PROGRAM, name],
        ],
        stdin: "null",
        stderr: "inherit",
      }).output();
      assertEquals(code, 0);
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      const outcomes = lines.map((line) => JSON.parse(line));
      assertEquals(
        outcomes.map(({ side, isReading }) => `${side} ${isReading}`),
        ["left false", "right false", "left true", "right true"],
      );
      for (const { side, isReading, taken, grown, read } of outcomes) {
        const what = `behind the ${side} end, ${isReading ? "once" : "un"}read`;
        assert(taken > 0 && taken <= 8 * MIB, `${taken} bytes taken ${what}`);
        assert(grown <= 16 * MIB, `Grown by ${grown} bytes ${what}`);
        assert(read <= MIB, `${read} bytes read ${what}`);
      }
    },
  });
}
