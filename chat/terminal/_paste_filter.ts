import { stripControls } from "../room/text/_clean_text.ts";

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** The most UTF-16 units that are taken of one paste. */
const MAX_PASTE = 64 * 1024;

/**
 * Stands for a line break in the line that is being typed: `node:readline` edits one
 * line.
 */
const LINE_BREAK = "\u23ce";

/** Alt and Enter. */
// deno-lint-ignore no-control-regex
const ALT_ENTER = /\x1b[\r\n]/g;

/** Makes a typed line the text that it stands for. */
export function toMessage(line: string): string {
  return line.replaceAll(LINE_BREAK, "\n");
}

/**
 * Handles bracketed pastes, which `node:readline` in Deno 2.9 does not know: it
 * removes their marks from the input, and turns a paste into plain text. Line breaks
 * become a mark, so that the paste is one message, as Alt and Enter does; one at the
 * end is removed. Tabs become spaces, other control characters are removed.
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
      if (this.#paste === undefined) {
        output += before.replaceAll(ALT_ENTER, LINE_BREAK);
      } else this.#paste = (this.#paste + before).slice(0, MAX_PASTE);
      if (at === -1) return output;
      output += toTyped(this.#paste ?? "");
      this.#paste = this.#paste === undefined ? "" : undefined;
    }
  }

  /** How much of the end may be the beginning of a mark. */
  #partOf(mark: string): number {
    // A lone Esc outside a paste is the key.
    const least = this.#paste === undefined ? 2 : 1;
    for (let length = mark.length - 1; length >= least; length--) {
      if (this.#rest.endsWith(mark.slice(0, length))) return length;
    }
    return 0;
  }
}

function toTyped(paste: string): string {
  return paste.replace(/(?:\r\n|\r|\n)$/, "").split(/\r\n|\r|\n/)
    .map((line) => stripControls(line.replaceAll("\t", "  "))).join(LINE_BREAK);
}
