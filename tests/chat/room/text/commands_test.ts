import { assertEquals } from "@std/assert";
import {
  COMMAND_NAMES,
  suggestCommand,
} from "../../../../chat/room/text/_commands.ts";
import { describeError } from "../../../../chat/room/text/_error_text.ts";
import { textsFor } from "../../../../chat/text/_texts.ts";

Deno.test("suggestCommand() knows what a mistyped command may mean", () => {
  for (
    const [typed, command] of [
      ["serch", "/search"],
      ["SEARHC", "/search"],
      ["sear", "/search"],
      ["jion", "/join"],
      ["lits", "/list"],
      ["unignroe", "/unignore"],
      ["hepl", "/help"],
      ["dance", undefined],
      ["joine", "/join"],
      ["msh", "/msg"],
      ["unl", "/unlock"],
      ["ka", undefined],
      ["x", undefined],
      ["search", undefined],
      ["", undefined],
      ["un", undefined],
      ["searching for it", undefined],
    ] as const
  ) assertEquals(suggestCommand(typed), command, typed);
});

Deno.test("suggestCommand() knows all commands, and takes any text", () => {
  for (const command of COMMAND_NAMES) {
    const typed = `${command.slice(1)}`;
    if (typed.length > 2) assertEquals(suggestCommand(`${typed}x`), command);
  }
  assertEquals(suggestCommand("\u{1f600}".repeat(1000)), undefined);
});

Deno.test("describeError() suggests a command in each language", () => {
  assertEquals(
    describeError("unknown-command", "serch"),
    "There is no command /serch. Type /help to list the commands, or //serch to send it as text. Did you mean /search?",
  );
  const chinese = describeError("unknown-command", "serch", textsFor(["zh"]));
  assertEquals(chinese.endsWith("你是想输入 /search 吗？"), true, chinese);
});
