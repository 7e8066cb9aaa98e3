import { assertEquals } from "@std/assert";
import { enterLobby } from "./_page.ts";

Deno.test("a session refuses more than it can keep", () => {
  const { commands, lobby } = enterLobby();
  assertEquals(commands.type(lobby, "x\n".repeat(64)), undefined);
  assertEquals(
    commands.type(lobby, "one more"),
    "Too much waits to be sent. Please try again in a moment.",
  );
});
