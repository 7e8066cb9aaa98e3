/** One of the programs that a workload compares. */
export interface Contestant {
  readonly name: string;
  /** The command that starts its server, which prints its port. */
  readonly server: readonly string[];
}

/** A comparison: the same load on several servers. */
export interface Workload {
  readonly name: string;
  readonly unit: string;
  /** The first is what the others are compared with. */
  readonly contestants: readonly Contestant[];
  /** The command that loads the server on `port` and prints its rate. */
  readonly load: (port: number, seconds: number) => readonly string[];
}

/** What a contestant reached. */
export interface Result {
  readonly name: string;
  /** One rate a round. */
  readonly rates: number[];
}

/**
 * Runs the contestants in turn, several rounds, in turned order every other
 * round: what disturbs the machine for a while disturbs all of them.
 */
export async function contest(
  workload: Workload,
  rounds: number,
  seconds: number,
): Promise<Result[]> {
  const results = workload.contestants.map(({ name }) => ({
    name,
    rates: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    const order = [...workload.contestants.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, contestant] of order) {
      const rate = await measure(workload, contestant, seconds);
      results[index]?.rates.push(rate);
    }
  }
  return results;
}

/** The median of several rates. */
export function median(rates: readonly number[]): number {
  const sorted = rates.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) +
    (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

async function measure(
  workload: Workload,
  contestant: Contestant,
  seconds: number,
): Promise<number> {
  const [command = "", ...args] = contestant.server;
  const server = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = server.stdout.getReader();
  try {
    const port = await readPort(output);
    const [load = "", ...loadArgs] = workload.load(port, seconds);
    const { success, stdout } = await new Deno.Command(load, {
      args: loadArgs,
      stderr: "inherit",
    }).output();
    const rate = Number(new TextDecoder().decode(stdout));
    if (!success || !(rate > 0)) {
      throw new Error(`Cannot measure ${contestant.name}: the load has failed`);
    }
    return rate;
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await output.cancel();
  }
}

/** Reads the first line that the server prints. */
async function readPort(
  output: ReadableStreamDefaultReader<Uint8Array>,
): Promise<number> {
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await output.read();
    if (done) throw new Error("Cannot start a server: it printed no port");
    text += decoder.decode(value, { stream: true });
  }
  return Number.parseInt(text);
}
