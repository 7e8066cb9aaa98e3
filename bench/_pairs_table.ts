import {
  cpuRatio,
  figureRatio,
  type Pair,
  type Ratio,
  type Row,
} from "./_pairs.ts";
import { formatRatio } from "./_results.ts";
import { median } from "./_statistics.ts";
import { formatCpu, formatFigure } from "./_table.ts";
import type { Turn } from "./_workload.ts";

/** By how much a workload's CPU time for one unit may rise. */
const MOST_COSTLY = 1.1;

/** A row and what it has reached, one pair after the other. */
export interface ComparedRow
  extends Pick<Row, "group" | "workload" | "unit" | "name"> {
  readonly pairs: readonly Pair[];
}

/** One row for a terminal: CPU time for one unit, then the figure, each with its ratio. */
export function pairsText({ name, unit, pairs }: ComparedRow): string {
  const cpu = change(
    pairs,
    ({ cpu }) => cpu,
    cpuRatio(pairs),
    (value) => formatCpu(value, unit),
  );
  const figure = change(
    pairs,
    ({ figures }) => figures[0],
    figureRatio(pairs),
    (value) => formatFigure(value, unit),
  );
  return [`  ${name}`, cpu && `CPU ${cpu}`, figure].filter(Boolean).join("  ");
}

/** Which rows cost more than they may. */
export function pairsSummary(rows: readonly ComparedRow[]): string {
  const ratios = rows.flatMap((row) => {
    const ratio = cpuRatio(row.pairs);
    return ratio === undefined ? [] : [{ row, ratio }];
  });
  if (ratios.length === 0) return "CPU times are not told here.";
  // As it is shown: a ratio of 1.104 is not told from 1.1.
  const costly = ratios.filter(({ ratio }) =>
    Number(formatRatio(ratio.median)) > MOST_COSTLY
  );
  const logarithms = ratios.map(({ ratio }) => Math.log(ratio.median));
  const mean = Math.exp(
    logarithms.reduce((sum, one) => sum + one, 0) / logarithms.length,
  );
  return [
    `CPU time for one unit over ${ratios.length} rows: ×${
      formatRatio(mean)
    } (geometric mean); ` +
    `above ×${MOST_COSTLY}: ${
      costly.length === 0 ? "none." : `${costly.length}:`
    }`,
    ...costly.map(({ row, ratio }) =>
      `- ${row.group}, ${row.workload}: ${row.name} ${ratioText(ratio)}`
    ),
  ].join("\n");
}

function change(
  pairs: readonly Pair[],
  valueOf: (turn: Turn) => number | undefined,
  ratio: Ratio | undefined,
  format: (value: number) => string,
): string {
  if (ratio === undefined) return "";
  const medianOf = (side: "before" | "now") =>
    median(pairs.map((pair) => valueOf(pair[side]) ?? NaN));
  return `${format(medianOf("before"))} → ${format(medianOf("now"))}  ${
    ratioText(ratio)
  }`;
}

function ratioText({ median, least, most }: Ratio): string {
  return `×${formatRatio(median)} (${formatRatio(least)} to ${
    formatRatio(most)
  })`;
}
