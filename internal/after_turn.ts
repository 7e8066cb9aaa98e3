let setImmediate: typeof import("node:timers").setImmediate | undefined;
let isLoading = false;

/**
 * Runs a task when all promises that are settled, and those that settle in
 * consequence, have been dealt with; before the system is asked for more.
 *
 * A microtask is not as late: it runs between those of a loop that handles a
 * hundred messages which are there already.
 *
 * @returns Whether it will run: not while what it takes is being loaded, which
 * the first call begins.
 */
export function afterTurn(task: () => void): boolean {
  if (setImmediate === undefined) {
    if (!isLoading) load();
    return false;
  }
  setImmediate(task);
  return true;
}

async function load(): Promise<void> {
  isLoading = true;
  ({ setImmediate } = await import("node:timers"));
}
