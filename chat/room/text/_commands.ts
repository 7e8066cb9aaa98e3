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

/** The most letters that a mistyped command has wrong. */
const MAX_MISTAKES = 2;

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

/** The command that a mistyped one may mean, with its slash. */
export function suggestCommand(typed: string): string | undefined {
  const name = typed.toLowerCase();
  if (COMMAND_NAMES.includes(`/${name}`)) return undefined;
  const [longer, ...others] = NAMES.filter((each) => each.startsWith(name));
  if (name.length > 1 && longer !== undefined && others.length === 0) {
    return `/${longer}`;
  }
  let best: string | undefined;
  let least = Math.min(MAX_MISTAKES, Math.floor(name.length / 2)) + 1;
  for (const each of NAMES) {
    const mistakes = distance(name, each);
    if (mistakes >= least) continue;
    least = mistakes;
    best = each;
  }
  return best === undefined ? undefined : `/${best}`;
}

/**
 * How many letters have to be added, removed, replaced or swapped with their
 * neighbour to make one word of another (optimal string alignment).
 */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_MISTAKES) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let at = 1; at <= to.length; at++) {
      const isSame = from[row - 1] === to[at - 1];
      const isSwapped = from[row - 1] === to[at - 2] &&
        from[row - 2] === to[at - 1];
      current.push(Math.min(
        (last[at] ?? 0) + 1,
        (current[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[at - 2] ?? 0) + 1 : Infinity,
      ));
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
