import { delay } from "@std/async";
import { type Command, Program } from "./_program.ts";
import { median } from "./_statistics.ts";
import type { Contestant, Measure } from "./_workload.ts";

/** Milliseconds for what the last handshakes leave to be done. */
const SETTLING = 500;
/** Milliseconds after which connections count as idle. */
const IDLE = 60_000;
/**
 * Milliseconds for which they are watched then, and between two looks. A server
 * pings once in that time, which makes garbage, and V8 collects it at its leisure.
 */
const WATCHED = 30_000;
const PACE = 2000;

/** What {@linkcode idleMemory} tells, in this order. */
export const IDLE_MEASURES: readonly Measure[] = [
  { name: "after a minute", unit: "bytes", isLessBetter: true },
  { name: "at once", unit: "bytes", isLessBetter: true, isAside: true },
];

/** A server, and what opens connections to it. */
export interface IdleMemoryOptions {
  /** Prints its port, and its memory in bytes for each line that it gets. */
  readonly server: Command;
  /** Opens the connections, prints a line, and holds them. */
  readonly load: (port: string) => Command;
  readonly connections: number;
}

/**
 * A contestant whose figures are how many bytes of memory its server grows by
 * for each idle connection: when all have been opened, and the median of half a
 * minute that begins a minute later. All contestants are watched together.
 */
export function idleMemory(
  name: string,
  { server, load, connections }: IdleMemoryOptions,
): Contestant {
  const enter = async () => {
    await using stack = new AsyncDisposableStack();
    const program = stack.use(new Program(server));
    const port = await program.readLine();
    const before = await ask(program, "collect");
    const growth = async () => {
      const memory = await look(program.pid) ?? await ask(program, "memory");
      return (memory - before) / connections;
    };
    const clients = stack.use(new Program(load(port)));
    await clients.readLine();
    await delay(SETTLING);
    const atOnce = await growth();
    const start = performance.now() + IDLE;
    const ending = new AbortController();
    stack.defer(() => ending.abort());
    const { signal } = ending;
    const watch = async () => {
      const figures: number[] = [];
      for (let time = start; time <= start + WATCHED; time += PACE) {
        await delay(Math.max(0, time - performance.now()), { signal });
        figures.push(await growth());
      }
      return median(figures);
    };
    const watching = watch();
    // Whoever runs it looks at the outcome later.
    watching.catch(() => {});
    const rest = stack.move();
    return {
      run: async () => ({ figures: [await watching, atOnce] }),
      [Symbol.asyncDispose]: () => rest.disposeAsync(),
    };
  };
  return { name, enter };
}

async function ask(program: Program, what: string): Promise<number> {
  await program.writeLine(what);
  return Number(await program.readLine());
}

/** The memory of a process where the system tells, so that it need not say it. */
async function look(pid: number): Promise<number | undefined> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
