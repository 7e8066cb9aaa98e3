import { BLANKS, squeezeBlanks, ZERO_WIDTH } from "./_blanks.ts";

/** The asterisk, and characters that look like it, for character classes. */
export const ASTERISKS =
  "*\\u066d\\u203b\\u204e\\u2055\\u2217\\u22c6\\u2722-\\u274b\\ua673\\uff0a\\u{1031f}\\u{1f7af}-\\u{1f7bf}";

/** Whole runs only, so that matching is linear. */
const ASTERISK_RUN = new RegExp(`(?:[${ASTERISKS}][${ZERO_WIDTH}]*)+`, "gu");

const NO_WIDTH = new RegExp(`[${ZERO_WIDTH}]`, "gu");

const LINE_BREAK = /\r\n|\r|\n/;

/** The start of each line of a message but the first. */
const CONTINUATION = "  | ";

/** Indentation up to this is shown as it is: more could fill a row. */
const MAX_INDENT = 16;

const BLANK = new RegExp(`^[${BLANKS}]`, "u");

/**
 * Prepares a user's text for a line of a terminal, which wraps long lines at a width
 * that is unknown here: padding must not move text to the start of a row, where it
 * would look like a line of the server, which begins with `***` and a space.
 */
export function lineText(text: string): string {
  const squeezed = squeezeBlanks(text);
  return squeezed.replace(ASTERISK_RUN, (run, start: number) => {
    const end = start + run.length;
    const isMark = [...run.replace(NO_WIDTH, "")].length >= 3 &&
      BLANK.test(squeezed.slice(end, end + 2));
    return isMark ? "**" : run;
  });
}

/**
 * Prepares a user's message for lines of a terminal: the first is as
 * {@linkcode lineText} makes it. The others start with two spaces and a bar, as no
 * line of the server and no nickname does.
 *
 * @param style Adds colours to a line, without its mark and indentation.
 */
export function messageLines(
  text: string,
  style: (line: string, at: number) => string = (line) => line,
): [string, ...string[]] {
  const [first = "", ...others] = text.split(LINE_BREAK);
  return [
    style(lineText(withoutTabs(first)), 0),
    ...others.map((line, at) => {
      const text = withoutTabs(line).trimEnd();
      if (text === "") return CONTINUATION.trimEnd();
      const [indent = ""] = /^ */.exec(text.slice(0, MAX_INDENT)) ?? [];
      const rest = lineText(text.slice(indent.length));
      return CONTINUATION + indent + style(rest, at + 1);
    }),
  ];
}

function withoutTabs(line: string): string {
  return line.replaceAll("\t", "  ");
}
