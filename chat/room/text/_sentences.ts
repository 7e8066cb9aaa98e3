import { ENGLISH, type Texts } from "../../text/_texts.ts";
import { helpLines } from "./_commands.ts";

export { describeCause, describeGoodbye } from "./_goodbye_text.ts";

/** The warning to a user who sends too fast. */
export const WARNING: string = ENGLISH.get("warning");

/** The commands of the line syntax. */
export const HELP: readonly string[] = lineHelp(ENGLISH);

/** The commands of the line syntax, in a language. */
export function lineHelp(texts: Texts): string[] {
  return helpLines(
    texts,
    texts.get("line.short"),
    texts.get("line.syntax"),
  );
}
