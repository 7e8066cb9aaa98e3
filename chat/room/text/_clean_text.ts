// Escape sequences of terminals (ECMA-48): CSI with parameters, such as colours and
// arrow keys, OSC up to its end, such as window titles, and SS3 keys. The parts of
// each pattern are disjoint, so that matching is linear.
const ESCAPE_SEQUENCES =
  // deno-lint-ignore no-control-regex
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c)|\x1bO[@-~]/g;

const BLANK_CONTROLS = /[\t\n\v\f\x85]/g;

// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;

// deno-lint-ignore no-control-regex
const ALL_CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

// CR LF, and each line break of Unicode (UAX 14, classes BK, CR, LF and NL).
const LINE_BREAK = /\r\n|[\n\v\f\r\x85\u2028\u2029]/;

const TABS_AND_BREAKS = /[\t\n\v\f\r\x85\u2028\u2029]/;

const LINE_SEPARATORS = /[\u2028\u2029]/g;

// Embeddings, overrides and isolates, which reorder the text beside them, and the
// byte order mark. Marks that languages and emoji need are kept.
const REORDERING = /[\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** The most lines of a message. */
export const MAX_LINES = 200;

/**
 * Removes the escape sequences and control characters of a text, so that it can't
 * control a terminal. A tab or line break becomes a space.
 */
export function stripControls(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text
    .replace(ESCAPE_SEQUENCES, "")
    .replace(BLANK_CONTROLS, " ")
    .replace(ALL_CONTROLS, "");
}

/**
 * Makes a message safe to be shown: like {@linkcode cleanText}, but tabs stay, and
 * so do line breaks, as LF. Blank lines at its start and end are removed.
 */
export function cleanMessage(text: string): string {
  if (!TABS_AND_BREAKS.test(text)) return cleanText(text);
  const lines = text.replace(ESCAPE_SEQUENCES, "").split(LINE_BREAK).map(
    (line) => line.split("\t").map(cleanText).join("\t"),
  );
  const first = lines.findIndex(isVisible);
  return lines.slice(first, lines.findLastIndex(isVisible) + 1).join("\n");
}

/** Whether a message has more lines than others have to read. */
export function hasTooManyLines(text: string): boolean {
  return text.split("\n", MAX_LINES + 1).length > MAX_LINES;
}

/**
 * Makes a text safe to be shown within one line: removes controls, line breaks,
 * characters that reorder the rest of the line, and lone surrogates.
 */
export function cleanText(text: string): string {
  return stripControls(text)
    .replace(LINE_SEPARATORS, " ")
    .replace(REORDERING, "")
    .toWellFormed();
}

function isVisible(line: string): boolean {
  return line.trim() !== "";
}
