import { COMMAND_NAMES } from "../../room/text/_commands.ts";

/** The commands that a room follows. */
const ROOM_COMMANDS = [
  "/join",
  "/leave",
  "/part",
  "/room",
  "/list",
  "/users",
  "/lock",
  "/unlock",
];

/** No name and no command is as long. */
const MAX_WORD = 128;

/** The names that are known to a client. */
export interface KnownNames {
  readonly nicknames: Iterable<string>;
  readonly rooms: Iterable<string>;
}

/** The part of a text that completion replaces, up to the cursor. */
export function wordBefore(before: string): string {
  return /\S*$/.exec(before.slice(-MAX_WORD))?.[0] ?? "";
}

/**
 * The completions of the word before the cursor: a command at the start of the
 * text, a room behind `/join` and its like, a nickname elsewhere.
 */
export function completeWord(before: string, known: KnownNames): string[] {
  const word = wordBefore(before);
  const start = before.length - word.length;
  if (start === 0 && word.startsWith("/")) {
    return matches(COMMAND_NAMES, word).map((name) => `${name} `);
  }
  const command = before.slice(0, start).trim().toLowerCase();
  const wantsRoom = ROOM_COMMANDS.includes(command) ||
    /^\/invite\s+\S+$/.test(command);
  if (wantsRoom) return matches(known.rooms, word);
  if (word === "") return [];
  // A name at the start of a line addresses somebody.
  const isFirst = start === 0 || before[start - 1] === "\n";
  const end = isFirst ? ": " : " ";
  return matches(known.nicknames, word).map((name) => `${name}${end}`);
}

function matches(names: Iterable<string>, word: string): string[] {
  const key = word.toLowerCase();
  return [...new Set(names)]
    .filter((name) => name.toLowerCase().startsWith(key)).sort();
}
