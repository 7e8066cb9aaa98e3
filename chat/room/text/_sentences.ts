import { ENGLISH, type Texts } from "../../text/_texts.ts";
import { helpLines } from "./_commands.ts";

export { describeCause, describeGoodbye } from "./_goodbye_text.ts";

/** The warning to a user who sends too fast. */
export const WARNING: string = ENGLISH.get("warning");

/** The confirmation to a new operator. */
export const OPERATOR = "You are an operator now.";

/** The commands of the line syntax. */
export const HELP: readonly string[] = lineHelp(ENGLISH);

/** The commands of the line syntax, in a language. */
export function lineHelp(texts: Texts): string[] {
  return helpLines(texts, texts.get("line.short"));
}

/** The confirmation of a kick to an operator. */
export function describeKick(nickname: string): string {
  return `${nickname} was kicked.`;
}

/** The confirmation of a ban to an operator. */
export function describeBan(nickname: string, minutes: number): string {
  const time = minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return `${nickname} and the address are banned for ${time}.`;
}
