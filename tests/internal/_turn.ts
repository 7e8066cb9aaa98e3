import { afterTurn } from "../../internal/wait/after_turn.ts";

/** Waits for the end of a turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}
