/**
 * Whether a text has more code points than allowed, without counting one of
 * thousands of characters to its end.
 */
export function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false;
  return text.length > 2 * codePoints || [...text].length > codePoints;
}
