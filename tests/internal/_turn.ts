import { afterTurn } from "../../internal/after_turn.ts";

/** Waits for the end of a turn, with the runtime's function for it loaded. */
export async function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  while (!afterTurn(resolve)) await import("node:timers");
  await promise;
}
