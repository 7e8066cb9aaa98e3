// The module of everything.

import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

const ignore =
  Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";

/** Two functions of one name, one in each module. */
const DIFFERENT: ReadonlySet<string> = new Set(["reconnecting"]);

/** The names that an entry point exports. */
async function exportsOf(entry: string): Promise<Set<string>> {
  const text = await Deno.readTextFile(
    new URL(`tests/api/${entry}.txt`, ROOT),
  );
  const names = text.matchAll(
    /^(?:abstract class|class|interface|function|type|const) (\w+)/gm,
  );
  return new Set(Array.from(names, ([, name = ""]) => name));
}

Deno.test({
  name:
    "mod.ts names what tcp and websocket share, so editors show it without a namespace",
  ignore,
  async fn() {
    const websocket = await exportsOf("websocket");
    const shared = [...await exportsOf("tcp")]
      .filter((name) => websocket.has(name) && !DIFFERENT.has(name));
    const text = await Deno.readTextFile(new URL("mod.ts", ROOT));
    const lists = text.matchAll(
      /^export (?:type )?\{([^}]*)\} from "\.\/tcp\/mod\.ts";$/gm,
    );
    const named = Array.from(
      lists,
      ([, list = ""]) => list.match(/\w+/g) ?? [],
    );

    assertEquals(named.flat().sort(), shared.sort());
  },
});
