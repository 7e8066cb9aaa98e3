// The module of everything.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as vnet from "../mod.ts";
import * as websocketModule from "../websocket/mod.ts";
import { LanguageServer } from "./_language_server.ts";

const ROOT = new URL("../", import.meta.url);

function isDenied(name: "read" | "run"): boolean {
  return Deno.permissions.querySync({ name }).state !== "granted";
}

/** The types that an entry point exports. */
async function typesOf(entry: string): Promise<Set<string>> {
  const text = await Deno.readTextFile(
    new URL(`tests/api/${entry}.txt`, ROOT),
  );
  const names = text.matchAll(/^(?:interface|type) (\w+)/gm);
  return new Set(Array.from(names, ([, name = ""]) => name));
}

Deno.test({
  name: "Editors name the types of TCP calls without `websocket`",
  ignore: isDenied("run"),
  async fn() {
    const words = ["readLine", "dialUnix", "receive", "reconnecting", "join"];
    await using server = await LanguageServer.start();
    const texts = await server.hover(
      `import {
  dialTcp, dialUnix, listenUdp, reconnecting, websocket
} from "./mod.ts";
(await dialTcp("127.0.0.1:9")).readLine;
(await listenUdp("127.0.0.1:0")).receive;
dialUnix;
reconnecting;
const join = websocket.dialWebSocket;
`,
      words,
    );
    const [readLine, dialUnix, receive, reconnecting, join] = texts;

    assertStringIncludes(readLine ?? "", "options?: ReadLineOptions");
    assertStringIncludes(dialUnix ?? "", "wait?: WaitOptions");
    assertStringIncludes(receive ?? "", "wait?: WaitOptions");
    assertStringIncludes(reconnecting ?? "", "options?: ReconnectOptions<C>");
    assertStringIncludes(join ?? "", "websocket.DialWebSocketOptions");
  },
});

Deno.test({
  name: "mod.ts exports an alias of each type that tcp and websocket share",
  ignore: isDenied("read"),
  async fn() {
    const ofTcp = await typesOf("tcp");
    const shared = [...await typesOf("websocket")]
      .filter((name) => ofTcp.has(name));
    const text = await Deno.readTextFile(
      new URL("websocket/namespace.ts", ROOT),
    );
    const aliases = Array.from(
      text.matchAll(/^export type (\w+)/gm),
      ([, name = ""]) => name,
    );

    assert(shared.includes("WaitOptions"));
    assertEquals(aliases.sort(), [...shared, "StreamConn"].sort());
  },
});

Deno.test("mod.ts has all of the websocket module as `websocket`", () => {
  assertEquals({ ...vnet.websocket }, { ...websocketModule });
});
