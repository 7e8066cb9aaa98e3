import { assertEquals } from "@std/assert";
import { ROOM_DEFAULTS } from "../../../chat/room/_room_rules.ts";
import { DEFAULTS } from "../../../chat/server/_server_settings.ts";

const CHAT = new URL("../../../chat/", import.meta.url);

const ignore =
  Deno.permissions.querySync({ name: "read", path: CHAT }).state !== "granted";

/** The defaults in the comments of options, where they are numbers. */
async function documented(path: string): Promise<Record<string, number>> {
  const source = await Deno.readTextFile(new URL(path, CHAT));
  const tags = source.matchAll(/@default \{(\d+)\}\s*\*\/\s*(\w+)\?:/g);
  return Object.fromEntries(
    Array.from(tags, ([, value, name]) => [name, Number(value)]),
  );
}

Deno.test({
  name: "The comments of the chat's options state the actual defaults",
  ignore,
  async fn() {
    const others = ["hostname", "port", "httpPort", "exemptLoopback"];
    const limits = Object.fromEntries(
      Object.entries(DEFAULTS).filter(([name]) => !others.includes(name)),
    );
    assertEquals(await documented("server/chat_server_options.ts"), limits);
    assertEquals(
      await documented("room/chat_room_options.ts"),
      ROOM_DEFAULTS,
    );
  },
});
