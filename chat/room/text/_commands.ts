import type { Texts } from "../../text/_texts.ts";

/** The commands of all front ends, in the order of the help. */
const NAMES = [
  ...["msg", "me", "nick", "list", "join", "leave", "rooms"] as const,
  ...["topic", "history", "search", "edit", "delete"] as const,
  ...["ignore", "unignore", "lock", "unlock", "invite", "link"] as const,
  ...["help", "quit", "operator", "kick", "ban", "mute", "notice"] as const,
];

/** The commands with their slashes. */
export const COMMAND_NAMES: readonly string[] = NAMES.map((name) => `/${name}`);

/** The width of the left column of the help. */
const LEFT = 28;

/** The first code point that may take two columns, such as those of Hangul. */
const FIRST_WIDE = 0x1100;

/** A command, and what it does. */
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

/** Fills the left column; the characters of some languages are wide. */
function pad(text: string): string {
  const width = [...text].reduce(
    (sum, letter) => sum + ((letter.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2),
    0,
  );
  return text + " ".repeat(Math.max(2, LEFT - width));
}
