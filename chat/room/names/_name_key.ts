/**
 * Returns the same key for all spellings of a nickname: composed or not, in full
 * width or not, in any case.
 */
export function nameKey(text: string): string {
  return foldCase(text.normalize("NFKC").trim());
}

/** Returns the same key for all spellings of the name of a room. */
export function roomKey(text: string): string {
  return nameKey(text.normalize("NFKC").trim().replace(/^#+/, ""));
}

/**
 * Folds the case of each character by itself, as `toLowerCase()` of a word depends
 * on neighbours (the Greek sigma); and through both cases, as some letters are
 * equal in only one of them (`ß`, `ẞ` and `SS`).
 */
export function foldCase(text: string): string {
  const parts: string[] = [];
  for (const character of text) {
    parts.push(character.toLowerCase().toUpperCase());
  }
  return parts.join("").normalize("NFKC");
}
