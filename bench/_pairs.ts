import { median } from "./_statistics.ts";
import {
  type Contestant,
  isOwn,
  type Turn,
  type Workload,
} from "./_workload.ts";

/** What two revisions have reached, one right after the other. */
export interface Pair {
  readonly before: Turn;
  readonly now: Turn;
}

/** How long a comparison of two revisions takes. */
export interface PairOptions {
  readonly pairs: number;
  /** What each revision has in each pair. */
  readonly seconds: number;
}

/** The same contestant in two revisions. */
export interface Row {
  readonly group: string;
  readonly workload: string;
  /** The unit of the workload's first measure. */
  readonly unit: string;
  readonly name: string;
  readonly before: Contestant;
  readonly now: Contestant;
}

/** A ratio of what is now to what was before. */
export interface Ratio {
  /** The median over the pairs. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How many processes of each revision share the pairs. */
const PROCESSES = 3;
/** For how many turns a process runs before the first that counts. */
const WARM_UP = 2;

/**
 * Runs two revisions in turn; which one is first alternates from pair to pair.
 * Several processes of each share the pairs, as two of one program differ.
 */
export async function takePairs(
  { before, now }: Pick<Row, "before" | "now">,
  { pairs, seconds }: PairOptions,
): Promise<Pair[]> {
  const found: Pair[] = [];
  const processes = Math.min(PROCESSES, pairs);
  for (let process = 1; process <= processes; process++) {
    await using stack = new AsyncDisposableStack();
    const old = stack.use(await before.enter());
    const present = stack.use(await now.enter());
    for (const entrant of [old, present]) await entrant.run(seconds * WARM_UP);
    const end = Math.round(pairs * process / processes);
    while (found.length < end) {
      if (found.length % 2 === 0) {
        const first = await old.run(seconds);
        found.push({ before: first, now: await present.run(seconds) });
      } else {
        const first = await present.run(seconds);
        found.push({ before: await old.run(seconds), now: first });
      }
    }
  }
  return found;
}

/**
 * Finds this project's contestants that are in both revisions. Workloads that run
 * once, such as those of memory, are left out.
 */
export function rowsOf(
  now: readonly Workload[],
  before: readonly Workload[],
): Row[] {
  return now.flatMap((workload) => {
    const { group, name, measures, maxRounds, contestants } = workload;
    if (maxRounds !== undefined) return [];
    const old = before.find((one) => one.group === group && one.name === name);
    return contestants.flatMap((contestant): Row[] => {
      const other = old?.contestants
        .find((one) => one.name === contestant.name);
      if (other === undefined || !isOwn(contestant.name)) return [];
      return [{
        group,
        workload: name,
        unit: measures[0]?.unit ?? "",
        name: contestant.name,
        before: other,
        now: contestant,
      }];
    });
  });
}

/** The ratio of the CPU time for one unit; none where it was not told. */
export function cpuRatio(pairs: readonly Pair[]): Ratio | undefined {
  return ratioOf(pairs, ({ cpu }) => cpu);
}

/** The ratio of the first figure, such as the rate. */
export function figureRatio(pairs: readonly Pair[]): Ratio | undefined {
  return ratioOf(pairs, ({ figures }) => figures[0]);
}

function ratioOf(
  pairs: readonly Pair[],
  valueOf: (turn: Turn) => number | undefined,
): Ratio | undefined {
  const ratios = pairs
    .map(({ before, now }) => (valueOf(now) ?? NaN) / (valueOf(before) ?? NaN))
    .filter((ratio) => !Number.isNaN(ratio));
  if (ratios.length === 0) return undefined;
  return {
    median: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
}
