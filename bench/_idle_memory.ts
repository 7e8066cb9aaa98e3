import { delay } from "@std/async";
import { type Command, Program } from "./_program.ts";
import type { Contestant } from "./_workload.ts";

/** Milliseconds for what the last handshakes leave to be done. */
const SETTLING = 500;

/** A server, and what opens connections to it. */
export interface IdleMemoryOptions {
  /** Prints its port, and its memory in bytes for each line that it gets. */
  readonly server: Command;
  /** Opens the connections, prints a line, and holds them. */
  readonly load: (port: string) => Command;
  readonly connections: number;
}

/**
 * A contestant whose figure is how many bytes of memory its server grows by for
 * each idle connection, in a new process each time.
 */
export function idleMemory(
  name: string,
  { server, load, connections }: IdleMemoryOptions,
): Contestant {
  const run = async () => {
    await using program = new Program(server);
    const port = await program.readLine();
    const before = await memoryOf(program);
    await using clients = new Program(load(port));
    await clients.readLine();
    await delay(SETTLING);
    return [(await memoryOf(program) - before) / connections];
  };
  const enter = () =>
    Promise.resolve({ run, [Symbol.asyncDispose]: () => Promise.resolve() });
  return { name, enter };
}

async function memoryOf(program: Program): Promise<number> {
  await program.writeLine("memory");
  return Number(await program.readLine());
}
