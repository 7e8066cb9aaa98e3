import { describeError } from "../../room/text/_error_text.ts";
import {
  parseSlashCommand,
  type SlashCommand,
  splitWord,
} from "../../room/text/_slash_command.ts";
import type { Texts } from "../../text/_texts.ts";

/** The most messages of an answer to `history`. */
const MAX_HISTORY = 100;

/** A line that was typed at the terminal or on the page. */
export type TypedCommand =
  | Exclude<SlashCommand, { readonly type: "incomplete" | "unknown" }>
  | { readonly type: "blank" }
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "room"; readonly room: string }
  | { readonly type: "users"; readonly room: string | undefined }
  | {
    /** No command, one without its arguments, or one of several lines. */
    readonly type: "wrong";
    readonly fault: "unknown" | "incomplete" | "lines";
    /** The name of the command, without its slash. */
    readonly name: string;
  };

/** The commands whose text may have several lines. */
const MULTILINE: ReadonlySet<TypedCommand["type"]> = new Set<
  TypedCommand["type"]
>(["say", "me", "msg", "reply", "edit", "wrong"]);

/** Reads a text that was typed: a command, or a message, of several lines too. */
export function parseTypedLine(line: string): TypedCommand {
  const command = parseLine(line);
  return !/[\r\n]/.test(line.trim()) || MULTILINE.has(command.type)
    ? command
    : { type: "wrong", fault: "lines", name: command.type };
}

function parseLine(line: string): TypedCommand {
  if (line.trim() === "") return { type: "blank" };
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { type: "say", text: line };
  const [word, rest] = splitWord(line.slice(1));
  const name = word.toLowerCase();
  const incomplete = { type: "wrong", fault: "incomplete", name } as const;
  if (name === "room") {
    return rest === "" ? incomplete : { type: name, room: rest };
  }
  if (name === "list" || name === "users") {
    return { type: "users", room: rest || undefined };
  }
  const command = parseSlashCommand(line.slice(1));
  switch (command.type) {
    case "unknown":
    case "incomplete":
      return { type: "wrong", fault: command.type, name: command.name };
    case "history":
      return command.limit >= 1 && command.limit <= MAX_HISTORY
        ? command
        : incomplete;
    default:
      return command;
  }
}

/** The sentence for a line that is no command. */
export function describeWrong(
  { fault, name }: TypedCommand & { readonly type: "wrong" },
  texts: Texts,
): string {
  return fault === "lines"
    ? texts.get("command.one-line")
    : describeError(`${fault}-command`, name, texts);
}
