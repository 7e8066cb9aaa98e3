// deno-lint-ignore-file explicit-module-boundary-types -- JSDoc has the types

// What every server of the benchmarks does at the start, under Deno and Node.

import process from "node:process";

/**
 * Prints the ports. After that, where `--memory` is the last argument, it
 * answers each line on the standard input with the memory in use, in bytes; if
 * that is "collect", after a collection of garbage.
 *
 * @param {...number} ports
 */
export function announce(...ports) {
  console.log(ports.join(" "));
  if (process.argv.at(-1) !== "--memory") return;
  process.stdin.on("data", (line) => {
    if (String(line).trim() === "collect") {
      // Twice: what only a finalizer holds goes the second time.
      globalThis.gc?.();
      globalThis.gc?.();
    }
    console.log(process.memoryUsage().rss);
  });
}
