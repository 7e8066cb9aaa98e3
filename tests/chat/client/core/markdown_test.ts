import { assert, assertEquals } from "@std/assert";
import {
  type Block,
  type Inline,
  parseInline,
  parseMarkdown,
} from "../../../../chat/client/core/_markdown.ts";

/** A readable form of a tree: `e(...)`, `s(...)`, `c(...)`, `a(...)`. */
function show(parts: readonly Inline[]): string {
  return parts.map((part) => {
    if (part.type === "text") return part.text;
    if (part.type === "code") return `c(${part.text})`;
    if (part.type === "link") return `a(${part.text})`;
    return `${part.type[0]}(${show(part.children)})`;
  }).join("");
}

function leavesOf(parts: readonly Inline[]): string {
  return parts.map((part) =>
    "children" in part ? leavesOf(part.children) : part.text
  ).join("");
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map((block) =>
    block.type === "code-block" ? block.text : leavesOf(block.children)
  ).join("\n");
}

for (
  const [line, expected] of [
    ["plain text", "plain text"],
    ["an *emphasis* here", "an e(emphasis) here"],
    ["a **strong** one", "a s(strong) one"],
    ["***both***, *a **b** c*", "s(e(both)), e(a s(b) c)"],
    ["**a *b* c**", "s(a e(b) c)"],
    ["这是*重要*的", "这是e(重要)的"],
    ["2*3*4 and a * b * c", "2*3*4 and a * b * c"],
    ["*** ** * ****x****", "*** ** * ****x****"],
    ["*not closed", "*not closed"],
    ["*a *b*", "*a e(b)"],
    ["**a *b**", "s(a *b)"],
    ["*a **b*", "e(a **b)"],
    ["a `*code*` b", "a c(*code*) b"],
    ["``a ` b`` and ` alone", "c(a ` b) and ` alone"],
    ["`https://a.example`", "c(https://a.example)"],
    ["**https://a.example/*x*.**", "s(a(https://a.example/*x)*.)"],
    ["[x](javascript:alert(1))", "[x](javascript:alert(1))"],
    ["[bank](https://evil.example)", "[bank](a(https://evil.example))"],
    ["<b>*x*</b>", "<b>e(x)</b>"],
    ["snake_case_name and __init__", "snake_case_name and __init__"],
    ["", ""],
  ]
) {
  Deno.test(`parseInline() reads ${JSON.stringify(line)}`, () => {
    assertEquals(show(parseInline(line)), expected);
  });
}

Deno.test("parseMarkdown() reads blocks of code and quotes", () => {
  assertEquals(
    parseMarkdown("see\n```ts\nif (*a*) {\n  > b\n```\n> *q*\n> r\n\nend"),
    [
      { type: "text", children: [{ type: "text", text: "see" }] },
      { type: "code-block", text: "if (*a*) {\n  > b" },
      {
        type: "quote",
        children: [
          {
            type: "emphasis",
            mark: "*",
            children: [{ type: "text", text: "q" }],
          },
          { type: "text", text: "\nr" },
        ],
      },
      { type: "text", children: [{ type: "text", text: "\nend" }] },
    ],
  );
});

Deno.test("parseMarkdown() takes a fence without an end for text", () => {
  const text = "```\ncode";
  assertEquals(parseMarkdown(text), [
    { type: "text", children: [{ type: "text", text }] },
  ]);
  assertEquals(parseMarkdown("```\n```"), [{ type: "code-block", text: "" }]);
});

Deno.test("parseMarkdown() loses nothing of a text but its marks", () => {
  const parts = [
    "*",
    "**",
    "`",
    "``",
    "```\n",
    "> ",
    "\n",
    " ",
    "a",
    "é",
    "你",
  ];
  parts.push("https://a.example/", "<b>", "\\", "_", "***", "(", ")");
  const types = ["text", "code", "link", "emphasis", "strong"];
  let state = 1;
  const bare = (text: string) => text.replaceAll(/[*`>\s]/g, "");
  const check = (children: readonly Inline[]) => {
    for (const part of children) {
      assert(types.includes(part.type));
      if ("children" in part) check(part.children);
      if ("href" in part) assertEquals(new URL(part.href).protocol, "https:");
    }
  };
  for (let n = 0; n < 20_000; n++) {
    const text = Array.from({ length: 1 + n % 30 }, () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return parts[state % parts.length];
    }).join("");
    const blocks = parseMarkdown(text);
    assertEquals(bare(textOf(blocks)), bare(text));
    for (const block of blocks) if ("children" in block) check(block.children);
  }
});

Deno.test("parseMarkdown() takes time in proportion to a text", () => {
  const ascending = Array.from({ length: 600 }, (_, n) => "`".repeat(n)).join(
    " ",
  );
  for (
    const part of [
      ...["*a ", "**a ", "*a **b ", "a* ", "***a", "`a", "``a`", "> ", "\n"],
      ...["```\n", "```\n> \n", "*", "`", "https://a ", "**a*b ", " *a* "],
    ]
  ) {
    const text = part.repeat(200_000 / part.length);
    assert(textOf(parseMarkdown(text)).length <= text.length);
  }
  assertEquals(textOf(parseMarkdown(ascending)), ascending);
});
