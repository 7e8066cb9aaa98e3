/** The longest secret; the link of an invitation may have a long address. */
const MAX_LENGTH = 4096;

/** A sequence of a key such as an arrow (ECMA-48). */
// deno-lint-ignore no-control-regex
const KEY_SEQUENCES = /\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])/g;

/**
 * Takes a secret from the keys of a terminal in raw mode, without an echo. Enter ends
 * it, Backspace removes a character, Ctrl+U all of them.
 */
export class SecretInput {
  #letters: string[] = [];

  /**
   * Takes keys.
   *
   * @returns The secret and the keys behind it, or that the user wants to leave
   * (Ctrl+C, or Ctrl+D as the first key); `undefined` if more is to come.
   */
  push(text: string):
    | { readonly secret: string | undefined; readonly rest: string }
    | undefined {
    const keys = [...text.replace(KEY_SEQUENCES, "")];
    for (const [at, key] of keys.entries()) {
      const rest = keys.slice(at + 1).join("");
      switch (key) {
        case "\r":
        case "\n":
          return { secret: this.#letters.join("").trim(), rest };
        case "\x03":
          return { secret: undefined, rest };
        case "\x04":
          if (this.#letters.length === 0) return { secret: undefined, rest };
          break;
        case "\b":
        case "\x7f":
          this.#letters.pop();
          break;
        case "\x15":
          this.#letters = [];
          break;
        default: {
          const isControl = key < " ";
          if (isControl || this.#letters.length >= MAX_LENGTH) break;
          this.#letters.push(key);
        }
      }
    }
    return undefined;
  }
}
