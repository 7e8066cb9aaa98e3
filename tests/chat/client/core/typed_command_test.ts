import { assertEquals } from "@std/assert";
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
  for (
    const line of [
      ...[
        "/msg",
        "/msg bob",
        "/join",
        "/me",
        "/nick",
        "/ban bob",
        "/history 0",
      ],
      ...["/history x", "/nonsense", "/"],
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
