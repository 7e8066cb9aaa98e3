import { type Command, Program } from "./_program.ts";
import type { Contestant, Entrant, Turn } from "./_workload.ts";

/** A server, and what puts load on it. One of them is what is measured. */
export interface UnderLoadOptions {
  /** Prints its port, or its ports, on one line. */
  readonly server?: Command;
  /**
   * Prints the figures on one line, and after them, as `cpu=`, the nanoseconds of
   * CPU time for one unit, if it can tell: of the process that the environment
   * names as `MEASURED_PID`, or if none is named its own. Runs anew each time.
   */
  readonly load: (ports: readonly string[], seconds: number) => Command;
  /** Whether the load itself is what is measured, and not the server. */
  readonly isLoadMeasured?: boolean;
}

/**
 * A contestant with a server that runs from the first round to the last, so that
 * it is warm, and a program that loads it in each round.
 */
export function underLoad(name: string, options: UnderLoadOptions): Contestant {
  return { name, enter: () => enter(name, options) };
}

async function enter(
  name: string,
  { server, load, isLoadMeasured = false }: UnderLoadOptions,
): Promise<Entrant> {
  const program = server && new Program(server);
  const line = await program?.readLine() ?? "";
  const env: Record<string, string> = program === undefined || isLoadMeasured
    ? {}
    : { MEASURED_PID: String(program.pid) };
  return {
    run: async (seconds) => {
      await using running = new Program(load(line.split(" "), seconds), env);
      const answer = await running.readLine();
      const turn = parseTurn(answer);
      if (turn.figures.every((figure) => figure > 0)) return turn;
      throw new Error(`Cannot measure ${name}: the load told "${answer}"`);
    },
    [Symbol.asyncDispose]: async () => {
      await program?.[Symbol.asyncDispose]();
    },
  };
}

/** Reads what a load prints, such as `"1000 12.5 cpu=3.2"`. */
export function parseTurn(line: string): Turn {
  const [figures = "", cpu] = line.split(" cpu=");
  return {
    figures: figures.split(" ").map(Number),
    cpu: cpu === undefined ? undefined : Number(cpu),
  };
}
