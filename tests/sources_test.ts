import { assert, assertEquals, assertRejects } from "@std/assert";
import { importsOf, readSources, withoutComments } from "../tools/sources.ts";

const ignore =
  Deno.permissions.querySync({ name: "read", path: "." }).state !== "granted";

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
const m = await import(
  "node:http"
);
const n = \`expected a port from "1" to "2"\`;
`;
  assertEquals(importsOf({ path: "tcp/conn/a.ts", text }), [
    ...["tcp/conn/b.ts", "tcp/c.ts", "tcp/conn/d.ts", "tcp/conn/e/f.ts"],
    ...["tcp/conn/g.ts", "tcp/conn/h.ts", "tcp/conn/i.html"],
    ...["tcp/conn/j.d.ts", "jsr:@std/assert", "tcp/conn/l.ts", "node:http"],
  ]);
});

Deno.test("withoutComments() keeps code, and comments behind it", () => {
  const text = "/**\n * a\n */\nb(); // c\n  // d\n/* e */\nf();";
  assertEquals(withoutComments(text).match(/\w/g), ["b", "c", "f"]);
});

Deno.test({
  name: "readSources() reads files, and folders with their folders",
  ignore,
  async fn() {
    const paths = (await readSources(["mod.ts", "tcp"], [".ts"]))
      .map(({ path }) => path);
    assert(paths.includes("mod.ts"));
    assert(paths.includes("tcp/mod.ts"));
    assert(paths.includes("tcp/conn/_read_half.ts"));
    assert(paths.every((path) => /^(?:mod|tcp\/.*)\.ts$/.test(path)));
    assertEquals(paths, [...new Set(paths)].sort());
    await assertRejects(() => readSources(["nothing"]), Deno.errors.NotFound);
  },
});
