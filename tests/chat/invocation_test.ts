import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DEFAULTS } from "../../chat/_defaults.ts";
import { helpText, parseInvocation } from "../../chat/_invocation.ts";

Deno.test("parseInvocation() turns all options into those of the server", () => {
  const args = [
    ...["--host", "::1", "--port=0", "--name", "The Kitchen"],
    ...["--max-connections", "5", "--max-line", "80", "--max-queue", "9000"],
    ...["--drain", "0.5"],
  ];
  assertEquals(parseInvocation(args), {
    type: "serve",
    options: {
      tcp: { hostname: "::1", port: 0 },
      name: "The Kitchen",
      maxConnections: 5,
      maxLineLength: 80,
      maxQueuedBytes: 9000,
      drainTimeout: 500,
    },
  });
});

Deno.test("parseInvocation() passes over -- before the options", () => {
  assertEquals(
    parseInvocation(["--", "--port", "0"]),
    parseInvocation(["--port", "0"]),
  );
});

Deno.test("parseInvocation() leaves what is not given to the server", () => {
  const invocation = parseInvocation([]);
  assertEquals(invocation.type, "serve");
  if (invocation.type !== "serve") return;
  const { tcp, ...others } = invocation.options;
  assertEquals(
    [...Object.values(tcp ?? {}), ...Object.values(others)].filter((value) =>
      value !== undefined
    ),
    [],
  );
});

Deno.test("parseInvocation() says in one line what is wrong", () => {
  for (
    const [args, word] of [
      [["--foo"], '"--foo"'],
      [["-x"], '"-x"'],
      [["--port"], "--port"],
      [["--port", "--host"], "--port"],
      [["--port", "abc"], 'Cannot use --port "abc": expected a number'],
      [["--port", ""], "--port"],
      [["--port", "-1"], "--port"],
      [["--port=-1"], "--port"],
      [["--port", "65536"], "expected 0 to 65535"],
      [["--port", "80.5"], "expected 0 to 65535"],
      [["--max-line", "0"], "expected a whole number from 1 on"],
      [["--max-queue", "1e3"], "--max-queue"],
      [["--max-connections", "many"], "--max-connections"],
      [["--drain", "soon"], "--drain"],
      [["--help=yes"], "--help"],
      [["extra"], '"extra"'],
    ] as const
  ) {
    const invocation = parseInvocation(args);
    assertEquals(invocation.type, "error", args.join(" "));
    if (invocation.type !== "error") continue;
    assertStringIncludes(invocation.message, word);
    assertMatch(invocation.message, /^[A-Z].*[^.]$/);
  }
});

Deno.test("parseInvocation() knows --help and -h, whatever else is asked", () => {
  for (const args of [["--help"], ["-h"], ["--port", "abc", "-h"]]) {
    assertEquals(parseInvocation(args), { type: "help" });
  }
});

Deno.test("helpText() states every option with its default, in 80 columns", () => {
  const text = helpText();
  const rows = [
    ["host", DEFAULTS.hostname],
    ["port", DEFAULTS.port],
    ["name", "none"],
    ["max-connections", DEFAULTS.maxConnections],
    ["max-line", DEFAULTS.maxLineLength],
    ["max-queue", DEFAULTS.maxQueuedBytes],
    ["drain", DEFAULTS.drainTimeout / 1000],
  ];
  for (const [name, fallback] of rows) {
    assertMatch(
      text,
      new RegExp(`--${name} [A-Z]+ .*\n +[(]default: ${fallback}[)]\n`),
    );
  }
  assertStringIncludes(text, "--help");
  for (const line of text.split("\n")) {
    assertEquals(line.length <= 80, true, line);
  }
});
