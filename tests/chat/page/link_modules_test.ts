import { assertEquals, assertThrows } from "@std/assert";
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
