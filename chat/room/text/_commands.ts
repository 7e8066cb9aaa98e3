import type { Texts } from "../../text/_texts.ts";

/** The commands of all front ends, in the order of the help. */
const NAMES = [
  ...["msg", "reply", "me", "nick", "list", "join", "leave", "rooms"] as const,
  ...["topic", "history", "search", "edit", "delete"] as const,
  ...["ignore", "unignore", "lock", "unlock", "invite", "link"] as const,
  ...["help", "quit", "operator", "kick", "ban", "mute", "notice"] as const,
];

/** The commands with their slashes. */
export const COMMAND_NAMES: readonly string[] = NAMES.map((name) => `/${name}`);

/** The width of the left column of the help. */
const LEFT = 29;

/** The first code point that may take two columns, such as those of Hangul. */
const FIRST_WIDE = 0x1100;

/** A command, and its description. */
export interface CommandHelp {
  readonly usage: string;
  readonly about: string;
}

/** The help on all commands. */
export function commandHelp(texts: Texts): CommandHelp[] {
  return [...NAMES, "slash" as const].map((name) => ({
    usage: texts.get(`command.${name}`),
    about: texts.get(`command.${name}.about`),
  }));
}

/** The lines of the help, with further ones at the end. */
export function helpLines(texts: Texts, ...further: string[]): string[] {
  return [
    texts.get("help.title"),
    ...commandHelp(texts).map(({ usage, about }) => `  ${pad(usage)}${about}`),
    ...further,
  ];
}

/** The commands of the line syntax. */
export function lineHelp(texts: Texts): string[] {
  return helpLines(texts, texts.get("line.short"), texts.get("line.syntax"));
}

/** Fills the left column; the characters of some languages are wide. */
function pad(text: string): string {
  const width = [...text].reduce(
    (sum, letter) => sum + ((letter.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2),
    0,
  );
  return text + " ".repeat(Math.max(2, LEFT - width));
}

/** The command that a mistyped one may mean, with its slash. */
export function suggestCommand(typed: string): string | undefined {
  const name = typed.toLowerCase();
  if (name.length < 3 || COMMAND_NAMES.includes(`/${name}`)) return undefined;
  const near = NAMES.find((each) => isNear(name, each)) ??
    NAMES.find((each) => each.startsWith(name));
  return near && `/${near}`;
}

/**
 * Whether one letter is missing, added or wrong, or has changed places with its
 * neighbour.
 */
function isNear(typed: string, name: string): boolean {
  const isLonger = typed.length > name.length;
  const [short, long] = isLonger ? [name, typed] : [typed, name];
  if (long.length - short.length > 1) return false;
  for (let at = 0; at < long.length; at++) {
    const start = long.slice(0, at);
    const rest = long.slice(at + 1);
    const other = start + rest;
    const isMissing = other === short;
    const isWrong = long.length === short.length &&
      other === short.slice(0, at) + short.slice(at + 1);
    const isSwapped = start + rest.slice(0, 1) + long[at] + rest.slice(1) ===
      short;
    if (isMissing || isWrong || isSwapped) return true;
  }
  return false;
}
