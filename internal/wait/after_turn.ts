/** The runtime's own, which Node and Bun have too; the web's types lack it. */
const { setImmediate } = globalThis as unknown as {
  setImmediate(task: () => void): unknown;
};

/**
 * Runs a task when all promises that are settled, and those that settle in
 * consequence, have been dealt with; before the system is asked for more.
 *
 * A microtask is not as late: it runs between those of a loop that handles a
 * hundred messages which are there already.
 */
export function afterTurn(task: () => void): void {
  setImmediate(task);
}
