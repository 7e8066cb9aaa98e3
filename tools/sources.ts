// The source files of the package and their imports, for tools and tests.

/** The root of the project. */
export const ROOT: URL = new URL("../", import.meta.url);

/** The folders of the package. */
export const FOLDERS = ["tcp", "udp", "websocket", "internal", "chat"] as const;

/** The kinds of source files. */
const EXTENSIONS = [".ts", ".js", ".css", ".html"];

/** A source file. */
export interface Source {
  /** From the root of the project, such as `tcp/mod.ts`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads source files, in the order of their paths.
 *
 * @param paths Files, and folders, which are read with all folders in them.
 * @param extensions How the names of the files in folders end.
 */
export async function readSources(
  paths: readonly string[] = FOLDERS,
  extensions: readonly string[] = EXTENSIONS,
): Promise<Source[]> {
  const sources: Source[] = [];
  const walk = async (path: string, isFolder: boolean) => {
    const url = new URL(isFolder ? `${path}/` : path, ROOT);
    if (!isFolder) {
      sources.push({ path, text: await Deno.readTextFile(url) });
      return;
    }
    for await (const { name, isDirectory } of Deno.readDir(url)) {
      const isSource = extensions.some((end) => name.endsWith(end));
      if (isDirectory || isSource) await walk(`${path}/${name}`, isDirectory);
    }
  };
  for (const path of paths) {
    await walk(path, (await Deno.stat(new URL(path, ROOT))).isDirectory);
  }
  return sources.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The text of a formatted source without the lines that are comments. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/(?!\/ <)|\/?\*).*$/gm, "");
}

/** The formatted forms of imports, exports of imports, and references. */
const SPECIFIER = new RegExp(
  [
    /^(?:(?:import|export|\}) .*\bfrom|import) "([^"]+)"/,
    /\bimport\(\s*"([^"]+)"/,
    /^\/\/\/ <reference \w+="([^"]+)"/,
  ].map(({ source }) => source).join("|"),
  "gm",
);

/**
 * What a source imports or exports from, also for types and dynamically: a path
 * from the root for a file of the project, else the specifier as it is.
 */
export function importsOf({ path, text }: Source): string[] {
  return Array.from(withoutComments(text).matchAll(SPECIFIER), (groups) => {
    const specifier = groups.slice(1).find((group) => group !== undefined) ??
      "";
    if (!specifier.startsWith(".")) return specifier;
    return new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length);
  });
}
