// What the documents point to exists, and every example in them runs: none is
// left out of the doc tests.

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const FOLDERS = ["", "docs/", "bench/", "chat/", "examples/", "links/"];
const SOURCES = ["", "tcp/", "udp/", "websocket/", "chat/", "internal/"];

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/** The files of some folders, those that exist, by the end of their names. */
async function filesIn(
  folders: readonly string[],
  extension: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    if (!await exists(new URL(folder, ROOT))) continue;
    for await (const { name, isFile } of Deno.readDir(new URL(folder, ROOT))) {
      if (isFile && name.endsWith(extension)) paths.push(folder + name);
    }
  }
  return paths.sort();
}

async function exists(url: URL): Promise<boolean> {
  try {
    await Deno.stat(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The targets of the links of a document, without those in its examples. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "");
  const inline = prose.matchAll(/\]\(([^)\s]+)\)/g);
  const named = prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm);
  return [...inline, ...named].map(([, target]) => target);
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): Set<string> {
  return new Set(
    Array.from(
      text.matchAll(/^#+ (.+)$/gm),
      ([, heading]) =>
        heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
          .trim().replaceAll(/\s/g, "-"),
    ),
  );
}

Deno.test({
  name: "every link within the documents leads somewhere",
  ignore,
  async fn() {
    const dead: string[] = [];
    let count = 0;
    for (const path of await filesIn(FOLDERS, ".md")) {
      const url = new URL(path, ROOT);
      const text = await Deno.readTextFile(url);
      for (const link of linksOf(text)) {
        if (/^[a-z]+:/.test(link)) continue;
        count++;
        const target = new URL(link, url);
        const anchor = target.hash.slice(1);
        target.hash = "";
        if (!await exists(target)) {
          dead.push(`${path}: ${link}`);
        } else if (anchor !== "") {
          const other = await Deno.readTextFile(target);
          if (!anchorsOf(other).has(anchor)) dead.push(`${path}: ${link}`);
        }
      }
    }

    assert(count > 20, `Only ${count} links found`);
    assertEquals(dead, []);
  },
});

Deno.test({
  name: "no example in the documents is left out of the doc tests",
  ignore,
  async fn() {
    const paths = [
      ...await filesIn(SOURCES, ".ts"),
      ...await filesIn(FOLDERS, ".md"),
    ];
    const leftOut: string[] = [];
    let count = 0;
    for (const path of paths) {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      for (const [, tag] of text.matchAll(/^ *(?:\* )?```(ts.*)$/gm)) {
        count++;
        if (tag !== "ts") leftOut.push(`${path}: ${tag}`);
      }
    }

    assert(count > 100, `Only ${count} examples found`);
    assertEquals(leftOut, []);
  },
});
