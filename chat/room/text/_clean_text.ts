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

const LINE_SEPARATORS = /[\u2028\u2029]/g;

// Embeddings, overrides and isolates, which reorder the text beside them, and the
// byte order mark. Marks that languages and emoji need are kept.
const REORDERING = /[\u202a-\u202e\u2066-\u2069\ufeff]/g;

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
 * Makes a text safe to be shown within one line: removes controls, line breaks,
 * characters that reorder the rest of the line, and lone surrogates.
 */
export function cleanText(text: string): string {
  return stripControls(text)
    .replace(LINE_SEPARATORS, " ")
    .replace(REORDERING, "")
    .toWellFormed();
}
