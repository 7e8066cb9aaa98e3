// The tables of docs/from_*.md have three columns: a name of where the reader
// comes from, what it is in vnet, and what differs. In the second column, each
// code span is a name: an export, `Class.member`, a global, or a name `of` a
// package of @std; a dash stands for no equal. All of them are looked up here,
// and so are the `Class.member` of all other text.

import { assert, assertEquals } from "@std/assert";
import * as stdAsync from "@std/async";
import * as stdStreams from "@std/streams";
import * as tcp from "../tcp/mod.ts";
import * as testing from "../tcp/testing.ts";
import * as udp from "../udp/mod.ts";
import * as websocket from "../websocket/mod.ts";
import {
  FROM_BUN,
  FROM_DENO,
  FROM_GO,
  FROM_LUVIT,
  FROM_NODE,
  FROM_SOCKET_IO,
  FROM_V,
  FROM_WS,
} from "./_guide_names.ts";

const ROOT = new URL("../", import.meta.url);
const NONE = "—";

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

const MODULES: readonly Record<string, unknown>[] = [
  tcp,
  udp,
  websocket,
  testing,
];

const PACKAGES: Record<string, Record<string, unknown>> = {
  "@std/async": stdAsync,
  "@std/streams": stdStreams,
};

/** Each guide, and the names that it has to have in its first columns. */
const GUIDES: Record<string, readonly string[]> = {
  "docs/from_node.md": [...FROM_NODE, ...FROM_LUVIT],
  "docs/from_v.md": FROM_V,
  "docs/from_go.md": FROM_GO,
  "docs/from_deno.md": FROM_DENO,
  "docs/from_ws.md": FROM_WS,
  "docs/from_socket_io.md": FROM_SOCKET_IO,
  "docs/from_bun.md": FROM_BUN,
};

/** A row of a table. */
interface Row {
  readonly cells: readonly string[];
  readonly line: string;
}

/** What an entry point exports: the members of its types, and their parents. */
interface Type {
  readonly members: Set<string>;
  readonly parents: readonly string[];
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/** The rows of all tables with a column "vnet", without their heads. */
function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  let isOurs = false;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) {
      isOurs = false;
      continue;
    }
    const cells = line.slice(1, -1).split("|").map((cell) => cell.trim());
    if (cells[1] === "vnet") isOurs = true;
    else if (isOurs && !/^-+$/.test(cells[0])) rows.push({ cells, line });
  }
  return rows;
}

/** The code spans of a text. */
function spansOf(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, span]) => span);
}

/**
 * Everything but the examples, whose names the compiler checks, and the first
 * columns, whose names are others'.
 */
function proseOf(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/^\|[^|]*\|/gm, "|");
}

/** The names in `extends` of a class or an interface. */
function parentsIn(head: string): string[] {
  const [, parents = ""] = / extends (.*?)(?: implements |$)/.exec(head) ?? [];
  return parents.match(/(?<![\w."])[A-Z]\w*(?![\w.])/g) ?? [];
}

/** The exported types, from the snapshots of the API. */
async function readTypes(): Promise<Map<string, Type>> {
  const types = new Map<string, Type>();
  for (const name of ["tcp", "udp", "websocket", "testing"]) {
    let members = new Set<string>();
    for (const line of (await read(`tests/api/${name}.txt`)).split("\n")) {
      const head = /^(?:abstract )?(?:class|interface) (\w+)(.*)$/.exec(line);
      if (head !== null) {
        members = new Set();
        types.set(head[1], { members, parents: parentsIn(head[2]) });
        continue;
      }
      const plain = /^(?:function|const|type|let) (\w+)/.exec(line);
      if (plain !== null && !types.has(plain[1])) {
        types.set(plain[1], { members: new Set(), parents: [] });
      }
      const member = /^ {2}(?:(?:static|readonly|get|set) )*(\w+|\[[\w.]+\])/
        .exec(line);
      if (member !== null) members.add(member[1]);
    }
  }
  return types;
}

/** Whether a type has a member, itself or from its parents. */
function hasMember(
  types: ReadonlyMap<string, Type>,
  name: string,
  member: string,
): boolean {
  const type = types.get(name);
  if (type === undefined) return false;
  return type.members.has(member) ||
    type.parents.some((parent) => hasMember(types, parent, member));
}

/** The value of an export, if it is one. */
function exportOf(name: string): unknown {
  return MODULES.find((module) => name in module)?.[name];
}

/** Whether a path such as `Deno.serve` or `ReadableStream.pipeTo` is global. */
function isGlobal(path: readonly string[]): boolean {
  let value: unknown = globalThis;
  for (const name of path) {
    if (value === null || value === undefined) return false;
    const object = Object(value);
    if (name in object) value = object[name];
    else if (typeof value === "function" && name in Object(value.prototype)) {
      return true;
    } else return false;
  }
  return true;
}

/** Whether a name of the second column is there. */
function exists(types: ReadonlyMap<string, Type>, name: string): boolean {
  const [owner, member, ...more] = name.split(".");
  if (!types.has(owner)) return isGlobal(name.split("."));
  if (member === undefined) return true;
  if (more.length > 0) return false;
  const value = exportOf(owner);
  if (typeof value === "function" && member in Object(value.prototype)) {
    return true;
  }
  if (typeof value === "object" && member in Object(value)) return true;
  return hasMember(types, owner, member);
}

/** What can't be found of the names in a second column. */
function missingIn(cell: string, types: ReadonlyMap<string, Type>): string[] {
  const packaged = /^`(\w+)` of `(@std\/\w+)`$/.exec(cell);
  if (packaged !== null) {
    const [, name, from] = packaged;
    return name in (PACKAGES[from] ?? {}) ? [] : [`${name} of ${from}`];
  }
  return spansOf(cell).filter((name) => !exists(types, name));
}

for (const [guide, names] of Object.entries(GUIDES)) {
  Deno.test({
    name: `every name of vnet in ${guide} exists`,
    ignore,
    async fn() {
      const types = await readTypes();
      const rows = rowsOf(await read(guide));

      assert(rows.length > 20, `Only ${rows.length} rows found`);
      assertEquals(
        rows.flatMap(({ cells }) => missingIn(cells[1], types)),
        [],
      );
    },
  });

  Deno.test({
    name: `every row of ${guide} says what to do`,
    ignore,
    async fn() {
      const wrong = rowsOf(await read(guide)).filter(({ cells }) => {
        const [from, to, note = ""] = cells;
        if (cells.length !== 3 || spansOf(from).length === 0) return true;
        return note === "" || (to !== NONE && spansOf(to).length === 0);
      });

      assertEquals(wrong.map(({ line }) => line), []);
    },
  });

  Deno.test({
    name: `${guide} has every name that people bring along`,
    ignore,
    async fn() {
      const rows = rowsOf(await read(guide));
      const found = new Set(rows.flatMap(({ cells }) => spansOf(cells[0])));

      assertEquals(names.filter((name) => !found.has(name)), []);
    },
  });

  Deno.test({
    name: `every member of a class of vnet that ${guide} names exists`,
    ignore,
    async fn() {
      const types = await readTypes();
      const members = spansOf(proseOf(await read(guide)))
        .map((span) => span.replace(/\(.*$/, ""))
        .filter((span) => /^[A-Z]\w+\.[a-z]\w*$/.test(span))
        .filter((span) => types.has(span.split(".")[0]));

      assertEquals(members.filter((name) => !exists(types, name)), []);
    },
  });
}

Deno.test({
  name: "every option in README's table of limits exists",
  ignore,
  async fn() {
    const types = [...(await readTypes()).values()];
    const text = await read("README.md");
    const [, table = ""] = /^## Limits and defaults$([^#]*)/m.exec(text) ?? [];
    const options = table.split("\n").flatMap((line) =>
      spansOf(line.split("|")[3] ?? "")
    ).flatMap((span) => span.match(/[a-z]\w+(?=[ ,:}]|$)/gi) ?? [])
      .filter((word) => word !== "false");

    assert(options.length > 20, `Only ${options.length} options found`);
    assertEquals(
      options.filter((option) =>
        !types.some(({ members }) => members.has(option))
      ),
      [],
    );
  },
});
