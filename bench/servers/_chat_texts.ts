/** Words by how often they are used, the most frequent first. */
const WORDS = 20_000;

/** Chinese characters, likewise. */
const CHARACTERS = 3_000;

const FIRST_CHARACTER = 0x4e00;

const LETTERS = "etaoinshrdlcumwfgypbvk";

/** Makes the same messages at each run, a third of them Chinese. */
export class ChatTexts {
  #state = 1;

  /** A message of 2 to 17 words, or of 4 to 19 characters. */
  next(): string {
    if (this.below(10) >= 3) {
      return Array.from(
        { length: 2 + this.below(16) },
        () => wordAt(this.rank(WORDS)),
      ).join(" ");
    }
    return Array.from(
      { length: 4 + this.below(16) },
      () => characterAt(this.rank(CHARACTERS)),
    ).join("");
  }

  /** A whole number from 0 to below a limit. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * limit);
  }

  /** A rank, as often as words of that rank are used (Zipf's law). */
  rank(most: number): number {
    return Math.floor(Math.exp(this.below(2 ** 31) / 2 ** 31 * Math.log(most)));
  }
}

/** The word of a rank from 1 on; frequent ones are short. */
export function wordAt(rank: number): string {
  const length = 2 + Math.floor(Math.log2(rank) / 1.6);
  let rest = rank * 7919 + 13;
  let word = "";
  for (let index = 0; index < length; index++) {
    word += LETTERS[rest % LETTERS.length];
    rest = Math.floor(rest / 3) + rank * (index + 1);
  }
  return word;
}

/** The Chinese character of a rank from 1 on. */
export function characterAt(rank: number): string {
  return String.fromCodePoint(FIRST_CHARACTER + rank);
}
