// Runs every program in examples/ as its comment says, and checks what it
// prints.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEMONSTRATIONS } from "./examples/_demonstrations.ts";
import { DIALOGUES } from "./examples/_dialogues.ts";
import {
  assertEnds,
  assertLines,
  describe,
  EXAMPLES,
  ignore,
  start,
} from "./examples/_example.ts";
import { canSendTo } from "./udp/support/_support.ts";

/** The examples that this machine can't run. */
const impossible = new Set<string>();
if (!await canSendTo("239.1.2.3", "127.0.0.1:0")) {
  impossible.add("node_udp_multicast.ts");
}
if (!await canSendTo("239.255.20.20", "127.0.0.1:0")) {
  impossible.add("chat_discovery.ts");
}
if (!await canSendTo("127.255.255.255", "0.0.0.0:0")) {
  impossible.add("node_udp_broadcast.ts");
}
if (Deno.build.os === "windows") impossible.add("unix_socket.ts");

for (const [name, expected] of Object.entries(DEMONSTRATIONS)) {
  Deno.test({
    name: `examples/${name} ends by itself and prints what it should`,
    ignore: ignore || impossible.has(name),
    async fn() {
      await using child = await start(name);
      await child.endInput();
      if (Array.isArray(expected)) return await assertEnds(child, expected);
      const { code, lines, errors } = await child.end();

      assertEquals(errors, "");
      for (const [speaker, said] of Object.entries(expected)) {
        assertLines(lines.filter((line) => line.startsWith(speaker)), said);
      }
      assertEquals(lines.length, Object.values(expected).flat().length);
      assertEquals(code, 0);
    },
  });
}

for (const [name, dialogues] of Object.entries(DIALOGUES)) {
  for (const [what, fn] of Object.entries(dialogues)) {
    Deno.test({ name: `examples/${name} ${what}`, ignore, fn });
  }
}

Deno.test({
  name: "examples/unix_socket.ts tells which permissions it misses",
  ignore,
  async fn() {
    const { url } = await describe("unix_socket.ts");
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", url.href],
    }).output();
    const decoder = new TextDecoder();

    assertEquals(decoder.decode(stderr), "");
    assertEquals(
      decoder.decode(stdout),
      "Unix sockets need --allow-net --allow-read --allow-write\n",
    );
    assertEquals(code, 0);
  },
});

/** The programs in the folder. */
async function listExamples(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(EXAMPLES)) {
    if (name.endsWith(".ts")) names.push(name);
  }
  return names.sort();
}

Deno.test({
  name: "Every example is run by a test",
  ignore,
  async fn() {
    const tested = new Set(
      [DEMONSTRATIONS, DIALOGUES].flatMap((table) => Object.keys(table)),
    );

    assertEquals(await listExamples(), [...tested].sort());
  },
});

Deno.test({
  name: "Every example is in the table of examples/README.md, and no others",
  ignore,
  async fn() {
    const readme = await Deno.readTextFile(new URL("README.md", EXAMPLES));
    const links = Array.from(
      readme.matchAll(/^\| \[(\w+\.ts)\]\((\w+\.ts)\) /gm),
      ([, text, target]) => {
        assertEquals(text, target);
        return target;
      },
    );

    assertEquals(links.sort(), await listExamples());
  },
});

Deno.test({
  name: "Every example tells what it is and how to run it",
  ignore,
  async fn() {
    for (const name of await listExamples()) {
      const { text, flags } = await describe(name);

      assert(text !== "", `${name} has no module comment at its top`);
      assertStringIncludes(flags.join(" "), "--allow-net", name);
    }
  },
});

Deno.test({
  name: "Examples import nothing that a bare URL can't have",
  ignore,
  async fn() {
    for (const name of await listExamples()) {
      const source = await Deno.readTextFile(new URL(name, EXAMPLES));
      const imports = source.matchAll(/^(?:import|\}).* from "([^"]+)";$/gm);
      for (const [, specifier = ""] of imports) {
        const isFine = /^(\.\.?\/|node:|jsr:@std\/)/.test(specifier);

        assert(isFine, `${name} imports "${specifier}"`);
      }
    }
  },
});
