import { squeezeBlanks } from "./_blanks.ts";

/** The server's mark `***` before a space, in any of the shapes of its asterisk. */
const SERVER_MARK =
  /[*\u066d\u203b\u204e\u2055\u2217\u2731\u2733\ua673\uff0a\u{1031f}]{3,}(?=\s)/gu;

/**
 * Prepares a user's text for a line of a terminal, which wraps long lines at a width
 * that is unknown here: padding must not move text to the start of a row, where it
 * would look like a line of the server.
 */
export function lineText(text: string): string {
  return squeezeBlanks(text).replace(SERVER_MARK, "**");
}
