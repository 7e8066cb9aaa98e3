/** A line that was typed at the terminal or on the page. */
export type TypedCommand =
  | { readonly type: "blank" | "help" | "quit" }
  | { readonly type: "rooms" }
  | { readonly type: "say" | "me" | "notice"; readonly text: string }
  | { readonly type: "msg"; readonly to: string; readonly text: string }
  | { readonly type: "nick"; readonly nickname: string }
  | { readonly type: "join" | "room"; readonly room: string }
  | { readonly type: "leave" | "users"; readonly room: string | undefined }
  | { readonly type: "topic"; readonly text: string | undefined }
  | { readonly type: "history"; readonly limit: number }
  | { readonly type: "operator"; readonly token: string }
  | {
    readonly type: "kick";
    readonly nickname: string;
    readonly reason: string;
  }
  | {
    readonly type: "ban";
    readonly nickname: string;
    readonly minutes: number;
    readonly reason: string;
  }
  | { readonly type: "wrong"; readonly text: string };

/** The commands with their arguments and descriptions, for the help. */
const COMMANDS = {
  "/help": ["", "shows this help"],
  "/nick": ["NAME", "changes your nickname"],
  "/msg": ["NAME TEXT", "tells TEXT to NAME alone"],
  "/me": ["ACTION", "says what you do"],
  "/join": ["ROOM", "enters a room, and makes it if there is none"],
  "/room": ["ROOM", "talks in another room that you are in"],
  "/leave": ["[ROOM]", "leaves a room"],
  "/rooms": ["", "lists the rooms"],
  "/users": ["[ROOM]", "lists who is in a room"],
  "/topic": ["[TEXT]", "shows or sets the topic; /topic - removes it"],
  "/history": ["[NUMBER]", "shows earlier messages, 20 by default"],
  "/operator": ["TOKEN", "makes you an operator, who may:"],
  "/kick": ["NAME [REASON]", "end somebody's connection"],
  "/ban": ["NAME MINUTES [REASON]", "keep an address out"],
  "/notice": ["TEXT", "tell everyone something"],
  "/quit": ["", "leaves (or Ctrl+D)"],
} as const satisfies Record<string, readonly [string, string]>;

/** The commands whose text may have several lines. */
const MULTILINE: ReadonlySet<TypedCommand["type"]> = new Set<
  TypedCommand["type"]
>(["say", "me", "msg", "wrong"]);

/** The names of the commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** The lines of the terminal's help. */
export const HELP_LINES: readonly string[] = [
  "Type a line and press Enter: everyone in the room reads it. Or use a command:",
  ...Object.entries(COMMANDS).map(([name, [args, text]]) =>
    `  ${`${name} ${args}`.padEnd(28)}${text}`
  ),
  "  //TEXT                      says /TEXT. Tab completes commands and names.",
];

/** Reads a text that was typed: a command, or a message, of several lines too. */
export function parseTypedLine(line: string): TypedCommand {
  const command = parseCommand(line);
  return !/[\r\n]/.test(line.trim()) || MULTILINE.has(command.type)
    ? command
    : { type: "wrong", text: "A command has one line. Send it by itself." };
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
      return toBan(first, after);
    default:
      return {
        type: "wrong",
        text: `There is no command ${word}. /help shows them all; //… says /….`,
      };
  }
}

function toHistory(word: string): TypedCommand {
  if (word === "") return { type: "history", limit: 20 };
  const limit = Number(word);
  return /^[0-9]+$/.test(word) && limit >= 1 && limit <= 100
    ? { type: "history", limit }
    : wrong("/history");
}

function toBan(nickname: string, rest: string): TypedCommand {
  const [word, reason] = split(rest);
  return /^[0-9]+$/.test(word)
    ? { type: "ban", nickname, minutes: Number(word), reason }
    : wrong("/ban");
}

function wrong(name: keyof typeof COMMANDS): TypedCommand {
  const [args] = COMMANDS[name];
  return { type: "wrong", text: `Use it like this: ${name} ${args}` };
}

/** Splits off the first word. */
function split(text: string): [word: string, rest: string] {
  const trimmed = text.trim();
  const space = trimmed.search(/\s/);
  return space === -1
    ? [trimmed, ""]
    : [trimmed.slice(0, space), trimmed.slice(space).trimStart()];
}
