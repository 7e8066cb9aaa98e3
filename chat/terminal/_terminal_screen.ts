import type { EditorView } from "./_line_editor.ts";
import { textWidth } from "./_terminal_width.ts";

/** To the start of the row, and nothing behind. */
const CLEAR_ROW = "\r\x1b[K";
/** To the start of the row, and nothing behind or below. */
const CLEAR_BELOW = "\r\x1b[J";

/**
 * What a terminal has to be sent so that there is always one row at the bottom
 * where somebody types, and text above it that nobody writes into. The row is
 * narrower than the terminal, so that it never wraps.
 */
export class TerminalScreen {
  #columns: number;
  #prompt = "";
  #view: EditorView = { text: "", column: 0 };

  constructor(columns: number) {
    this.#columns = Math.max(1, columns);
  }

  /** How many columns there are. */
  get columns(): number {
    return this.#columns;
  }

  /** Prints lines above the row. They must have no control characters of others. */
  print(lines: readonly string[]): string {
    if (lines.length === 0) return "";
    return `${CLEAR_ROW}${lines.join("\r\n")}\r\n${this.#row()}`;
  }

  /** Draws the row. */
  draw(prompt: string, view: EditorView): string {
    this.#prompt = prompt;
    this.#view = view;
    return CLEAR_ROW + this.#row();
  }

  /** Draws the row in a terminal that is wider or narrower now. */
  resize(columns: number, prompt: string, view: EditorView): string {
    // A terminal that became narrower has broken the row into several.
    const column = textWidth(this.#prompt) + this.#view.column;
    this.#columns = Math.max(1, columns);
    const rows = Math.floor(column / this.#columns);
    this.#prompt = prompt;
    this.#view = view;
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    return `${up}${CLEAR_BELOW}${this.#row()}`;
  }

  /** Clears everything and draws the row at the top. */
  clear(): string {
    return `\x1b[H\x1b[2J${this.#row()}`;
  }

  /** Takes the row away, at the end. */
  end(): string {
    this.#prompt = "";
    this.#view = { text: "", column: 0 };
    return CLEAR_BELOW;
  }

  #row(): string {
    const column = textWidth(this.#prompt) + this.#view.column;
    const move = column > 0 ? `\r\x1b[${column}C` : "\r";
    return `${this.#prompt}${this.#view.text}${move}`;
  }
}
