import { LIMITS } from "../_limits.ts";
import { BLANKS } from "../text/_blanks.ts";
import { ASTERISKS } from "../text/_line_text.ts";
import { skeleton } from "./_confusables.ts";
import { isLongerThan } from "./_is_longer_than.ts";

/**
 * Control and format characters (also bidirectional and zero-width ones), lone
 * surrogates, private and unassigned code points, and characters that fonts do not
 * draw.
 */
const INVISIBLE = new RegExp(
  `[${BLANKS}\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Default_Ignorable_Code_Point}]`,
  "u",
);

/** More combining marks than a language needs overlay the lines around. */
const MARKS = /^\p{M}|[\p{Mn}\p{Me}]{5}/u;

/**
 * Names that begin like a line of the server (`*** Welcome`, `* alice waves`),
 * with characters that look like its marks, or consist of punctuation.
 */
const SERVER_MARKS = new RegExp(
  `^[${ASTERISKS}]|^[^\\p{L}\\p{N}\\p{Extended_Pictographic}\\p{Regional_Indicator}]*$`,
  "iu",
);

/** The mark of a private message, in any letters that look like it. */
const PRIVATE_MARK = /^\[private/i;

/** The rule that a name breaks. */
export type NameFault =
  | "empty"
  | "space"
  | "invisible"
  | "slash"
  | "mark"
  | "server-mark"
  | "too-long";

/**
 * Finds the first rule that the name of a user or a room breaks. The caller checks
 * its look.
 *
 * @param typed The name as typed.
 * @param shown The normalized name.
 */
export function nameFault(typed: string, shown: string): NameFault | undefined {
  // JavaScript trims this zero-width character as white space.
  if (typed.includes("\ufeff")) return "invisible";
  if (shown === "") return "empty";
  if (/\s/.test(shown)) return "space";
  if (INVISIBLE.test(shown)) return "invisible";
  if (shown.startsWith("/")) return "slash";
  if (MARKS.test(shown)) return "mark";
  if (SERVER_MARKS.test(shown)) return "server-mark";
  if (isLongerThan(shown, LIMITS.nameLength)) return "too-long";
  return PRIVATE_MARK.test(skeleton(shown)) ? "server-mark" : undefined;
}
