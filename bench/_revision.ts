import type { Command } from "./_program.ts";
import { outputOf } from "./_tools.ts";

/** Another revision of this project, in a folder of its own. */
export interface Revision extends AsyncDisposable {
  /** The full name of its commit. */
  readonly commit: string;
  /** The path of a program of the benchmarks that runs this revision. */
  readonly locate: (file: string) => string;
  /**
   * The programs for which this revision's own are used, since the present ones
   * are not valid there.
   */
  readonly own: readonly string[];
}

/** The folders of the programs that a contestant consists of. */
const FOLDERS = ["servers", "clients", "load"];
/** Where the present programs are in the checkout, beside its own in `bench`. */
const PRESENT = "bench_present";

/**
 * Checks a revision out into a temporary folder, which is removed in the end, and
 * puts the present programs of the benchmarks into it. They are then run against
 * its library; where the check of types refuses one, the revision's own program of
 * the same name takes its place, if there is one.
 *
 * @param revision A commit as git names it, such as `"HEAD~3"`.
 * @throws {Error} If there is no such revision, or no git or tar.
 */
export async function checkOut(revision: string): Promise<Revision> {
  const root = new URL("../", import.meta.url).pathname;
  const git = ["git", "-C", root];
  const commit = await outputOf(
    [
      ...git,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${revision}^{commit}`,
    ],
  );
  if (commit === undefined) {
    throw new Error(`Cannot check out "${revision}": git knows no such commit`);
  }
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "vnet_bench_" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  removeWhenInterrupted(folder, stack);
  const archive = `${folder}/archive.tar`;
  await mustRun([
    ...git,
    "archive",
    "--format=tar",
    "--output",
    archive,
    commit,
  ]);
  await mustRun(["tar", "-xf", archive, "-C", folder]);
  for (const part of FOLDERS) await copyFolder(part, `${folder}/${PRESENT}`);
  const own = await findInvalid(folder);
  const rest = stack.move();
  return {
    commit,
    own,
    locate: (file) =>
      `${folder}/${own.includes(file) ? "bench" : PRESENT}/${file}`,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** Removes the folder also when the program is ended by Ctrl+C, or from outside. */
function removeWhenInterrupted(
  folder: string,
  stack: AsyncDisposableStack,
): void {
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    const end = () => {
      Deno.removeSync(folder, { recursive: true });
      Deno.exit(code);
    };
    Deno.addSignalListener(signal as keyof typeof codes, end);
    stack.defer(() =>
      Deno.removeSignalListener(signal as keyof typeof codes, end)
    );
  }
}

/** The present programs that are not valid there, but the revision's own are. */
async function findInvalid(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const part of ["servers", "clients"]) {
    for await (const { name } of Deno.readDir(`${folder}/${PRESENT}/${part}`)) {
      if (name.endsWith(".ts")) files.push(`${part}/${name}`);
    }
  }
  if (await isValid(folder, files)) return [];
  const invalid: string[] = [];
  for (const file of files) {
    if (await isValid(folder, [file])) continue;
    if (await exists(`${folder}/bench/${file}`)) invalid.push(file);
  }
  return invalid;
}

async function isValid(
  folder: string,
  files: readonly string[],
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files.map((file) => `${PRESENT}/${file}`)],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function copyFolder(part: string, to: string): Promise<void> {
  const from = new URL(`${part}/`, import.meta.url);
  await Deno.mkdir(`${to}/${part}`, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile) {
      await Deno.copyFile(new URL(name, from), `${to}/${part}/${name}`);
    }
  }
}

async function mustRun(command: Command): Promise<void> {
  if (await outputOf(command) === undefined) {
    throw new Error(`Cannot check out: "${command.join(" ")}" failed`);
  }
}
