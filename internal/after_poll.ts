import { afterTurn } from "./after_turn.ts";

/**
 * How many turns of the event loop to wait. The runtime (tokio) looks for new
 * readiness of sockets every 61 turns while it has other work.
 */
const TURNS = 64;

/**
 * Runs a task once the runtime has looked for what has arrived at the sockets of
 * the process, and what it has found has been dealt with. Takes about 0.1 ms.
 *
 * While the timers module is loading, which the first call begins, the task runs
 * after a timer instead.
 */
export function afterPoll(task: () => void): void {
  let turns = 0;
  const next = () => {
    if (++turns > TURNS) return task();
    if (!afterTurn(next)) setTimeout(task, 0);
  };
  next();
}
