import { skeleton } from "./_confusables.ts";

/** The mark, as it is and in full width. */
const MARKS = /^ *[~\uff5e]+/;

/**
 * Where a proxy signs users in, the nicknames of those who come without it begin with
 * this mark. So they can neither take nor imitate the name of an account, which has
 * none, whether its user is there or not.
 */
export const MARK = "~";

/** A nickname as typed, without the mark. */
export function withoutMark(text: string): string {
  return text.replace(MARKS, "");
}

/** Whether a name begins with the mark, or with a character that looks like it. */
export function isMarked(name: string): boolean {
  return skeleton(name.normalize("NFKC").trim()).startsWith(MARK);
}
