import { afterTurn } from "./after_turn.ts";

/**
 * How many turns of the event loop to wait. The runtime (tokio) looks for new
 * readiness of sockets every 61 turns while it has other work.
 */
const TURNS = 64;

/** The tasks that wait for the next chain of turns. */
let waiting: (() => void)[] = [];
/** Whether a chain is under way, for tasks that came before it. */
let isUnderWay = false;

/**
 * Runs a task once the runtime has looked for bytes at the sockets of the process,
 * and those that it has found have been dealt with. Takes about 0.1 ms, or
 * twice as long if others wait already: all calls that come meanwhile share the turns.
 */
export function afterPoll(task: () => void): void {
  waiting.push(task);
  if (!isUnderWay) begin();
}

function begin(): void {
  const tasks = waiting;
  waiting = [];
  isUnderWay = true;
  let turns = 0;
  const next = () => {
    if (++turns > TURNS) finish(tasks);
    else afterTurn(next);
  };
  next();
}

function finish(tasks: readonly (() => void)[]): void {
  isUnderWay = false;
  if (waiting.length > 0) begin();
  run(tasks, 0);
}

/** Runs the tasks from one on. Should it throw, the others must not be lost. */
function run(tasks: readonly (() => void)[], from: number): void {
  let next = from;
  try {
    while (next < tasks.length) tasks[next++]();
  } finally {
    if (next < tasks.length) run(tasks, next);
  }
}
