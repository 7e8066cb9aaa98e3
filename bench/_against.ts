import { type PairOptions, type Row, takePairs } from "./_pairs.ts";
import { type ComparedRow, pairsSummary, pairsText } from "./_pairs_table.ts";
import type { Revision } from "./_revision.ts";

/**
 * Compares this revision with another one, row by row, and prints how each has
 * changed. A row that fails is told and left out.
 */
export async function compareRevisions(
  rows: readonly Row[],
  { commit, own }: Revision,
  options: PairOptions,
): Promise<ComparedRow[]> {
  console.log(`From ${commit} to what is here, ${options.pairs} pairs.`);
  for (const file of own) {
    console.log(
      `${file}: that revision's own runs there, as the present one is not valid.`,
    );
  }
  const compared: ComparedRow[] = [];
  let head = "";
  for (const row of rows) {
    const { group, workload, unit, name } = row;
    const title = `${group}: ${workload}`;
    if (title !== head) console.log(`\n${title}`);
    head = title;
    try {
      const pairs = await takePairs(row, options);
      const one = { group, workload, unit, name, pairs };
      console.log(pairsText(one));
      compared.push(one);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      console.log(`  ${name}  failed: ${error.message}`);
    }
  }
  console.log(`\n${pairsSummary(compared)}`);
  return compared;
}
