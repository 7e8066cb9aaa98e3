import { isLongerThan } from "./_is_longer_than.ts";

/** The most characters a name may have, counted in code points. */
export const MAX_NAME_LENGTH = 32;

/**
 * Controls, format characters (bidirectional and zero-width ones among them),
 * halves of surrogate pairs, private and unassigned code points, whatever fonts
 * draw nothing for, and the empty Braille cell.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Which rule a name breaks by its characters. */
export type NameFault =
  | "empty"
  | "space"
  | "invisible"
  | "slash"
  | "mark"
  | "too-long";

/**
 * Finds the first rule that the name of a user or a room breaks. How it looks is
 * up to the caller.
 *
 * @param typed The name as typed.
 * @param shown The name as it would be shown.
 */
export function nameFault(typed: string, shown: string): NameFault | undefined {
  // JavaScript counts this zero-width character as white space, and trims it.
  if (typed.includes("\ufeff")) return "invisible";
  if (shown === "") return "empty";
  if (/\s/.test(shown)) return "space";
  if (INVISIBLE.test(shown)) return "invisible";
  if (shown.startsWith("/")) return "slash";
  if (/^\p{M}/u.test(shown)) return "mark";
  return isLongerThan(shown, MAX_NAME_LENGTH) ? "too-long" : undefined;
}
