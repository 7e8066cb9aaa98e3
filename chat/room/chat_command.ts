import { LIMITS } from "./_limits.ts";

/**
 * A command of a user. Frontends without lines, such as one for JSON, create
 * commands themselves.
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
    /** Repeated in the answer, so that the frontend can match the two. */
    readonly ref?: string | undefined;
  }
  & (
    | {
      /** The first request of a frontend without lines. */
      readonly type: "hello";
      /** The user's version of the protocol. */
      readonly version: number;
      /** The nickname as typed; if there is none, the user is asked for it. */
      readonly nickname?: string | undefined;
      /** The token of the session to resume. */
      readonly session?: string | undefined;
      /** The sequence of ids that `after` belongs to. */
      readonly epoch?: string | undefined;
      /** The highest id that the user has seen. */
      readonly after?: number | undefined;
    }
    | {
      /**
       * A plain line is a nickname if the user has none, and a message otherwise;
       * `say` and `me` are never a nickname.
       */
      readonly type: "plain" | "say" | "me";
      /** The text as typed. */
      readonly text: string;
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** A private message. */
      readonly type: "msg";
      /** The nickname, in any case. */
      readonly to: string;
      /** The text as typed. */
      readonly text: string;
    }
    | {
      /** Sets or changes the nickname. */
      readonly type: "nick";
      /** The nickname as typed. */
      readonly nickname: string;
    }
    | {
      /** Enters a room, which is created if necessary. */
      readonly type: "join";
      /** The room's name as typed. */
      readonly room: string;
    }
    | {
      /** Leaves a room, or lists its users. */
      readonly type: "leave" | "users";
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** Sets or shows the topic of a room. */
      readonly type: "topic";
      /** The topic, or empty to remove it; `undefined` shows it. */
      readonly text?: string | undefined;
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** Shows earlier messages. */
      readonly type: "history";
      /** The room; by default the current one. */
      readonly room?: string | undefined;
      /** Only messages with lower ids. */
      readonly before?: number | undefined;
      /** The most messages in the answer, up to 100. */
      readonly limit?: number | undefined;
    }
    | {
      /** A command without arguments, or none at all. */
      readonly type: "blank" | "list" | "rooms" | "help" | "ping" | "quit";
    }
    | {
      /** A line for {@linkcode parseCommand}. */
      readonly type: "line";
      /** The line without its end. */
      readonly text: string;
    }
    | {
      /** Makes the user an operator. */
      readonly type: "operator";
      /** The operators' token. */
      readonly token: string;
    }
    | {
      /** For operators: disconnects a user. */
      readonly type: "kick";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** The reason that all users see. */
      readonly reason?: string | undefined;
    }
    | {
      /** For operators: disconnects a user, and bans the address. */
      readonly type: "ban";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** The duration: 1 to 10,080 minutes, which is a week. */
      readonly minutes: number;
      /** The reason that all users see. */
      readonly reason?: string | undefined;
    }
    | {
      /** For operators: sends a notice to everyone on the server. */
      readonly type: "notice";
      /** The text as typed. */
      readonly text: string;
    }
    | {
      /** A line that is not a valid command. */
      readonly type: "unknown" | "incomplete";
      /** The command's word without the slash. */
      readonly name: string;
    }
  );

/**
 * Reads a line that a user typed. It never fails: for an invalid command there are
 * the types `"unknown"` and `"incomplete"`.
 *
 * The first rule that matches applies:
 *
 * 1. A line of white space does nothing.
 * 2. A line `byebye` leaves the chat, and a line `l` lists the users.
 * 3. `//TEXT` says `/TEXT`.
 * 4. `/nick NAME`, `/msg NAME TEXT`, `/me ACTION`, `/join ROOM`, `/leave [ROOM]`
 *    (or `/part`), `/rooms`, `/list`, `/topic [TEXT]` (`/topic -` removes it),
 *    `/history [COUNT]`, `/help`, `/quit`, and for operators `/operator TOKEN`
 *    (or `/oper`), `/kick NAME [REASON]`, `/ban NAME MINUTES [REASON]` and
 *    `/notice TEXT` are commands, in any case; any other `/WORD` is unknown.
 * 5. `b:TEXT` says TEXT, `c:NAME:TEXT` sends it to NAME only, `n:NAME` changes the
 *    nickname. TEXT may contain colons.
 * 6. Any other line is plain: it is said as it is.
 *
 * So `b:` before a line that looks like a command says it (`b:l`, `b:byebye`,
 * `b:/nick`), and so does a space before it.
 *
 * @param line A line without its end.
 * @returns The command.
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
  if (rest === "") return { type: "history", limit: LIMITS.historyOnEntry };
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

/** Reads a number of up to nine decimal digits. */
function parseCount(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Splits off the first word, and trims the rest. */
function splitWord(text: string): [word: string, rest: string] {
  const trimmed = text.trimEnd();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
