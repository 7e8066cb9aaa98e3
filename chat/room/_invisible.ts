/**
 * Controls, format characters (bidirectional and zero-width ones among them),
 * halves of surrogate pairs, private and unassigned code points, whatever fonts
 * draw nothing for, and the empty Braille cell.
 */
export const INVISIBLE: RegExp =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;
