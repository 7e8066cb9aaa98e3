/**
 * Whether a text has more code points than allowed, without counting all those of
 * a long text.
 */
export function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false;
  return text.length > 2 * codePoints || [...text].length > codePoints;
}
