import type { Comparison } from "./_results.ts";
import type {
  Entrant,
  Limit,
  Mark,
  Measure,
  Turn,
  Workload,
} from "./_workload.ts";

/** How long a comparison takes. */
export interface ContestOptions {
  readonly rounds: number;
  /** What each contestant has in each round. */
  readonly seconds: number;
}

/**
 * Runs the contestants of a workload in turn, many times, in turned order every
 * other time: what disturbs the machine for a while disturbs all of them. What
 * they do before the first turn does not count. Where a workload asks for several
 * processes, all contestants start anew for each part of the turns.
 *
 * @returns One comparison for each measure of the workload.
 */
export async function contest(
  workload: Workload,
  { rounds, seconds }: ContestOptions,
): Promise<Comparison[]> {
  const entries = workload.contestants.map(({ name }) => ({
    name,
    figures: workload.measures.map((): number[] => []),
    cpu: [] as number[],
  }));
  const perRound = workload.turns ?? 1;
  const turns = Math.min(
    Math.ceil(rounds * (workload.roundsFactor ?? 1)) * perRound,
    workload.maxRounds ?? Infinity,
  );
  const processes = Math.min(workload.processes ?? 1, turns);
  let turn = 0;
  for (let process = 1; process <= processes; process++) {
    await using stack = new AsyncDisposableStack();
    const entrants: Entrant[] = [];
    for (const { enter } of workload.contestants) {
      entrants.push(stack.use(await enter()));
    }
    if (workload.maxRounds === undefined) {
      const warmUp = seconds * (workload.warmUp ?? 1);
      for (const entrant of entrants) await entrant.run(warmUp);
    }
    const end = Math.round(turns * process / processes);
    for (; turn < end; turn++) {
      const order = [...entrants.entries()];
      if (turn % 2 === 1) order.reverse();
      for (const [index, entrant] of order) {
        note(entries[index], await entrant.run(seconds / perRound));
      }
    }
  }
  const isAbout = (measure: Measure) => (goal: Mark | Limit) =>
    (goal.measure ?? workload.measures[0]?.name) === measure.name;
  return workload.measures.map((measure, index) => ({
    group: workload.group,
    name: [workload.name, measure.name].filter(Boolean).join(", "),
    unit: measure.unit,
    isLessBetter: measure.isLessBetter ?? false,
    isAside: measure.isAside ?? false,
    entries: entries.map(({ name, figures, cpu }) => ({
      name,
      figures: figures[index] ?? [],
      // It belongs to the workload, not to each of its measures.
      ...index === 0 && cpu.length > 0 ? { cpu } : {},
    })),
    marks: workload.marks
      .filter(isAbout(measure))
      .map(({ subject, peers, ratio }) => ({ subject, peers, ratio })),
    ...workload.limits === undefined ? {} : {
      limits: workload.limits
        .filter(isAbout(measure))
        .map(({ subject, most }) => ({ subject, most })),
    },
  }));
}

/** Adds what a contestant has reached to what it had. */
function note(
  entry: { figures: number[][]; cpu: number[] } | undefined,
  { figures, cpu }: Turn,
): void {
  if (cpu !== undefined) entry?.cpu.push(cpu);
  entry?.figures.forEach((list, measure) => {
    list.push(figures[measure] ?? NaN);
  });
}
