import { defined } from "../_option_checks.ts";
import { parseSlashCommand, splitWord } from "./text/_slash_command.ts";

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
      /**
       * The name of the tab or device, random: the session then goes on over the
       * connections of other devices too. Without it, they end.
       */
      readonly device?: string | undefined;
      /** The sequence of ids that `after` belongs to. */
      readonly epoch?: string | undefined;
      /** The secret of another device, whose session to join. */
      readonly link?: string | undefined;
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
      /** The id of the message that it answers. */
      readonly replyTo?: number | undefined;
    }
    | {
      /** Changes an own message, or deletes it if the text is empty. */
      readonly type: "edit";
      /**
       * The id of the message, a private one too; by default that of the user's last
       * one: in the room, or the private one if nothing was said after it.
       */
      readonly target?: number | undefined;
      /** The text as typed. */
      readonly text: string;
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** Wants no messages of a user any more, or wants them again. */
      readonly type: "ignore" | "unignore";
      /** The nickname, in any case. */
      readonly nickname: string;
    }
    | {
      /** Makes a room one for invited users, or opens it for everyone. */
      readonly type: "lock" | "unlock";
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /**
       * Lets a user into a locked room, and tells the user; without a nickname, for
       * operators: asks the server for an invitation into the chat.
       */
      readonly type: "invite";
      /** The nickname, in any case. */
      readonly nickname?: string | undefined;
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** Asks for a secret by which another device joins the session. */
      readonly type: "link";
    }
    | {
      /** Chooses whether lines such as `n:NAME` are commands or text. */
      readonly type: "syntax";
      /** The choice. */
      readonly syntax: "full" | "plain";
    }
    | {
      /** Answers the last message of a user: in the current room, or a private one. */
      readonly type: "reply";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** The text as typed. */
      readonly text: string;
    }
    | {
      /** A private message. */
      readonly type: "msg";
      /** The nickname, in any case. */
      readonly to: string;
      /** The text as typed. */
      readonly text: string;
      /** The id of the message that it answers. */
      readonly replyTo?: number | undefined;
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
      /** Leaves a room. */
      readonly type: "leave";
      /** The room; by default the current one. */
      readonly room?: string | undefined;
    }
    | {
      /** Lists the users of a room, at most 1,000. */
      readonly type: "users";
      /** The room; by default the current one. */
      readonly room?: string | undefined;
      /** How many users, in the order in which they entered, to leave out. */
      readonly skip?: number | undefined;
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
      /** Finds messages in the user's rooms, and own private messages. */
      readonly type: "search";
      /** The words, as {@linkcode SearchQuery} has them. */
      readonly text: string;
      /** The room; by default all rooms of the user, and private messages. */
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
      /**
       * For operators: disconnects a user, and bans the address; or takes the right
       * to write from a user for a time.
       */
      readonly type: "ban" | "mute";
      /** The nickname, in any case. */
      readonly nickname: string;
      /** The duration: 1 to 10,080 minutes, which is a week; 0 ends a mute. */
      readonly minutes: number;
      /** The reason: all users see that of a ban, and the user that of a mute. */
      readonly reason?: string | undefined;
    }
    | {
      /** For operators: sends a notice to everyone in the chat. */
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
 * 4. These are commands, in any case: `/nick NAME`, `/msg NAME TEXT`,
 *    `/reply NAME TEXT`, `/me ACTION`, `/join ROOM`, `/leave [ROOM]` (or `/part`),
 *    `/rooms`, `/list`, `/topic [TEXT]` (`/topic -` removes it), `/history [COUNT]`,
 *    `/search TEXT`, `/edit TEXT` and `/delete` for the own last message,
 *    `/ignore NAME`, `/unignore NAME`, `/lock [ROOM]`, `/unlock [ROOM]`,
 *    `/invite NAME [ROOM]`, `/link`, `/syntax full|plain`, `/help` and `/quit`. For
 *    operators there are `/operator TOKEN` (or `/oper`), `/kick NAME [REASON]`,
 *    `/ban NAME MINUTES [REASON]`, `/mute NAME MINUTES [REASON]` (0 ends it),
 *    `/invite` and `/notice TEXT`. Any other `/WORD` is unknown.
 * 5. `b:TEXT` says TEXT, `c:NAME:TEXT` sends it to NAME only, `n:NAME` changes the
 *    nickname. TEXT may contain colons. A chat takes such lines as text where they
 *    can't be meant, or after `/syntax plain`: see {@linkcode ChatRoom.line}.
 * 6. Any other line is plain: it is a message as it is.
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
  if (line.startsWith("/")) return parseSlashLine(line.slice(1));
  if (/^[bcn]:/.test(line)) return parseColonCommand(line[0], line.slice(2));
  return { type: "plain", text: line };
}

function parseSlashLine(line: string): ChatCommand {
  const [word, rest] = splitWord(line);
  const name = word.toLowerCase();
  if (name === "list") return { type: name };
  if (name !== "syntax") return defined(parseSlashCommand(line));
  return rest === "full" || rest === "plain"
    ? { type: name, syntax: rest }
    : { type: "incomplete", name };
}

/** The commands of one letter: `b:TEXT`, `c:NAME:TEXT` and `n:NAME`. */
function parseColonCommand(name: string, rest: string): ChatCommand {
  const incomplete = { type: "incomplete", name } as const;
  if (rest.trim() === "") return incomplete;
  if (name === "b") return { type: "say", text: rest };
  if (name === "n") return { type: "nick", nickname: rest };
  const [nickname, ...texts] = rest.split(":");
  const to = nickname.trim();
  const text = texts.join(":");
  if (to === "" || text.trim() === "") return incomplete;
  return { type: "msg", to, text };
}
