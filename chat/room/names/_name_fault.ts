import { LIMITS } from "../_limits.ts";
import { isLongerThan } from "./_is_longer_than.ts";

/**
 * Control and format characters (also bidirectional and zero-width ones), lone
 * surrogates, private and unassigned code points, characters that fonts do not
 * draw, and the empty Braille cell.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The rule that a name breaks. */
export type NameFault =
  | "empty"
  | "space"
  | "invisible"
  | "slash"
  | "mark"
  | "too-long";

/**
 * Finds the first rule that the name of a user or a room breaks. The caller checks
 * what it looks like.
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
  if (/^\p{M}/u.test(shown)) return "mark";
  return isLongerThan(shown, LIMITS.nameLength) ? "too-long" : undefined;
}
