import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { linkModules } from "../../../chat/page/_link_modules.ts";

Deno.test("linkModules() gives each module its imports, and a scope of its own", () => {
  const script = linkModules("a/main.js", {
    "a/main.js":
      'import {\n  double,\n  Box,\n} from "../b/double.js";\nimport { four } from "./four.js";\nglobalThis.linked = [double(four), new Box().own];\n',
    "b/double.js":
      "const own = 2;\nexport function double(n) {\n  return n * own;\n}\nexport class Box {\n  own = own;\n}\n",
    "a/four.js":
      'import { double } from "../b/double.js";\nconst own = 2;\nexport const four = double(own);\n',
  });
  const scope: { linked?: unknown } = {};

  new Function("globalThis", script)(scope);
  assertEquals(scope.linked, [8, 2]);
});

Deno.test("linkModules() refuses a module that is missing", () => {
  const main = 'import { a } from "./a.js";\n';

  assertThrows(
    () => linkModules("main.js", { "main.js": main }),
    Error,
    '"a.js"',
  );
});

for (
  const statement of [
    'import { b as c } from "./b.js";',
    'import {\n  a,\n  b as c,\n} from "./b.js";',
    'import * as b from "./b.js";',
    'import b from "./b.js";',
    'import "./b.js";',
    '  import { b } from "./b.js";',
    "export async function b() {}",
    "export function* b() {}",
    "export let b = 1;",
    "export default 1;",
    "export const { b } = { b: 1 };",
    "const b = 1;\nexport { b };",
    'export { b } from "./b.js";',
    'export * from "./b.js";',
  ]
) {
  Deno.test(`linkModules() refuses ${JSON.stringify(statement)}`, () => {
    const sources = {
      "main.js": `const a = 1;\n${statement}\n`,
      "b.js": "export const a = 1;\nexport const b = 1;\n",
    };
    const error = assertThrows(() => linkModules("main.js", sources), Error);
    assertMatch(error.message, /^Cannot link the page: "main.js" has "/);
  });
}

Deno.test("linkModules() refuses modules that import each other", () => {
  const sources = {
    "main.js": 'import { a } from "./a.js";\n',
    "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
    "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
  };
  assertThrows(
    () => linkModules("main.js", sources),
    Error,
    'Cannot link the page: "a.js" imports itself',
  );
});
