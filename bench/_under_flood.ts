import { deadline } from "@std/async";
import { type Command, Program } from "./_program.ts";
import { parseTurn } from "./_under_load.ts";
import type { Contestant, Measure } from "./_workload.ts";

/** Seconds for which a flood is measured. */
const SECONDS = 3;
/** Milliseconds after which a server that still does not answer has failed. */
const PATIENCE = 20_000;

/** What {@linkcode underFlood} tells, in this order. */
export const FLOOD_MEASURES = [
  {
    name: "echo, median",
    unit: "µs",
    isLessBetter: true,
    isAside: false,
  },
  { name: "echo, most", unit: "µs", isLessBetter: true, isAside: true },
  {
    name: "a new connection, most",
    unit: "µs",
    isLessBetter: true,
    isAside: true,
  },
  {
    name: "a timer of 20 ms, most too late",
    unit: "µs",
    isLessBetter: true,
    isAside: true,
  },
] as const satisfies readonly Measure[];

/** A server, and what floods it. */
export interface UnderFloodOptions {
  /**
   * Prints its port, or its ports, and for each line that it gets how late its
   * timers have been since the last one, in microseconds.
   */
  readonly server: Command;
  /** Prints the other figures on one line. */
  readonly load: (ports: readonly string[], seconds: number) => Command;
}

/**
 * A contestant whose figures are how long others wait while clients flood its
 * server: for an echo, for a new connection, for a timer.
 */
export function underFlood(
  name: string,
  { server, load }: UnderFloodOptions,
): Contestant {
  const enter = async () => {
    const program = new Program(server);
    const ports = (await program.readLine()).split(" ");
    const lateness = async () => {
      await program.writeLine("late");
      return Number(await deadline(program.readLine(), PATIENCE));
    };
    const run = async () => {
      await lateness();
      await using running = new Program(load(ports, SECONDS));
      const { figures } = parseTurn(await running.readLine());
      return { figures: [...figures, await lateness()] };
    };
    return {
      run,
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  };
  return { name, enter };
}
