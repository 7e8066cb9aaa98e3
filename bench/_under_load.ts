import { type Command, Program } from "./_program.ts";
import type { Contestant, Entrant } from "./_workload.ts";

/** A server, and what puts load on it. One of them is what is measured. */
export interface UnderLoadOptions {
  /** Prints its port, or its ports, on one line. */
  readonly server?: Command;
  /** Prints the figures on one line. Runs anew each time. */
  readonly load: (ports: readonly string[], seconds: number) => Command;
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
  { server, load }: UnderLoadOptions,
): Promise<Entrant> {
  const program = server && new Program(server);
  const line = await program?.readLine() ?? "";
  return {
    run: async (seconds) => {
      await using running = new Program(load(line.split(" "), seconds));
      const figures = (await running.readLine()).split(" ").map(Number);
      if (figures.every((figure) => figure > 0)) return figures;
      throw new Error(`Cannot measure ${name}: the load told ${figures}`);
    },
    [Symbol.asyncDispose]: async () => {
      await program?.[Symbol.asyncDispose]();
    },
  };
}
