import { assertEquals, assertThrows } from "@std/assert";
import { compactScript } from "../../../chat/page/_compact_script.ts";

const CASES: readonly (readonly [source: string, compacted: string])[] = [
  [
    "// a\nconst a = 1; /* b */ const b = [ 1, 2, ];\n",
    "let a=1;let b=[1,2];",
  ],
  ["a === undefined ? b.const : undefined;", "a===void 0?b.const:void 0;"],
  ["return undefined ?? true;", "return void 0??!0;"],
  ["() => { return undefined; }", "()=>{return void 0}"],
  ["if (a) {\n  b();\n}\nc();", "if(a){b()}\nc();"],
  ["call(\n  a,\n  b,\n)\n  .next();", "call(a,b).next();"],
  ["a + +b - -c; a++ + b;", "a+ +b- -c;a++ +b;"],
  ["return /[/`]'\\/ x/.test(a) / b / c;", "return/[/`]'\\/ x/.test(a)/b/c;"],
  ['"// a" + \'/* "b" */\' + "\\"  ";', '"// a"+\'/* "b" */\'+"\\"  ";'],
  [
    "`a  // ${ { b: `  ${ c } }` } }  \\` $d`;",
    "`a  // ${{b:`  ${c} }`}}  \\` $d`;",
  ],
  [
    "class A { #size = 1;\n  #b;\n  f() { return #b in this; }\n}",
    "class A{#a=1;#b;f(){return #b in this}}",
  ],
  [
    'const id = "#size" + `#${ this.#size }`;',
    'let id="#size"+`#${this.#a}`;',
  ],
  [
    "async function f() {}\nfor (const a of [1]) ;",
    "async function f(){}\nfor(let a of[1]);",
  ],
];

Deno.test("compactScript() removes nothing that means something", () => {
  for (const [source, compacted] of CASES) {
    assertEquals(compactScript(source), compacted);
    assertEquals(compactScript(compacted), compacted);
  }
});

Deno.test("compactScript() gives many private names a short one each", () => {
  const names = Array.from({ length: 60 }, (_, at) => `#name${at}`);
  const short = compactScript(names.join(";")).split(";");

  assertEquals(new Set(short).size, 60);
  assertEquals([short[0], short[25], short[26]], ["#a", "#z", "#aa"]);
});

Deno.test("compactScript() refuses what has no end", () => {
  assertThrows(() => compactScript("const a = `b"), SyntaxError);
});
