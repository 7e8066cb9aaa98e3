import { LIMITS } from "../_limits.ts";

/** A command that all front ends know by its name behind a slash. */
export type SlashCommand =
  | { readonly type: "link" | "rooms" }
  | { readonly type: "help" }
  | { readonly type: "quit" }
  | { readonly type: "me"; readonly text: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "edit"; readonly text: string }
  | { readonly type: "topic"; readonly text: string | undefined }
  | { readonly type: "msg"; readonly to: string; readonly text: string }
  | { readonly type: "nick"; readonly nickname: string }
  | { readonly type: "ignore" | "unignore"; readonly nickname: string }
  | { readonly type: "join"; readonly room: string }
  | { readonly type: "leave"; readonly room: string | undefined }
  | { readonly type: "lock" | "unlock"; readonly room: string | undefined }
  | { readonly type: "history"; readonly limit: number }
  | { readonly type: "operator"; readonly token: string }
  | {
    readonly type: "reply";
    readonly nickname: string;
    readonly text: string;
  }
  | {
    readonly type: "search";
    readonly text: string;
    readonly limit: number;
  }
  | {
    readonly type: "invite";
    readonly nickname: string | undefined;
    readonly room: string | undefined;
  }
  | {
    readonly type: "kick";
    readonly nickname: string;
    readonly reason: string | undefined;
  }
  | {
    readonly type: "ban" | "mute";
    readonly nickname: string;
    readonly minutes: number;
    readonly reason: string | undefined;
  }
  | {
    /** No command, or one without its arguments. */
    readonly type: "unknown" | "incomplete";
    readonly name: string;
  };

/**
 * Reads a command.
 *
 * @param line Its line without the slash.
 */
export function parseSlashCommand(line: string): SlashCommand {
  const [word, rest] = splitWord(line);
  const [first, others] = splitWord(rest);
  const name = word.toLowerCase();
  const incomplete = { type: "incomplete", name } as const;
  switch (name) {
    case "nick":
    case "ignore":
    case "unignore":
      return rest === "" ? incomplete : { type: name, nickname: rest };
    case "msg":
      return others === ""
        ? incomplete
        : { type: name, to: first, text: others };
    case "reply":
      return others === ""
        ? incomplete
        : { type: name, nickname: first, text: others };
    case "me":
    case "notice":
    case "edit":
      return rest === "" ? incomplete : { type: name, text: rest };
    case "delete":
      return { type: "edit", text: "" };
    case "join":
      return rest === "" ? incomplete : { type: name, room: rest };
    case "leave":
    case "part":
      return { type: "leave", room: rest || undefined };
    case "lock":
    case "unlock":
      return { type: name, room: rest || undefined };
    case "invite": {
      const room = others || undefined;
      return { type: name, nickname: first || undefined, room };
    }
    case "topic":
      return { type: name, text: rest === "-" ? "" : rest || undefined };
    case "history": {
      const limit = rest === "" ? LIMITS.historyOnEntry : parseCount(rest);
      return limit === undefined ? incomplete : { type: name, limit };
    }
    case "search": {
      const limit = LIMITS.historyOnEntry;
      return rest === "" ? incomplete : { type: name, text: rest, limit };
    }
    case "operator":
    case "oper":
      return rest === "" ? incomplete : { type: "operator", token: rest };
    case "kick": {
      const reason = others || undefined;
      return first === ""
        ? incomplete
        : { type: name, nickname: first, reason };
    }
    case "ban":
    case "mute": {
      const [count, reason] = splitWord(others);
      const minutes = parseCount(count);
      return minutes === undefined
        ? incomplete
        : { type: name, nickname: first, minutes, reason: reason || undefined };
    }
    case "link":
    case "rooms":
    case "help":
    case "quit":
      return { type: name };
    default:
      return { type: "unknown", name: word };
  }
}

/** Reads a number of up to nine decimal digits. */
function parseCount(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Splits off the first word, and trims the rest. */
export function splitWord(text: string): [word: string, rest: string] {
  const trimmed = text.trimEnd();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
