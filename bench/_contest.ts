import type { Comparison } from "./_results.ts";
import type { Entrant, Workload } from "./_workload.ts";

/** How long a comparison takes. */
export interface ContestOptions {
  readonly rounds: number;
  /** What each contestant has in each round. */
  readonly seconds: number;
}

/**
 * Runs the contestants of a workload in turn, many times, in turned order every
 * other time: what disturbs the machine for a while disturbs all of them.
 * A short round before the first does not count.
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
  await using stack = new AsyncDisposableStack();
  const entrants: Entrant[] = [];
  for (const { enter } of workload.contestants) {
    entrants.push(stack.use(await enter()));
  }
  const isShort = workload.maxRounds !== undefined;
  if (!isShort) {
    for (const entrant of entrants) {
      await entrant.run(seconds / 2);
    }
  }
  const turns = workload.turns ?? 1;
  const count = Math.min(
    Math.ceil(rounds * (workload.roundsFactor ?? 1)) * turns,
    workload.maxRounds ?? Infinity,
  );
  for (let turn = 0; turn < count; turn++) {
    const order = [...entrants.entries()];
    if (turn % 2 === 1) order.reverse();
    for (const [index, entrant] of order) {
      const { figures, cpu } = await entrant.run(seconds / turns);
      if (cpu !== undefined) entries[index]?.cpu.push(cpu);
      entries[index]?.figures.forEach((list, measure) => {
        list.push(figures[measure] ?? NaN);
      });
    }
  }
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
      .filter((mark) =>
        (mark.measure ?? workload.measures[0]?.name) === measure.name
      )
      .map(({ subject, peers, ratio }) => ({ subject, peers, ratio })),
  }));
}
