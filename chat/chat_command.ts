/**
 * What a user asks for. Front ends that have no lines, such as one for JSON, make
 * these themselves.
 *
 * @example Usage
 * ```ts
 * import { type ChatCommand, ChatRoom } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const command: ChatCommand = { type: "nick", nickname: "alice" };
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 0);
 * room.command(id, command, 1);
 * assertEquals(room.user(id)?.nickname, "alice");
 * ```
 */
export type ChatCommand =
  | {
    /**
     * A plain line is a nickname when the user has none, and else something
     * said; `say` and `me` are never a nickname.
     */
    readonly type: "plain" | "say" | "me";
    /** What the user typed. */
    readonly text: string;
  }
  | {
    /** A message to one user. */
    readonly type: "msg";
    /** The nickname, in any case. */
    readonly to: string;
    /** What the user typed. */
    readonly text: string;
  }
  | {
    /** The choice of a nickname, the first one or another one. */
    readonly type: "nick";
    /** The nickname as typed. */
    readonly nickname: string;
  }
  | {
    /** Nothing, or a question to the server that has no arguments. */
    readonly type: "blank" | "list" | "help" | "quit";
  }
  | {
    /** A line that can't be carried out. */
    readonly type: "unknown" | "incomplete";
    /** The command's word without the slash. */
    readonly name: string;
  };

/**
 * Reads a line that a user typed. It never fails: what can't be carried out is a
 * command of its own.
 *
 * The rules, of which the first that fits holds:
 *
 * 1. A line of nothing but white space does nothing.
 * 2. `byebye` leaves and `l` lists the users, if there is nothing else on the
 *    line.
 * 3. `//TEXT` says `/TEXT`.
 * 4. `/nick NAME`, `/msg NAME TEXT`, `/me ACTION`, `/list`, `/help` and `/quit`
 *    do as they say, in any case; any other `/WORD` is unknown.
 * 5. `b:TEXT` says TEXT, `c:NAME:TEXT` tells it to NAME alone, `n:NAME` changes
 *    the nickname. A colon in TEXT is a part of it.
 * 6. Every other line is plain: it is said as it stands.
 *
 * So a line that looks like a command is said by `b:` before it (`b:l`,
 * `b:byebye`, `b:/nick`), and one with a space before it is plain, too.
 *
 * @param line A line without its end.
 * @returns What the line asks for.
 *
 * @example Usage
 * ```ts
 * import { parseCommand } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCommand("hello"), { type: "plain", text: "hello" });
 * assertEquals(parseCommand("c:bob:at 10:30"), {
 *   type: "msg",
 *   to: "bob",
 *   text: "at 10:30",
 * });
 * assertEquals(parseCommand("l"), { type: "list" });
 * assertEquals(parseCommand("b:l"), { type: "say", text: "l" });
 * ```
 */
export function parseCommand(line: string): ChatCommand {
  const word = line.trimEnd();
  if (word === "") return { type: "blank" };
  if (word === "byebye") return { type: "quit" };
  if (word === "l") return { type: "list" };
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  if (line.startsWith("/")) return parseSlashCommand(line.slice(1));
  if (line.startsWith("b:")) return withText("say", "b", line.slice(2));
  if (line.startsWith("c:")) return parseColonMessage(line.slice(2));
  if (line.startsWith("n:")) return parseNick("n", line.slice(2));
  return { type: "plain", text: line };
}

function parseSlashCommand(line: string): ChatCommand {
  const [word, rest] = splitWord(line);
  const name = word.toLowerCase();
  switch (name) {
    case "nick":
      return parseNick(name, rest);
    case "msg":
      return message(name, ...splitWord(rest));
    case "me":
      return withText("me", name, rest);
    case "list":
    case "help":
    case "quit":
      return { type: name };
    default:
      return { type: "unknown", name: word };
  }
}

function parseColonMessage(rest: string): ChatCommand {
  const colon = rest.indexOf(":");
  if (colon === -1) return { type: "incomplete", name: "c" };
  return message("c", rest.slice(0, colon), rest.slice(colon + 1));
}

function message(name: string, to: string, text: string): ChatCommand {
  if (to.trim() === "" || text.trim() === "") {
    return { type: "incomplete", name };
  }
  return { type: "msg", to: to.trim(), text };
}

function withText(
  type: "say" | "me",
  name: string,
  text: string,
): ChatCommand {
  return text.trim() === "" ? { type: "incomplete", name } : { type, text };
}

function parseNick(name: string, nickname: string): ChatCommand {
  return nickname.trim() === ""
    ? { type: "incomplete", name }
    : { type: "nick", nickname };
}

/** Splits off the first word; the white space around what follows goes. */
function splitWord(text: string): [word: string, rest: string] {
  const trimmed = text.trimEnd();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
