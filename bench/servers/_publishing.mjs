// deno-lint-ignore-file explicit-module-boundary-types -- JSDoc has the types

// How the servers of the benchmarks publish, under Deno, Bun and Node.

import { clearInterval, setImmediate, setInterval } from "node:timers";

/**
 * Publishes a message as often as it asks for by its first bytes, which are three
 * numbers of two bytes, big-endian: how many turns of the event loop publish it, how
 * often each, and the milliseconds from one to the next, 0 for turns in a row.
 *
 * @param {Uint8Array} message
 * @param {() => unknown} publish
 */
export function publishInTurns(message, publish) {
  const at = (index) => message[index] * 256 + message[index + 1];
  let turns = at(0);
  const perTurn = at(2);
  const interval = at(4);
  let timer;
  const turn = () => {
    for (let i = 0; i < perTurn; i++) publish();
    turns--;
    if (turns === 0) clearInterval(timer);
    else if (interval === 0) setImmediate(turn);
  };
  if (interval > 0 && turns > 1) timer = setInterval(turn, interval);
  turn();
}
