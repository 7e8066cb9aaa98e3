/** How many messages `/history` shows unless told. */
const HISTORY_LINES = 20;

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
  & {
    /** What the answer has too, so that the front end knows what it answers. */
    readonly ref?: string | undefined;
  }
  & (
    | {
      /** The first request of a front end that has no lines. */
      readonly type: "hello";
      /** The version of the protocol that the user speaks. */
      readonly version: number;
      /** The nickname as typed: without one, the user is asked for it. */
      readonly nickname?: string | undefined;
      /** The secret of the session that should go on. */
      readonly session?: string | undefined;
      /** The sequence that `after` belongs to. */
      readonly epoch?: string | undefined;
      /** The highest id that the user has seen. */
      readonly after?: number | undefined;
    }
    | {
      /**
       * A plain line is a nickname when the user has none, and else something
       * said; `say` and `me` are never a nickname.
       */
      readonly type: "plain" | "say" | "me";
      /** What the user typed. */
      readonly text: string;
      /** The room: the one that the user joined last by default. */
      readonly room?: string | undefined;
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
      /** Entering a room, which is made if there is none. */
      readonly type: "join";
      /** The room's name as typed. */
      readonly room: string;
    }
    | {
      /** Leaving a room, or the question who is in it. */
      readonly type: "leave" | "users";
      /** The room: the one that the user joined last by default. */
      readonly room?: string | undefined;
    }
    | {
      /** Setting the topic of a room, or the question what it is. */
      readonly type: "topic";
      /** The topic, none if it is empty; `undefined` asks for it. */
      readonly text?: string | undefined;
      /** The room: the one that the user joined last by default. */
      readonly room?: string | undefined;
    }
    | {
      /** The question what was said. */
      readonly type: "history";
      /** The room: the one that the user joined last by default. */
      readonly room?: string | undefined;
      /** Only messages with ids below this one are meant. */
      readonly before?: number | undefined;
      /** The most messages that the answer should have: at most 100. */
      readonly limit?: number | undefined;
    }
    | {
      /** Nothing, or a question to the server that has no arguments. */
      readonly type: "blank" | "list" | "rooms" | "help" | "ping" | "quit";
    }
    | {
      /** A line, to be read by {@linkcode parseCommand}. */
      readonly type: "line";
      /** The line without its end. */
      readonly text: string;
    }
    | {
      /** The request to be an operator. */
      readonly type: "operator";
      /** The secret that operators were told. */
      readonly token: string;
    }
    | {
      /** For operators: ends a user's connection. */
      readonly type: "kick";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** What the user and the others are told about it. */
      readonly reason?: string | undefined;
    }
    | {
      /** For operators: kicks, and lets nobody in from that address for a time. */
      readonly type: "ban";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** For how long: 1 to 10,080 minutes, which is a week. */
      readonly minutes: number;
      /** What the user and the others are told about it. */
      readonly reason?: string | undefined;
    }
    | {
      /** For operators: tells everyone on the server something. */
      readonly type: "notice";
      /** What the operator typed. */
      readonly text: string;
    }
    | {
      /** A line that can't be carried out. */
      readonly type: "unknown" | "incomplete";
      /** The command's word without the slash. */
      readonly name: string;
    }
  );

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
 * 4. `/nick NAME`, `/msg NAME TEXT`, `/me ACTION`, `/join ROOM`, `/leave [ROOM]`
 *    (or `/part`), `/rooms`, `/list`, `/topic [TEXT]` (`/topic -` removes it),
 *    `/history [COUNT]`, `/help`, `/quit`, and for operators `/operator TOKEN`
 *    (or `/oper`), `/kick NAME [REASON]`, `/ban NAME MINUTES [REASON]` and `/notice TEXT` do
 *    as they say, in any case; any other `/WORD` is unknown.
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
    case "join":
      return rest === "" ? incomplete(name) : { type: "join", room: rest };
    case "leave":
    case "part":
      return rest === "" ? { type: "leave" } : { type: "leave", room: rest };
    case "topic":
      return parseTopic(rest);
    case "history":
      return parseHistory(name, rest);
    case "operator":
    case "oper":
      return rest === "" ? incomplete(name) : { type: "operator", token: rest };
    case "kick":
      return parseKick(name, ...splitWord(rest));
    case "ban":
      return parseBan(name, ...splitWord(rest));
    case "notice":
      return withText("notice", name, rest);
    case "list":
    case "rooms":
    case "help":
    case "quit":
      return { type: name };
    default:
      return { type: "unknown", name: word };
  }
}

function parseTopic(rest: string): ChatCommand {
  if (rest === "") return { type: "topic" };
  return { type: "topic", text: rest === "-" ? "" : rest };
}

function parseHistory(name: string, rest: string): ChatCommand {
  if (rest === "") return { type: "history", limit: HISTORY_LINES };
  const limit = parseCount(rest);
  return limit === undefined ? incomplete(name) : { type: "history", limit };
}

function parseKick(name: string, nickname: string, rest: string): ChatCommand {
  if (nickname === "") return incomplete(name);
  const reason = rest === "" ? {} : { reason: rest };
  return { type: "kick", nickname, ...reason };
}

function parseBan(name: string, nickname: string, rest: string): ChatCommand {
  const [count, words] = splitWord(rest);
  const minutes = parseCount(count);
  if (nickname === "" || minutes === undefined) return incomplete(name);
  const reason = words === "" ? {} : { reason: words };
  return { type: "ban", nickname, minutes, ...reason };
}

function parseColonMessage(rest: string): ChatCommand {
  const colon = rest.indexOf(":");
  if (colon === -1) return incomplete("c");
  return message("c", rest.slice(0, colon), rest.slice(colon + 1));
}

function message(name: string, to: string, text: string): ChatCommand {
  if (to.trim() === "" || text.trim() === "") return incomplete(name);
  return { type: "msg", to: to.trim(), text };
}

function withText(
  type: "say" | "me" | "notice",
  name: string,
  text: string,
): ChatCommand {
  return text.trim() === "" ? incomplete(name) : { type, text };
}

function parseNick(name: string, nickname: string): ChatCommand {
  return nickname.trim() === "" ? incomplete(name) : { type: "nick", nickname };
}

function incomplete(name: string): ChatCommand {
  return { type: "incomplete", name };
}

/** Reads a number of decimal digits, of which a few are enough. */
function parseCount(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Splits off the first word; the white space around what follows goes. */
function splitWord(text: string): [word: string, rest: string] {
  const trimmed = text.trimEnd();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
