import { describeError } from "../../room/text/_error_text.ts";
import type { Texts } from "../../text/_texts.ts";

/** A line that was typed at the terminal or on the page. */
export type TypedCommand =
  | { readonly type: "blank" | "quit" }
  | { readonly type: "help" }
  | { readonly type: "link" | "rooms" }
  | { readonly type: "say" | "me"; readonly text: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "msg"; readonly to: string; readonly text: string }
  | {
    /** Answers the last message of a user in the room. */
    readonly type: "reply";
    readonly nickname: string;
    readonly text: string;
  }
  | { readonly type: "nick"; readonly nickname: string }
  | { readonly type: "join"; readonly room: string }
  | { readonly type: "room"; readonly room: string }
  | { readonly type: "leave" | "users"; readonly room: string | undefined }
  | { readonly type: "lock" | "unlock"; readonly room: string | undefined }
  | { readonly type: "search"; readonly text: string }
  | {
    /** Changes the last message, or deletes it with an empty text. */
    readonly type: "edit";
    readonly text: string;
  }
  | { readonly type: "ignore" | "unignore"; readonly nickname: string }
  | {
    /** Without a nickname, for operators: into the chat, not into a room. */
    readonly type: "invite";
    readonly nickname: string | undefined;
    readonly room: string | undefined;
  }
  | { readonly type: "topic"; readonly text: string | undefined }
  | { readonly type: "history"; readonly limit: number }
  | { readonly type: "operator"; readonly token: string }
  | {
    readonly type: "kick";
    readonly nickname: string;
    readonly reason: string;
  }
  | {
    readonly type: "ban" | "mute";
    readonly nickname: string;
    readonly minutes: number;
    readonly reason: string;
  }
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
  const command = parseCommand(line);
  return !/[\r\n]/.test(line.trim()) || MULTILINE.has(command.type)
    ? command
    : { type: "wrong", fault: "lines", name: command.type };
}

function parseCommand(line: string): TypedCommand {
  if (line.trim() === "") return { type: "blank" };
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { type: "say", text: line };
  const [word, rest] = split(line);
  const [first, after] = split(rest);
  const name = word.toLowerCase();
  switch (name) {
    case "/help":
      return { type: "help" };
    case "/rooms":
      return { type: "rooms" };
    case "/quit":
      return { type: "quit" };
    case "/list":
    case "/users":
      return { type: "users", room: first === "" ? undefined : first };
    case "/leave":
    case "/part":
      return { type: "leave", room: first === "" ? undefined : first };
    case "/me":
      return rest === "" ? wrong(name) : { type: "me", text: rest };
    case "/notice":
      return rest === "" ? wrong(name) : { type: "notice", text: rest };
    case "/nick":
      return rest === "" ? wrong(name) : { type: "nick", nickname: rest };
    case "/join":
      return rest === "" ? wrong(name) : { type: "join", room: rest };
    case "/room":
      return rest === "" ? wrong(name) : { type: "room", room: rest };
    case "/msg":
      return after === ""
        ? wrong(name)
        : { type: "msg", to: first, text: after };
    case "/reply":
      return after === ""
        ? wrong(name)
        : { type: "reply", nickname: first, text: after };
    case "/topic":
      if (rest === "") return { type: "topic", text: undefined };
      return { type: "topic", text: rest === "-" ? "" : rest };
    case "/history":
      return toHistory(first);
    case "/operator":
    case "/oper":
      return rest === ""
        ? wrong("/operator")
        : { type: "operator", token: rest };
    case "/kick":
      return first === ""
        ? wrong(name)
        : { type: "kick", nickname: first, reason: after };
    case "/ban":
      return toBan("ban", first, after);
    case "/mute":
      return toBan("mute", first, after);
    case "/search":
      return rest === "" ? wrong(name) : { type: "search", text: rest };
    case "/edit":
      return rest === "" ? wrong(name) : { type: "edit", text: rest };
    case "/delete":
      return { type: "edit", text: "" };
    case "/ignore":
      return rest === "" ? wrong(name) : { type: "ignore", nickname: rest };
    case "/unignore":
      return rest === "" ? wrong(name) : { type: "unignore", nickname: rest };
    case "/lock":
      return { type: "lock", room: first === "" ? undefined : first };
    case "/unlock":
      return { type: "unlock", room: first === "" ? undefined : first };
    case "/invite":
      return {
        type: "invite",
        nickname: first === "" ? undefined : first,
        room: after === "" ? undefined : after,
      };
    case "/link":
      return { type: "link" };
    default:
      return { type: "wrong", fault: "unknown", name: word.slice(1) };
  }
}

function toHistory(word: string): TypedCommand {
  if (word === "") return { type: "history", limit: 20 };
  const limit = Number(word);
  return /^[0-9]+$/.test(word) && limit >= 1 && limit <= 100
    ? { type: "history", limit }
    : wrong("/history");
}

function toBan(
  type: "ban" | "mute",
  nickname: string,
  rest: string,
): TypedCommand {
  const [word, reason] = split(rest);
  return /^[0-9]+$/.test(word)
    ? { type, nickname, minutes: Number(word), reason }
    : wrong(`/${type}`);
}

function wrong(name: string): TypedCommand {
  return { type: "wrong", fault: "incomplete", name: name.slice(1) };
}

/** The sentence for what is no command. */
export function describeWrong(
  { fault, name }: TypedCommand & { readonly type: "wrong" },
  texts: Texts,
): string {
  return fault === "lines"
    ? texts.get("command.one-line")
    : describeError(`${fault}-command`, name, texts);
}

/** Splits off the first word. */
function split(text: string): [word: string, rest: string] {
  const trimmed = text.trim();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
