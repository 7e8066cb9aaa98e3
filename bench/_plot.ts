import {
  type Advantage,
  advantage,
  type Comparison,
  formatRatio,
  type Results,
} from "./_results.ts";

const WIDTH = 960;
const LABELS = 420;
const ROW = 20;
const HEAD = 76;
const GROUP = 34;
const RIGHT = 180;
/** The scale goes, by doublings, from a quarter to 64 times. */
const MIN = -2;
const MAX = 6;

/** A line of the plot. */
type Row =
  | { readonly type: "group"; readonly text: string }
  | {
    readonly type: "bar";
    readonly comparison: Comparison;
    readonly advantage: Advantage;
  };

/**
 * Draws how many times as good as the best peer this project is, a bar for each
 * comparison on a logarithmic scale, as an SVG image that stands on its own and
 * on light and dark ground.
 */
export function plot(results: Results): string {
  const rows = rowsOf(results.comparisons);
  let y = HEAD;
  const body = rows.map((row) => {
    y += row.type === "group" ? GROUP : ROW;
    return row.type === "group" ? groupLine(row.text, y) : barLine(row, y);
  });
  const height = y + 30;
  const { machine } = results;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">How many times as good as the best peer</title>
<desc id="description">${escape(describe(rows))}</desc>
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .group, .heading { font-weight: 600; }
  .heading { font-size: 16px; }
  .quiet { fill: #59636e; }
  .label { text-anchor: end; }
  .middle { text-anchor: middle; }
  .better { fill: #1a7f64; }
  .worse { fill: #bc4c00; }
  .grid { stroke: #d1d9e0; }
  .even { stroke: #59636e; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .better { fill: #3fb68b; }
    .worse { fill: #f0883e; }
    .grid { stroke: #3d444d; }
    .even { stroke: #9198a1; }
  }
</style>
<text x="16" y="26" class="heading">How many times as good as the best peer</text>
<text x="16" y="46" class="quiet">${
    escape(
      `Medians, rounds: ${results.rounds}; ${machine.cores} cores of ${machine.processor}, Deno ${
        machine.versions["deno"] ?? ""
      }; the peer at the right`,
    )
  }</text>
${gridLines(height)}
${body.join("\n")}
</svg>
`;
}

function rowsOf(comparisons: readonly Comparison[]): Row[] {
  const rows: Row[] = [];
  let group = "";
  for (const comparison of comparisons) {
    if (comparison.isAside) continue;
    const found = advantage(comparison);
    if (found === undefined || !Number.isFinite(found.factor)) continue;
    if (comparison.group !== group) {
      group = comparison.group;
      rows.push({ type: "group", text: group });
    }
    rows.push({ type: "bar", comparison, advantage: found });
  }
  return rows;
}

function groupLine(text: string, y: number): string {
  return `<text x="16" y="${y}" class="group">${escape(text)}</text>`;
}

function barLine(
  { comparison, advantage }: Row & { type: "bar" },
  y: number,
): string {
  const { factor, peer } = advantage;
  const [even, end] = [position(1), position(factor)];
  const isBetter = factor >= 1;
  const x = Math.min(even, end);
  // Half a pixel at least: a ratio of 1 is a result too.
  const width = Math.max(Math.abs(end - even), 0.5);
  // Beside the bar if it goes to the right, else on the free side of the line.
  const value = `<text x="${fixed(Math.max(even, end) + 6)}" y="${y}">×${
    formatRatio(factor)
  }</text>`;
  return [
    `<text x="${LABELS - 20}" y="${y}" class="label">${
      escape(comparison.name)
    }</text>`,
    `<rect x="${fixed(x)}" y="${y - 11}" width="${
      fixed(width)
    }" height="13" rx="2" class="${isBetter ? "better" : "worse"}"/>`,
    value,
    `<text x="${WIDTH - RIGHT + 50}" y="${y}" class="quiet">${
      escape(peer)
    }</text>`,
  ].join("");
}

function gridLines(height: number): string {
  const lines: string[] = [];
  for (let power = MIN; power <= MAX; power++) {
    const factor = 2 ** power;
    const x = fixed(position(factor));
    const label = factor < 1 ? `1⁄${1 / factor}` : String(factor);
    lines.push(
      `<line x1="${x}" x2="${x}" y1="${HEAD + 8}" y2="${height - 20}" class="${
        factor === 1 ? "even" : "grid"
      }"/>`,
      `<text x="${x}" y="${HEAD}" class="quiet middle">×${label}</text>`,
    );
  }
  return lines.join("\n");
}

/** Where a factor is; one off the scale is at its end. */
function position(factor: number): number {
  const power = Math.min(Math.max(Math.log2(factor), MIN), MAX);
  const left = LABELS + 10;
  const right = WIDTH - RIGHT;
  return left + (power - MIN) / (MAX - MIN) * (right - left);
}

/** The plot in words, for those who do not see it. */
function describe(rows: readonly Row[]): string {
  return rows.map((row) =>
    row.type === "group"
      ? `${row.text}.`
      : `${row.comparison.name}: ${
        formatRatio(row.advantage.factor)
      } times ${row.advantage.peer}.`
  ).join(" ");
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
