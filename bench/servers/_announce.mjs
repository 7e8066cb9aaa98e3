// deno-lint-ignore-file explicit-module-boundary-types -- JSDoc has the types

// What every server of the benchmarks does at the start, under Deno and Node.

import process from "node:process";

/** Milliseconds of the timer whose lateness `--timer` tells. */
const PERIOD = 20;

/**
 * Prints the ports. After that it answers each line on the standard input with a
 * number, if the last argument asks for that: `--memory` for the memory in use,
 * in bytes, after a collection of garbage if the line is "collect"; `--timer` for
 * how late a timer of 20 ms has fired since the last line, at most, in
 * microseconds.
 *
 * @param {...number} ports
 */
export function announce(...ports) {
  console.log(ports.join(" "));
  const task = process.argv.at(-1);
  if (task === "--memory") answerLines(memoryAfter);
  else if (task === "--timer") answerLines(watchTimer());
}

/** @param {(line: string) => number | string} answer */
function answerLines(answer) {
  process.stdin.on("data", (line) => {
    console.log(answer(String(line).trim()));
  });
}

/** @param {string} line */
function memoryAfter(line) {
  if (line === "collect") {
    // Twice: what only a finalizer holds goes the second time.
    globalThis.gc?.();
    globalThis.gc?.();
  }
  return process.memoryUsage().rss;
}

/** Runs a timer again and again; gives what tells how late it has been. */
function watchTimer() {
  let most = 0;
  let due = performance.now() + PERIOD;
  const tick = () => {
    const time = performance.now();
    most = Math.max(most, time - due);
    due = time + PERIOD;
    setTimeout(tick, PERIOD);
  };
  setTimeout(tick, PERIOD);
  return () => {
    const found = Math.max(most, performance.now() - due, 0.001) * 1000;
    most = 0;
    return found.toFixed(1);
  };
}
