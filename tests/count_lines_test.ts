import { assert, assertEquals } from "@std/assert";
import { countFolders, countLines } from "../tools/count_lines.ts";

const read = Deno.permissions.querySync({ name: "read", path: "." });

Deno.test("countLines() counts no blank lines and no comments", () => {
  const text = `
// A comment.
const one = 1; // One line.

/** Another comment. */
/* Of two lines,
   and */ const two = "/* no comment */";
/**
 * A third one.
 */
const three = [
  "// a string",
];
<!-- Markup. --> <p>
<!--
  More
-->
`;
  assertEquals(countLines(text), 6);
  assertEquals(countLines(""), 0);
});

Deno.test({
  name: "countFolders() counts each file of a folder and its folders",
  ignore: read.state !== "granted",
  async fn() {
    const files = await countFolders(["tcp"]);
    const paths = files.map(({ path }) => path);
    assert(paths.includes("tcp/mod.ts"));
    assert(paths.includes("tcp/conn/_read_half.ts"));
    assertEquals(new Set(paths).size, paths.length);
    assert(files.every(({ lines }) => lines > 0));
  },
});
