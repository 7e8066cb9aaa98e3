import { countOpenFiles, filesReturn } from "../bad_input/_attack.ts";
import { Random } from "../property/_random.ts";
import { startChat } from "./_chat_traffic.ts";
import {
  collect,
  findGrowth,
  formatSample,
  type Sample,
  takeSample,
} from "./_gauges.ts";
import { startStreams } from "./_stream_traffic.ts";
import type { Traffic } from "./_traffic.ts";
import { startUdp } from "./_udp_traffic.ts";
import { startV } from "./_v_traffic.ts";
import { startWebSockets } from "./_websocket_traffic.ts";

/** Files that the runtime opens once, on first use, and keeps. */
const KEPT_FILES = 4;

/** How a soak is run. */
export interface SoakOptions {
  /** Milliseconds that sessions are begun for. */
  readonly duration: number;
  /** Milliseconds between two looks at what the process holds. */
  readonly interval: number;
  /** What its random choices begin with. */
  readonly seed: number;
  /** Takes what is to be told. */
  readonly log: (line: string) => void;
}

/**
 * Runs all kinds of traffic at once, then ends everything and looks at what is
 * left.
 *
 * @returns What is wrong: nothing, if all is well.
 */
export async function runSoak(options: SoakOptions): Promise<string[]> {
  const { duration, log } = options;
  const files = countOpenFiles();
  const { seed } = options;
  log(`VNET_SEED=${seed}, ${duration / 60_000} minutes`);
  const traffics = [
    startStreams("tcp"),
    startStreams("tls"),
    startWebSockets(),
    await startV(),
    await startUdp(),
    startChat(),
  ];
  const start = performance.now();
  const samples: Sample[] = [];
  const look = () => {
    const sample = takeSample(start);
    samples.push(sample);
    log(formatSample(sample));
    for (const { name, account } of traffics) {
      log(`         ${name}: ${account.open} open, ${account}`);
    }
  };
  const timer = setInterval(look, options.interval);
  const end = start + duration;
  let worker = 0;
  await Promise.all(traffics.flatMap((traffic) =>
    Array.from(
      { length: traffic.workers },
      () => work(traffic, new Random(seed + worker++), end),
    )
  ));
  clearInterval(timer);
  look();
  const problems: string[] = [];
  for (const traffic of traffics) {
    await traffic.stop();
    const { fault } = traffic.account;
    if (fault !== undefined) problems.push(`${traffic.name}: ${fault}`);
  }
  // With garbage in it, a figure says nothing.
  if (collect !== undefined) problems.push(...findGrowth(samples));
  const base = files === undefined ? undefined : files + KEPT_FILES;
  await filesReturn(base).catch((error) => problems.push(`${error}`));
  log(formatSample(takeSample(start)));
  return problems;
}

/** Begins one session after the other. */
async function work(
  { account, step }: Traffic,
  random: Random,
  end: number,
): Promise<void> {
  while (performance.now() < end && account.faults.length < 10) {
    await account.run(() => step(random));
  }
}
