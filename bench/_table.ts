import {
  type Comparison,
  type Entry,
  formatRatio,
  limitVerdicts,
  type Results,
  verdicts,
} from "./_results.ts";
import { median } from "./_statistics.ts";

/** The rows of one comparison, aligned, for a terminal. */
export function comparisonText(comparison: Comparison): string {
  const rows = comparison.entries.map((entry) => [
    `  ${entry.name}`,
    formatFigure(median(entry.figures), comparison.unit),
    ratioToFirst(comparison, entry),
    spread(entry),
    cpuText(comparison, entry),
    cpuRatio(comparison, entry),
    marksOf(comparison, entry),
  ]);
  return [`${comparison.group}: ${comparison.name}`, ...align(rows)].join("\n");
}

/** All comparisons as tables of Markdown, by group. */
export function resultsMarkdown(results: Results): string {
  const { machine, rounds, seconds, comparisons } = results;
  const versions = Object.entries(machine.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const groups = Object.entries(
    Object.groupBy(comparisons, ({ group }) => group),
  );
  return [
    `${machine.date}, ${machine.cores} cores of ${machine.processor}, ` +
    `${machine.memoryGiB} GiB, ${machine.system}; ${versions}; ` +
    `${rounds} rounds of ${seconds} s, more or shorter ones as said above.`,
    ...results.leftOut,
    ...groups.flatMap(([group, list = []]) => [
      `### ${group}`,
      markdownTable(list),
    ]),
    markSummary(comparisons),
  ].join("\n\n");
}

/** How many marks were met, and which were not. */
export function markSummary(comparisons: readonly Comparison[]): string {
  const all = comparisons.flatMap((comparison) =>
    outcomes(comparison).map((outcome) => ({ comparison, outcome }))
  );
  const missed = all.filter(({ outcome }) => !outcome.isMet);
  return [
    `${all.length - missed.length} of ${all.length} marks met${
      missed.length > 0 ? "; missed:" : "."
    }`,
    ...missed.map(({ comparison, outcome }) =>
      `- ${comparison.group}, ${comparison.name}: ${outcome.subject} ` +
      outcome.text
    ),
  ].join("\n");
}

/** A figure with three digits that count, and its unit. */
export function formatFigure(figure: number, unit: string): string {
  if (unit === "µs" && figure >= 1e3) return formatFigure(figure / 1e3, "ms");
  if (unit === "ms" && figure >= 1e3) return formatFigure(figure / 1e3, "s");
  for (const [prefix, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    if (figure >= size) {
      return `${threeDigits(figure / size)} ${prefix} ${unit}`;
    }
  }
  return `${threeDigits(figure)} ${unit}`;
}

function threeDigits(figure: number): string {
  if (figure >= 100) return figure.toFixed(0);
  return figure.toFixed(figure >= 10 ? 1 : 2);
}

function markdownTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap((comparison) =>
    comparison.entries.map((entry, index) => [
      index === 0 ? comparison.name : "",
      entry.name,
      formatFigure(median(entry.figures), comparison.unit),
      ratioToFirst(comparison, entry),
      cpuText(comparison, entry),
      cpuRatio(comparison, entry),
      marksOf(comparison, entry),
    ])
  );
  const head = [
    "workload",
    "contestant",
    "median",
    "ratio",
    "CPU",
    "ratio",
    "marks",
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = ["---", "---", "---:", "---:", "---:", "---:", "---"];
  return [head, rule, ...rows].map(line).join("\n");
}

function ratioToFirst(comparison: Comparison, entry: Entry): string {
  const first = median(comparison.entries[0]?.figures ?? []);
  return `×${formatRatio(median(entry.figures) / first)}`;
}

/** The CPU time for one unit, or for a MiB of bytes; empty if not told. */
function cpuText({ unit }: Comparison, { cpu = [] }: Entry): string {
  return cpu.length === 0 ? "" : formatCpu(median(cpu), unit);
}

/** Nanoseconds of CPU time for one unit of a rate, for bytes as those of a MiB. */
export function formatCpu(nanoseconds: number, unit: string): string {
  return unit === "bytes/s"
    ? `${formatTime(nanoseconds * 2 ** 20)}/MiB`
    : formatTime(nanoseconds);
}

function cpuRatio({ entries }: Comparison, { cpu = [] }: Entry): string {
  const first = entries[0]?.cpu ?? [];
  if (cpu.length === 0 || first.length === 0) return "";
  return `×${formatRatio(median(cpu) / median(first))}`;
}

function formatTime(nanoseconds: number): string {
  return nanoseconds < 1000
    ? formatFigure(nanoseconds, "ns")
    : formatFigure(nanoseconds / 1000, "µs");
}

/** How far the figures are from the median, in percent. */
function spread({ figures }: Entry): string {
  const middle = median(figures);
  const percent = (figure: number) =>
    `${Math.round((figure / middle - 1) * 100)} %`;
  return `${percent(Math.min(...figures))} +${percent(Math.max(...figures))}`;
}

/** What an entry should have reached and has, for those that have marks. */
function marksOf(comparison: Comparison, { name }: Entry): string {
  return outcomes(comparison)
    .filter(({ subject }) => subject === name)
    .map(({ isMet, text }) => `${isMet ? "met" : "missed"}: ${text}`)
    .join("; ");
}

/** A mark or a limit, and what was reached, in words. */
interface Outcome {
  readonly subject: string;
  readonly isMet: boolean;
  readonly text: string;
}

function outcomes(comparison: Comparison): Outcome[] {
  const { isLessBetter, unit } = comparison;
  const figure = (value: number) => formatFigure(value, unit);
  return [
    ...verdicts(comparison).map((verdict) => ({
      ...verdict,
      text: `×${formatRatio(verdict.reached)} of ${verdict.peer}, mark ` +
        `${isLessBetter ? "≤" : "≥"} ${verdict.ratio}`,
    })),
    ...limitVerdicts(comparison).map((verdict) => ({
      ...verdict,
      text: `${figure(verdict.figure)}, mark ≤ ${figure(verdict.most)}`,
    })),
  ];
}

/** The columns of figures go to the right; one without any text is left out. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      column >= 1 && column <= 5
        ? cell.padStart(widths[column] ?? 0)
        : cell.padEnd(widths[column] ?? 0)
    ).filter((_, column) => widths[column] !== 0).join("  ").trimEnd()
  );
}
