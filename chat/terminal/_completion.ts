import { COMMAND_NAMES } from "../client/core/_typed_command.ts";

/**
 * The completions of the word before the cursor: a command at the start of the
 * line, a room behind `/join` and its like, a nickname elsewhere.
 */
export function completeWord(
  before: string,
  known: {
    readonly nicknames: Iterable<string>;
    readonly rooms: Iterable<string>;
  },
): string[] {
  const start = before.lastIndexOf(" ") + 1;
  const word = before.slice(start);
  if (word === "" && start === 0) return [];
  if (start === 0 && word.startsWith("/")) {
    return matches(COMMAND_NAMES, word).map((name) => `${name} `);
  }
  const command = before.slice(0, start).trim().toLowerCase();
  if (["/join", "/leave", "/room", "/users"].includes(command)) {
    return matches(known.rooms, word);
  }
  if (word === "") return [];
  // A name at the start of a line addresses somebody.
  const end = start === 0 ? ": " : " ";
  return matches(known.nicknames, word).map((name) => `${name}${end}`);
}

function matches(names: Iterable<string>, word: string): string[] {
  const key = word.toLowerCase();
  return [...names].filter((name) => name.toLowerCase().startsWith(key)).sort();
}
