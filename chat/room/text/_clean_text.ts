// Escape sequences as terminals understand them (ECMA-48): CSI with parameters,
// such as colours and arrow keys, OSC up to its end, such as window titles, and
// SS3 keys. The parts of each pattern are disjoint, so that matching is linear.
const ESCAPE_SEQUENCES =
  // deno-lint-ignore no-control-regex
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c)|\x1bO[@-~]/g;

const BLANK_CONTROLS = /[\t\n\v\f\x85]/g;

// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;

// deno-lint-ignore no-control-regex
const ALL_CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

const LINE_SEPARATORS = /[\u2028\u2029]/g;

// Embeddings, overrides and isolates, which reorder what stands beside them,
// and the byte order mark. The marks that languages and emoji need stay.
const REORDERING = /[\u202a-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Takes the escape sequences and control characters out of a text, so that it
 * can't steer a terminal. What stands for a gap, such as a tab, becomes a space.
 */
export function stripControls(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text
    .replace(ESCAPE_SEQUENCES, "")
    .replace(BLANK_CONTROLS, " ")
    .replace(ALL_CONTROLS, "");
}

/**
 * Makes a text fit to be shown to others as a part of one line: without
 * controls, line breaks, characters that reorder the rest of the line, and
 * halves of surrogate pairs.
 */
export function cleanText(text: string): string {
  return stripControls(text)
    .replace(LINE_SEPARATORS, " ")
    .replace(REORDERING, "")
    .toWellFormed();
}
