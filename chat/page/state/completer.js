// @ts-check
/** @import { KnownNames } from "../../client/core/_completion.ts" */
import { completeWord, wordBefore } from "../../client/core/_completion.ts";

/**
 * A text that takes the place of the word before the cursor.
 *
 * @typedef {object} Completion
 * @property {number} start Where it begins.
 * @property {string} text
 * @property {boolean} isLast Whether it is the typed word again.
 */

/** Goes through the completions of a word, at each call the next one. */
export class Completer {
  #known;
  /** The completions of the last call, with the typed word at the end. */
  #words = [""];
  #at = 0;
  #start = 0;
  /** The text before the cursor after the last call. @type {string | undefined} */
  #before;

  /** @param {() => KnownNames} known */
  constructor(known) {
    this.#known = known;
  }

  /**
   * The next completion, and at last the typed word.
   *
   * @param {string} before The text before the cursor.
   * @returns {Completion | undefined}
   */
  next(before) {
    if (before !== this.#before) {
      const word = wordBefore(before);
      this.#words = [...completeWord(before, this.#known()), word];
      this.#start = before.length - word.length;
      this.#at = 0;
      if (this.#words.length === 1) return undefined;
    }
    const text = this.#words[this.#at++];
    const start = this.#start;
    const isLast = this.#at === this.#words.length;
    // The only completion is the end of it.
    this.#before = isLast || this.#words.length === 2
      ? undefined
      : before.slice(0, start) + text;
    return { start, text, isLast };
  }
}
