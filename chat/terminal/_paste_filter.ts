import { stripControls } from "../room/text/_clean_text.ts";

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** The most UTF-16 units that are taken of one paste. */
const MAX_PASTE = 64 * 1024;

/**
 * Takes the marks of bracketed pastes out of what a terminal sends, which
 * `node:readline` does not know, and makes what is pasted plain text: line ends
 * become Enter, tabs spaces, and no other control character gets through.
 */
export class PasteFilter {
  #rest = "";
  #paste: string | undefined;

  /** Takes text as it comes, wherever it is cut. */
  push(text: string): string {
    this.#rest += text;
    let output = "";
    while (true) {
      const mark = this.#paste === undefined ? PASTE_START : PASTE_END;
      const at = this.#rest.indexOf(mark);
      const end = at === -1 ? this.#rest.length - this.#partOf(mark) : at;
      const before = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(at === -1 ? end : end + mark.length);
      if (this.#paste === undefined) output += before;
      else this.#paste = (this.#paste + before).slice(0, MAX_PASTE);
      if (at === -1) return output;
      output += toTyped(this.#paste ?? "");
      this.#paste = this.#paste === undefined ? "" : undefined;
    }
  }

  /** How much of the end may be the beginning of a mark. */
  #partOf(mark: string): number {
    // A lone Esc that is typed is the key, as nobody knows whether more follows.
    const least = this.#paste === undefined ? 2 : 1;
    for (let length = mark.length - 1; length >= least; length--) {
      if (this.#rest.endsWith(mark.slice(0, length))) return length;
    }
    return 0;
  }
}

function toTyped(paste: string): string {
  return paste.split(/\r\n|\r|\n/).map(stripControls).join("\r");
}
