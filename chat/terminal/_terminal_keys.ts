/** A key that does something else than write. */
export type KeyName =
  | "enter"
  | "tab"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "backspace"
  | "delete"
  | "delete-word"
  | "delete-before"
  | "delete-after"
  | "interrupt"
  | "end-of-input"
  | "redraw";

/** What was typed. */
export type Key =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "key"; readonly name: KeyName };

const ESC = "\x1b";
const PASTE_END = "\x1b[201~";

/** The most that is pasted at once, in UTF-16 units. */
const MAX_PASTE = 64 * 1024;

const CONTROLS: ReadonlyMap<string, KeyName> = new Map([
  ["\x01", "home"],
  ["\x02", "left"],
  ["\x03", "interrupt"],
  ["\x04", "end-of-input"],
  ["\x05", "end"],
  ["\x06", "right"],
  ["\x08", "backspace"],
  ["\t", "tab"],
  ["\n", "enter"],
  ["\x0b", "delete-after"],
  ["\x0c", "redraw"],
  ["\r", "enter"],
  ["\x0e", "down"],
  ["\x10", "up"],
  ["\x15", "delete-before"],
  ["\x17", "delete-word"],
  ["\x7f", "backspace"],
]);

/** What follows ESC [ or ESC O, as xterm, the Linux console and rxvt send it. */
const SEQUENCES: ReadonlyMap<string, KeyName> = new Map([
  ["A", "up"],
  ["B", "down"],
  ["C", "right"],
  ["D", "left"],
  ["H", "home"],
  ["F", "end"],
  ["1~", "home"],
  ["7~", "home"],
  ["4~", "end"],
  ["8~", "end"],
  ["3~", "delete"],
  ["1;5C", "word-right"],
  ["1;3C", "word-right"],
  ["1;5D", "word-left"],
  ["1;3D", "word-left"],
]);

const ALT: ReadonlyMap<string, KeyName> = new Map([
  ["b", "word-left"],
  ["f", "word-right"],
  ["\x7f", "delete-word"],
]);

// deno-lint-ignore no-control-regex
const WHOLE_SEQUENCE = /^\x1b\[([0-?]*[ -/]*[@-~])|^\x1bO([@-~])/;
// deno-lint-ignore no-control-regex
const PART_OF_SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Turns what a terminal in raw mode sends into keys, wherever it is cut. Keys
 * that nobody knows do nothing. A paste, where the terminal brackets it, is one
 * key.
 */
export class KeyDecoder {
  #rest = "";
  #paste: string | undefined;

  /** Whether the beginning of a sequence is there, maybe only the key Esc. */
  get isPending(): boolean {
    return this.#rest !== "" && this.#paste === undefined;
  }

  /** Takes text as it comes. */
  push(text: string): Key[] {
    this.#rest += text;
    const keys: Key[] = [];
    while (this.#rest !== "") {
      const isWaiting = this.#paste === undefined
        ? this.#takeOne(keys)
        : this.#takePaste(keys);
      if (isWaiting) break;
    }
    return keys;
  }

  /** Tells that nothing followed: what is pending was the key Esc. */
  flush(): void {
    if (this.isPending) this.#rest = "";
  }

  /** Takes a key; `true` if more has to come first. */
  #takeOne(keys: Key[]): boolean {
    const rest = this.#rest;
    if (rest.startsWith(ESC)) return this.#takeEscape(keys);
    const control = CONTROLS.get(rest[0] ?? "");
    if (control !== undefined) {
      this.#rest = rest.slice(rest.startsWith("\r\n") ? 2 : 1);
      keys.push({ type: "key", name: control });
      return false;
    }
    const end = rest.search(CONTROL);
    const length = end === -1 ? rest.length : end;
    if (length > 0) keys.push({ type: "text", text: rest.slice(0, length) });
    // A control character that does nothing goes by itself.
    this.#rest = rest.slice(Math.max(1, length));
    return false;
  }

  #takeEscape(keys: Key[]): boolean {
    const rest = this.#rest;
    const match = WHOLE_SEQUENCE.exec(rest);
    if (match !== null) {
      this.#rest = rest.slice(match[0].length);
      const sequence = match[1] ?? match[2] ?? "";
      const name = SEQUENCES.get(sequence);
      if (name !== undefined) keys.push({ type: "key", name });
      if (sequence === "200~") this.#paste = "";
      return false;
    }
    if (PART_OF_SEQUENCE.test(rest)) return true;
    const name = ALT.get(rest[1] ?? "");
    if (name !== undefined) keys.push({ type: "key", name });
    // Two Esc: the second one may begin a sequence.
    this.#rest = rest.slice(rest[1] === ESC ? 1 : 2);
    return false;
  }

  #takePaste(keys: Key[]): boolean {
    const end = this.#rest.indexOf(PASTE_END);
    if (end === -1) {
      // The end itself may be cut.
      const keep = PASTE_END.length - 1;
      const length = Math.max(0, this.#rest.length - keep);
      this.#addToPaste(this.#rest.slice(0, length));
      this.#rest = this.#rest.slice(length);
      return true;
    }
    this.#addToPaste(this.#rest.slice(0, end));
    this.#rest = this.#rest.slice(end + PASTE_END.length);
    keys.push({ type: "paste", text: this.#paste ?? "" });
    this.#paste = undefined;
    return false;
  }

  #addToPaste(text: string): void {
    const paste = this.#paste ?? "";
    this.#paste = paste + text.slice(0, MAX_PASTE - paste.length);
  }
}
