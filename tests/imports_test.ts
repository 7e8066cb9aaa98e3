// The shape of the package: no file imports itself by way of others, and folders
// and files stay small enough to be read.

import { assertEquals } from "@std/assert";
import { countFolders } from "../tools/count_lines.ts";
import { FOLDERS, importsOf, readSources, ROOT } from "../tools/sources.ts";

const MAX_FILES = 25;
const MAX_LINES = 450;

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/**
 * Finds a circle of imports for each set of files that import each other.
 *
 * @param graph What each file imports.
 */
function findCircles(
  graph: ReadonlyMap<string, readonly string[]>,
): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const at = path.indexOf(file);
    if (at !== -1) {
      circles.push([...path.slice(at), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const imported of graph.get(file) ?? []) visit(imported);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

async function readGraph(): Promise<Map<string, string[]>> {
  const sources = await readSources(FOLDERS, [".ts", ".js"]);
  return new Map(sources.map((source) => [source.path, importsOf(source)]));
}

Deno.test("findCircles() finds circles of any length, and none where none is", () => {
  const find = (graph: Record<string, string[]>) =>
    findCircles(new Map(Object.entries(graph)));

  assertEquals(find({ a: ["b", "c"], b: ["c"], c: ["d"] }), []);
  assertEquals(find({ a: ["a"] }), ["a -> a"]);
  assertEquals(find({ a: ["b"], b: ["c"], c: ["b"] }), ["b -> c -> b"]);
  assertEquals(find({ a: ["b"], b: ["a"], c: ["d"], d: ["c"] }), [
    "a -> b -> a",
    "c -> d -> c",
  ]);
});

Deno.test({
  name: "no file imports itself by way of others, for types neither",
  ignore,
  async fn() {
    const graph = await readGraph();
    assertEquals(findCircles(graph), [], "move what both need to a third file");
  },
});

Deno.test({
  name: `no level of a folder has more than ${MAX_FILES} files`,
  ignore,
  async fn() {
    const counts = new Map<string, number>();
    for (const { path } of await countFolders()) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const tooMany = Array.from(counts).filter(([, count]) => count > MAX_FILES)
      .map(([folder, count]) => `${folder}: ${count} files`);
    assertEquals(tooMany, [], "sort the files into folders");
  },
});

Deno.test({
  name: `no file has more than ${MAX_LINES} lines of code`,
  ignore,
  async fn() {
    const tooLong = (await countFolders())
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines of code`);
    assertEquals(tooLong, [], "look for the second idea in them");
  },
});

Deno.test({
  name: "the folders are those that the package publishes",
  ignore,
  async fn() {
    const { publish } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", ROOT)),
    );
    const others = ["links/", "docs/", "examples/"];
    const published = publish.include
      .filter((path: string) => path.endsWith("/") && !others.includes(path))
      .map((path: string) => path.slice(0, -1));
    assertEquals(new Set<string>(FOLDERS), new Set<string>(published));
  },
});
