// Writes the public API of every entry point to tests/api/, where a test holds
// it against the code: run it after a change of the API, and commit what
// it writes with the change.
//
//   deno run --allow-read --allow-write=tests/api --allow-run tools/api_snapshot.ts

import { type DocJson, toApiText } from "./api_text.ts";
import { ROOT } from "./sources.ts";

/** An entry point of the package. */
export interface EntryPoint {
  /** The key in `exports`, such as `"./tcp"`. */
  readonly key: string;
  /** The path of its module, such as `"./tcp/mod.ts"`. */
  readonly path: string;
  /** Where its snapshot is kept. */
  readonly snapshot: URL;
}

/** The entry points that deno.json has. */
export function readEntryPoints(): EntryPoint[] {
  const config: { exports: Record<string, string> } = JSON.parse(
    Deno.readTextFileSync(new URL("deno.json", ROOT)),
  );
  return Object.entries(config.exports).map(([key, path]) => {
    const name = key === "." ? "mod" : key.slice("./".length);
    return { key, path, snapshot: new URL(`tests/api/${name}.txt`, ROOT) };
  });
}

/**
 * Writes the API of an entry point as text. The main one re-exports others, so
 * that its names and kinds are enough.
 */
export async function describeApi({ key, path }: EntryPoint): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    throw new Error(
      `Cannot describe ${path}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  const doc: DocJson = JSON.parse(new TextDecoder().decode(stdout));
  return toApiText(doc, key === "." ? "names" : "full");
}

async function writeSnapshots(): Promise<void> {
  await Deno.mkdir(new URL("tests/api/", ROOT), { recursive: true });
  for (const entry of readEntryPoints()) {
    await Deno.writeTextFile(entry.snapshot, await describeApi(entry));
    console.log(`${entry.key} is in ${entry.snapshot.pathname}`);
  }
}

if (import.meta.main) await writeSnapshots();
