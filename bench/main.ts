// Runs the comparisons and prints, for each contestant, the median of its figures
// and the ratio to the first of its group, with the marks beside.
//
//   deno task bench --help

import { compareRevisions } from "./_against.ts";
import { contest } from "./_contest.ts";
import { describeMachine } from "./_machine.ts";
import { HELP, type Options, parseOptions } from "./_options.ts";
import { plot } from "./_plot.ts";
import { replaceResults } from "./_readme.ts";
import type { Comparison, Results } from "./_results.ts";
import { comparisonText, markSummary, resultsMarkdown } from "./_table.ts";
import { rowsOf } from "./_pairs.ts";
import { checkOut } from "./_revision.ts";
import { findTools, type Tools } from "./_tools.ts";
import type { Workload } from "./_workload.ts";
import { Kit } from "./workloads/_kit.ts";
import { quickWorkloads } from "./workloads/_quick.ts";
import { allWorkloads } from "./workloads/all_workloads.ts";

/** What the files of the options are relative to. */
const ROOT = new URL("../", import.meta.url);
const README = "bench/README.md";

const options = parseOptions(Deno.args);
if (options.help) console.log(HELP);
else await run(options);

async function run(options: Options): Promise<void> {
  if (options.from !== undefined) {
    const file = new URL(options.from, ROOT);
    const results: Results = JSON.parse(await Deno.readTextFile(file));
    for (const comparison of results.comparisons) show(comparison);
    return await conclude(results, options);
  }
  const tools = await findTools();
  for (const line of tools.leftOut) console.log(`Left out. ${line}.`);
  const workloadsOf = (kit: Kit) => {
    const all = allWorkloads(kit);
    return (options.quick ? quickWorkloads(all) : all)
      .filter(({ group, name }) =>
        options.only?.test(`${group}: ${name}`) ?? true
      );
  };
  const workloads = workloadsOf(new Kit(tools));
  if (options.list) return list(workloads);
  if (options.against !== undefined) {
    return await runAgainst(options.against, options, tools, workloadsOf);
  }
  await conclude(await measure(workloads, tools, options), options);
}

async function runAgainst(
  revisionName: string,
  { rounds, seconds, json }: Options,
  tools: Tools,
  workloadsOf: (kit: Kit) => Workload[],
): Promise<void> {
  const machine = await describeMachine(tools.versions);
  await using revision = await checkOut(revisionName);
  const rows = rowsOf(
    workloadsOf(new Kit(tools)),
    workloadsOf(new Kit(tools, revision.locate)),
  );
  const options = { pairs: rounds, seconds };
  const compared = await compareRevisions(rows, revision, options);
  if (json === "") return;
  const { commit } = revision;
  await write(
    new Map([[
      json,
      toJson({ machine, commit, ...options, rows: compared }),
    ]]),
  );
}

function show(comparison: Comparison): void {
  console.log(`\n${comparisonText(comparison)}`);
}

function list(workloads: readonly Workload[]): void {
  for (const { group, name, contestants } of workloads) {
    const names = contestants.map(({ name }) => name).join(" | ");
    console.log(`${group}: ${name}\n    ${names}`);
  }
}

async function measure(
  workloads: readonly Workload[],
  tools: Tools,
  { rounds, seconds }: Options,
): Promise<Results> {
  const machine = await describeMachine(tools.versions);
  const leftOut = [...tools.leftOut];
  const comparisons: Comparison[] = [];
  for (const workload of workloads) {
    try {
      const found = await contest(workload, { rounds, seconds });
      found.forEach(show);
      comparisons.push(...found);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const line = `${workload.group}: ${workload.name}: ${error.message}`;
      console.log(`\nFailed. ${line}`);
      leftOut.push(line);
    }
  }
  return { machine, rounds, seconds, leftOut, comparisons };
}

async function conclude(results: Results, options: Options): Promise<void> {
  console.log(`\n${markSummary(results.comparisons)}`);
  const texts = new Map<string, string>();
  if (options.json !== "") {
    texts.set(options.json, toJson(results));
  }
  if (options.svg !== "") texts.set(options.svg, plot(results));
  if (options.readme) {
    const readme = await Deno.readTextFile(new URL(README, ROOT));
    texts.set(README, replaceResults(readme, resultsMarkdown(results)));
  }
  await write(texts);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Writes files of the project, formatted as all others are. */
async function write(texts: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of texts) {
    await Deno.writeTextFile(new URL(file, ROOT), text);
  }
  if (texts.size > 0) await format([...texts.keys()]);
}

async function format(files: readonly string[]): Promise<void> {
  const paths = files.map((file) => new URL(file, ROOT).pathname);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", ...paths],
  }).output();
}
