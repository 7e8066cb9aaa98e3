import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { linkModules } from "../../../chat/page/_link_modules.ts";
import { pageFiles } from "../../../chat/page/page.ts";

const FILES = pageFiles();
const { body = "", headers = {} } = FILES["/"] ?? {};

/** The text of the only element with a tag. */
function textOf(tag: string): string {
  const [, text = "", ...others] = body.split(
    new RegExp(`</?${tag}(?: [^>]*)?>`),
  );
  assertEquals(others.length, 1, tag);
  return text;
}

Deno.test("The page's policy allows its own script and style, and no others", async () => {
  const policy = headers["content-security-policy"] ?? "";
  for (const tag of ["script", "style"]) {
    const bytes = new TextEncoder().encode(textOf(tag));
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    const source = `'sha256-${new Uint8Array(hash).toBase64()}'`;
    assert(policy.includes(`${tag}-src ${source};`), tag);
  }
  assertMatch(policy, /^default-src 'none';/);
  assertEquals(/unsafe|https?:|data:|\*/.test(policy), false);
});

Deno.test("The page loads its icon and nothing else, and makes no markup of text", () => {
  const loaded = [...body.matchAll(/\s(?:href|src)="([^#"][^"]*)"/g)]
    .map(([, path]) => `/${path}`);

  assertEquals(loaded, Object.keys(FILES).filter((path) => path !== "/"));
  assertEquals(body.match(/\s(?:on[a-z]+|style)="/g), null);
  assertEquals(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(body),
    false,
  );
});

Deno.test("The page's script has all modules, and no imports or exports", () => {
  const script = textOf("script");

  assertEquals(script.match(/^(?:import|export) .*/gm), null);
  assertEquals(script.match(/\bundefined\b.*from "/g), null);
});

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
