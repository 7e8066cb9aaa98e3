import { assertEquals, assertNotEquals } from "@std/assert";
import { parseCommand } from "../../../../chat/room/chat_command.ts";
import { COMMAND_NAMES } from "../../../../chat/room/text/_commands.ts";
import { parseTypedLine } from "../../../../chat/client/core/_typed_command.ts";

Deno.test("parseTypedLine() reads commands, and says what else", () => {
  assertEquals(parseTypedLine("hello"), { type: "say", text: "hello" });
  assertEquals(parseTypedLine("//x"), { type: "say", text: "/x" });
  assertEquals(parseTypedLine("  "), { type: "blank" });
  assertEquals(parseTypedLine("/MSG bob  at 10:30 "), {
    ...{ type: "msg", to: "bob", text: "at 10:30" },
  });
  assertEquals(parseTypedLine("/topic -"), { type: "topic", text: "" });
  assertEquals(parseTypedLine("/topic"), { type: "topic", text: undefined });
  assertEquals(parseTypedLine("/ban bob 10 too loud"), {
    ...{ type: "ban", nickname: "bob", minutes: 10, reason: "too loud" },
  });
  assertEquals(parseTypedLine("/mute bob 0"), {
    ...{ type: "mute", nickname: "bob", minutes: 0, reason: undefined },
  });
  assertEquals(parseTypedLine("/edit two\nlines"), {
    ...{ type: "edit", text: "two\nlines" },
  });
  assertEquals(parseTypedLine("/reply bob yes\nand no"), {
    ...{ type: "reply", nickname: "bob", text: "yes\nand no" },
  });
  assertEquals(parseTypedLine("/delete"), { type: "edit", text: "" });
  assertEquals(parseTypedLine("/search tea time"), {
    ...{ type: "search", text: "tea time", limit: 20 },
  });
  assertEquals(parseTypedLine("/invite bob cats"), {
    ...{ type: "invite", nickname: "bob", room: "cats" },
  });
  assertEquals(parseTypedLine("/lock"), { type: "lock", room: undefined });
  for (
    const line of [
      ...[
        "/reply bob",
        "/search",
        "/edit",
        "/ignore",
        "/unignore",
        "/mute bob",
      ],
      ...[
        "/msg",
        "/msg bob",
        "/join",
        "/me",
        "/nick",
        "/ban bob",
        "/history 0",
      ],
      ...["/history x", "/nonsense", "/", "/room", "/syntax full"],
    ]
  ) assertEquals(parseTypedLine(line).type, "wrong", line);
});

Deno.test("parseTypedLine() reads messages of several lines, and no such commands", () => {
  assertEquals(parseTypedLine("/msg bob a\n b"), {
    ...{ type: "msg", to: "bob", text: "a\n b" },
  });
  assertEquals(parseTypedLine("a\n/quit"), { type: "say", text: "a\n/quit" });
  assertEquals(parseTypedLine("/quit\na").type, "wrong");
});

Deno.test("parseTypedLine() knows all commands of the help", () => {
  for (const name of COMMAND_NAMES) {
    const command = parseTypedLine(`${name} a 1`);
    const isUnknown = command.type === "wrong" && command.fault === "unknown";
    assertEquals(isUnknown, false, name);
  }
});

Deno.test("parseCommand() knows all commands of the help", () => {
  for (const name of COMMAND_NAMES) {
    assertNotEquals(parseCommand(`${name} a 1`).type, "unknown", name);
  }
});
