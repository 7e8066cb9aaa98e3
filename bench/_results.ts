import type { Machine } from "./_machine.ts";
import { median } from "./_statistics.ts";
import { isOwn, LIMIT } from "./_workload.ts";

/** What a run of the benchmarks has measured: the content of `results.json`. */
export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** What could not be measured here, and why. */
  readonly leftOut: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/** One measure of one workload. */
export interface Comparison {
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  readonly isLessBetter: boolean;
  /** Whether it is in the tables, but not in the plot. */
  readonly isAside: boolean;
  /** The first is what the others are compared with. */
  readonly entries: readonly Entry[];
  readonly marks: readonly ComparisonMark[];
  readonly limits?: readonly ComparisonLimit[];
}

/** What one contestant has reached. */
export interface Entry {
  readonly name: string;
  /** One for each round. */
  readonly figures: readonly number[];
  /** Nanoseconds of CPU time for one unit, by round, where they were told. */
  readonly cpu?: readonly number[];
}

/** What one contestant should reach. */
export interface ComparisonMark {
  readonly subject: string;
  readonly peers: readonly string[];
  readonly ratio: number;
}

/** What the figure of one contestant should be at most. */
export interface ComparisonLimit {
  readonly subject: string;
  readonly most: number;
}

/** A mark beside what was reached. */
export interface Verdict {
  readonly subject: string;
  /** The best of the peers. */
  readonly peer: string;
  /** The ratio that was reached. */
  readonly reached: number;
  /** The ratio to reach. */
  readonly ratio: number;
  readonly isMet: boolean;
}

/** The median of what a contestant has reached. */
export function medianOf(
  comparison: Comparison,
  name: string,
): number | undefined {
  const entry = comparison.entries.find((entry) => entry.name === name);
  return entry && median(entry.figures);
}

/** The name of the best of several contestants, of those that took part. */
export function bestOf(
  comparison: Comparison,
  names: readonly string[],
): string | undefined {
  const sign = comparison.isLessBetter ? 1 : -1;
  return comparison.entries
    .filter(({ name }) => names.includes(name))
    .map(({ name, figures }) => ({ name, value: sign * median(figures) }))
    .toSorted((a, b) => a.value - b.value)[0]?.name;
}

/** Holds the marks against what was reached, where both sides took part. */
export function verdicts(comparison: Comparison): Verdict[] {
  const found: Verdict[] = [];
  for (const { subject, peers, ratio } of comparison.marks) {
    const own = medianOf(comparison, subject);
    const peer = bestOf(comparison, peers);
    if (own === undefined || peer === undefined) continue;
    const reached = own / (medianOf(comparison, peer) ?? NaN);
    // As it is shown: a ratio of 0.996 is not told from 1.
    const shown = Number(formatRatio(reached));
    const isMet = comparison.isLessBetter ? shown <= ratio : shown >= ratio;
    found.push({ subject, peer, reached, ratio, isMet });
  }
  return found;
}

/** A limit beside the figure that should keep it. */
export interface LimitVerdict {
  readonly subject: string;
  readonly figure: number;
  readonly most: number;
  readonly isMet: boolean;
}

/** Holds the limits against what was reached, by those that took part. */
export function limitVerdicts(comparison: Comparison): LimitVerdict[] {
  return (comparison.limits ?? []).flatMap(({ subject, most }) => {
    const figure = medianOf(comparison, subject);
    if (figure === undefined) return [];
    return [{ subject, figure, most, isMet: figure <= most }];
  });
}

/** How many times as good as the best peer the best of ours is. */
export interface Advantage {
  readonly own: string;
  readonly peer: string;
  /** More than 1 if ours is better, also where less is better. */
  readonly factor: number;
}

/** Compares the best of ours with the best peer; the machine's limit is none. */
export function advantage(comparison: Comparison): Advantage | undefined {
  const names = comparison.entries.map(({ name }) => name);
  const own = bestOf(comparison, names.filter(isOwn));
  const peer = bestOf(
    comparison,
    names.filter((name) => !isOwn(name) && name !== LIMIT),
  );
  if (own === undefined || peer === undefined) return undefined;
  const ratio = (medianOf(comparison, own) ?? NaN) /
    (medianOf(comparison, peer) ?? NaN);
  return { own, peer, factor: comparison.isLessBetter ? 1 / ratio : ratio };
}

/** A ratio with two decimals; with fewer from 10 on, with more below 0.1. */
export function formatRatio(ratio: number): string {
  if (ratio >= 10) return ratio.toFixed(ratio < 100 ? 1 : 0);
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}
