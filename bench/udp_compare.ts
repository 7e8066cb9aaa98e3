// Sends and receives datagrams of 64 bytes by all ways in turn, and prints the
// median rate of each and its ratios to the bare ways.
//
//   deno run -A bench/udp_compare.ts [--rounds N] [--count N]
//
// A round takes a tenth of a second and the ways take turns, so that what
// disturbs the machine for a while disturbs all of them. All of it: 25 seconds.

import { TextLineStream } from "@std/streams";
import { median } from "./_contest.ts";
import { UDP_WORKLOADS } from "./udp_workloads.ts";

const options: Record<string, number> = { "--rounds": 15, "--count": 15000 };
for (let index = 0; index < Deno.args.length; index += 2) {
  options[Deno.args[index] ?? ""] = Number(Deno.args[index + 1]);
}
const { "--rounds": rounds = 1, "--count": count = 1 } = options;

/** A process that runs one workload. */
class Contestant {
  readonly name: string;
  readonly rates: number[] = [];
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor(name: string) {
    this.name = name;
    const program = new URL("udp_contestant.ts", import.meta.url).pathname;
    const { stdin, stdout } = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-net", program, name],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = stdin.getWriter();
    this.#output = stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Sends and receives so many datagrams; returns how many a second. */
  async run(count: number): Promise<number> {
    await this.#input.write(new TextEncoder().encode(`${count}\n`));
    const { value } = await this.#output.read();
    return Number(value);
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
  }
}

const contestants = [...UDP_WORKLOADS.keys()]
  .map((name) => new Contestant(name));
for (const contestant of contestants) await contestant.run(10 * count);
for (let round = 0; round < rounds; round++) {
  for (const contestant of contestants) {
    contestant.rates.push(await contestant.run(count));
  }
}
const [bareDeno = 1, bareNode = 1] = contestants
  .map(({ rates }) => median(rates));
console.log(`${rounds} rounds of ${count} datagrams, medians`);
for (const contestant of contestants) {
  const rate = median(contestant.rates);
  console.log(
    `  ${contestant.name.padEnd(34)} ${
      String(Math.round(rate)).padStart(8)
    }/s` +
      `  ×${(rate / bareDeno).toFixed(2)} of Deno's` +
      `  ×${(rate / bareNode).toFixed(2)} of Node's`,
  );
  await contestant.stop();
}
