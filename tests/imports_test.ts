// The shape of the package: no file imports itself by way of others, and folders
// and files stay small enough to be read.

import { assertEquals } from "@std/assert";
import { countFolders, FOLDERS } from "../tools/count_lines.ts";

const MAX_FILES = 25;
const MAX_LINES = 450;
const ROOT = new URL("../", import.meta.url);

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/** What a file imports, or exports from: also for types, and dynamically. */
const SPECIFIER =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|<reference\s+\w+=)"(\.{1,2}\/[^"]+)"/g;

/** The paths of the project's own files that the text of a file imports. */
function importsOf(path: string, text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\/(?!\/)|\*|\/\*).*$/gm, "");
  const base = new URL(path, ROOT);
  return Array.from(
    code.matchAll(SPECIFIER),
    ([, specifier = ""]) =>
      new URL(specifier, base).href.slice(ROOT.href.length),
  );
}

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
  const graph = new Map<string, string[]>();
  for (const { path } of await countFolders()) {
    if (!/\.[jt]s$/.test(path)) continue;
    const text = await Deno.readTextFile(new URL(path, ROOT));
    graph.set(path, importsOf(path, text));
  }
  return graph;
}

Deno.test("importsOf() finds imports of values and types, dynamic ones and exports", () => {
  const text = `
// import { a } from "./comment.ts";
import { b } from "./b.ts";
import type { C } from "../c.ts";
import "./d.ts";
export * from "./e/f.ts";
const g = await import("./g.ts");
type H = import("./h.ts").H;
import page from "./i.html" with { type: "text" };
/// <reference types="./j.d.ts" />
import { assert } from "jsr:@std/assert";
/**
 * import { k } from "./k.ts";
 */
import {
  l,
} from "./l.ts";
`;
  assertEquals(importsOf("tcp/conn/a.ts", text), [
    ...["tcp/conn/b.ts", "tcp/c.ts", "tcp/conn/d.ts", "tcp/conn/e/f.ts"],
    ...["tcp/conn/g.ts", "tcp/conn/h.ts", "tcp/conn/i.html"],
    ...["tcp/conn/j.d.ts", "tcp/conn/l.ts"],
  ]);
});

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
