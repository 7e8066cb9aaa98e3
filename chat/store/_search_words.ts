// Texts are cut into words here and not by FTS5, whose tokenizers find no Chinese
// words of two characters, and know an old version of Unicode.

/** The most characters of a query that count. */
const MAX_QUERY = 200;

/** The most UTF-16 units of a word that count. */
const MAX_WORD = 64;

/** Scripts without spaces between words, or with endings attached to them. */
const UNSPACED = [
  ...["Han", "Bopomofo", "Hiragana", "Katakana", "Hangul"],
  ...["Thai", "Lao", "Khmer", "Myanmar"],
].map((script) => `\\p{scx=${script}}`).join("");

const LETTERS = String.raw`\p{L}\p{M}\p{N}`;

const EMOJI = String.raw`\p{Extended_Pictographic}`;

/** Runs of letters; group 1 has those of unspaced scripts, and emoji. */
const RUNS = new RegExp(
  `([[${UNSPACED}${EMOJI}]&&[${LETTERS}${EMOJI}]]+)|[[${LETTERS}]--[${UNSPACED}]]+`,
  "gv",
);

/** The fewest letters that longer words are found by: fewer ones begin too many. */
const MIN_PREFIX = 3;

/** A quoted phrase, or a run without spaces. */
const TERMS = /"([^"]*)"?|[^\s"]+/g;

/**
 * Returns the words of a text for the index, separated by spaces. A run of Chinese
 * `abc` has the words `ab`, `bc` and `c`: one begins at each character, so that any
 * part of the run is a prefix of words in a row.
 */
export function indexWords(text: string): string {
  return wordsOf(fold(text)).join(" ");
}

/**
 * Returns the expression of FTS5 for a query, or `undefined` if it has no words. A
 * text must have all terms: quoted ones as they are, others may go on.
 */
export function matchExpression(query: string): string | undefined {
  const start = [...query].slice(0, MAX_QUERY).join("");
  const folded = fold(start).replace(/[“”„]/g, '"');
  const phrases = Array.from(
    folded.matchAll(TERMS),
    ([term, quoted]) => phraseOf(quoted ?? term, quoted === undefined),
  ).filter((phrase) => phrase !== "");
  return phrases.length === 0 ? undefined : phrases.join(" AND ");
}

/** Words in a row. They consist of letters alone, so that nothing is escaped. */
function phraseOf(term: string, mayGoOn: boolean): string {
  const words = wordsOf(term);
  const last = Array.from(term.matchAll(RUNS)).at(-1);
  if (last === undefined) return "";
  const pairs = last[1] === undefined ? 0 : [...last[1]].length;
  // The last character alone would only match the end of a run.
  if (pairs > 1) words.pop();
  const isPrefix = pairs === 1 ||
    (pairs === 0 && mayGoOn && last[0].length >= MIN_PREFIX);
  return `"${words.join(" ")}"${isPrefix ? " *" : ""}`;
}

function wordsOf(folded: string): string[] {
  const words: string[] = [];
  for (const [run, unspaced] of folded.matchAll(RUNS)) {
    if (unspaced === undefined) {
      words.push(run.slice(0, MAX_WORD));
      continue;
    }
    const characters = [...unspaced];
    for (const [index, character] of characters.entries()) {
      words.push(character + (characters[index + 1] ?? ""));
    }
  }
  return words;
}

/** Folds case and width. Both cases, as some letters are equal in one only. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().toUpperCase().normalize("NFKC");
}
