/**
 * Counts the lines of code of the package: blank lines and comments do not count.
 *
 * ```sh
 * deno run --allow-read tools/count_lines.ts
 * ```
 *
 * @module
 */

import { FOLDERS, readSources } from "./sources.ts";

/** A file of the package. */
export interface CountedFile {
  /** From the root of the project, such as `tcp/mod.ts`. */
  readonly path: string;
  /** Its lines of code. */
  readonly lines: number;
}

/**
 * Counts the lines of code in the text of a file. A line counts if it begins with
 * anything but a comment.
 */
export function countLines(text: string): number {
  let count = 0;
  /** What ends the comment that the line begins in. */
  let end: string | undefined;
  for (const line of text.split("\n")) {
    let rest = line.trim();
    let hasCode = false;
    while (rest !== "") {
      if (end !== undefined) {
        const at = rest.indexOf(end);
        if (at === -1) break;
        rest = rest.slice(at + end.length).trim();
        end = undefined;
      } else if (rest.startsWith("//")) break;
      else if (rest.startsWith("/*")) {
        end = "*/";
        rest = rest.slice(2);
      } else if (rest.startsWith("<!--")) {
        end = "-->";
        rest = rest.slice(4);
      } else {
        hasCode = true;
        break;
      }
    }
    if (hasCode) count++;
  }
  return count;
}

/** Counts the lines of all files of some folders, in the order of their paths. */
export async function countFolders(
  folders: readonly string[] = FOLDERS,
): Promise<CountedFile[]> {
  const sources = await readSources(folders);
  return sources.map(({ path, text }) => ({ path, lines: countLines(text) }));
}

if (import.meta.main) {
  const files = await countFolders();
  const sum = (all: readonly CountedFile[]) =>
    all.reduce((total, { lines }) => total + lines, 0);
  const row = (name: string, all: readonly CountedFile[]) =>
    console.log(
      name.padEnd(12) + String(all.length).padStart(6) +
        String(sum(all)).padStart(9),
    );
  console.log(`${"folder".padEnd(12)} files    lines`);
  for (const folder of FOLDERS) {
    row(folder, files.filter(({ path }) => path.startsWith(`${folder}/`)));
  }
  row("all", files);
  console.log("\nThe longest files:");
  const longest = files.toSorted((a, b) => b.lines - a.lines).slice(0, 10);
  for (const { path, lines } of longest) {
    console.log(`${String(lines).padStart(6)}  ${path}`);
  }
}
