/**
 * The code points that draw nothing but take up space, for character classes: white
 * space, and letters and symbols that are blank by design. These are the empty
 * Braille cell, the fillers of Hangul and Khitan, the musical null notehead, and the
 * blanks of Egyptian hieroglyphs.
 */
export const BLANKS =
  "\\s\\u0085\\u115f\\u1160\\u2800\\u3164\\uffa0\\ufffc\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}";

/** Code points without a width, for character classes. */
export const ZERO_WIDTH = "\\p{Cf}\\p{Default_Ignorable_Code_Point}";

const NOTHING = new RegExp(`^[${BLANKS}${ZERO_WIDTH}]*$`, "u");

// The parts are disjoint, so that matching is linear.
const BLANK_RUN = new RegExp(
  `[${BLANKS}](?:(?:(?![${BLANKS}])[${ZERO_WIDTH}])*[${BLANKS}]){2,}`,
  "gu",
);

/** Whether a text draws nothing. */
export function isBlank(text: string): boolean {
  return NOTHING.test(text);
}

/** Makes each run of three or more blanks one space. */
export function squeezeBlanks(text: string): string {
  return text.replace(BLANK_RUN, " ");
}
