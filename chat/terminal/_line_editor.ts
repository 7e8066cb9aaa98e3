import { stripControls } from "../room/text/_clean_text.ts";
import type { Key, KeyName } from "./_terminal_keys.ts";
import { characterWidth, toCharacters } from "./_terminal_width.ts";

/** The most bytes of a line; more can't be typed. */
const MAX_BYTES = 4096;
/** The most lines that the arrow keys bring back. */
const MAX_HISTORY = 200;

const ENCODER = new TextEncoder();

/** What a key leads to, beside another look of the line. */
export type EditorOutcome =
  | { readonly type: "line"; readonly text: string }
  | { readonly type: "interrupt" | "end" | "redraw" };

/** Finds what the word before the cursor may become. */
export type Completer = (before: string) => readonly string[];

/** The part of the line that is to be seen. */
export interface EditorView {
  readonly text: string;
  /** The column of the cursor in it. */
  readonly column: number;
}

/**
 * The line that somebody types: keys in, lines out. It knows nothing of a
 * terminal but how wide it is.
 */
export class LineEditor {
  readonly #complete: Completer;
  readonly #history: string[] = [];
  #characters: string[] = [];
  #cursor = 0;
  #scroll = 0;
  /** Where in the history; its length for the line that is being written. */
  #place = 0;
  #draft = "";
  #completion: Completion | undefined;
  /** Whether lines go into the history. */
  remembers = true;

  constructor(complete: Completer = () => []) {
    this.#complete = complete;
  }

  /** The line as it is now. */
  get text(): string {
    return this.#characters.join("");
  }

  /** Puts a text in place of the line. */
  setText(text: string): void {
    this.#characters = toCharacters(text);
    this.#cursor = this.#characters.length;
    this.#completion = undefined;
  }

  /** Takes a key. */
  press(key: Key): EditorOutcome[] {
    if (key.type === "key" && key.name === "tab") {
      this.#completeWord();
      return [];
    }
    this.#completion = undefined;
    if (key.type === "text") {
      this.#insert(key.text);
      return [];
    }
    return key.type === "paste" ? this.#paste(key.text) : this.#act(key.name);
  }

  /** The part that fits into so many columns, with the cursor in it. */
  view(columns: number): EditorView {
    const room = Math.max(2, columns);
    this.#scroll = Math.min(this.#scroll, this.#cursor);
    while (this.#widthOf(this.#scroll, this.#cursor) > room - 1) this.#scroll++;
    // What was scrolled away comes back when there is room for all of it.
    const all = this.#characters.length;
    while (
      this.#scroll > 0 && this.#widthOf(this.#scroll - 1, all) <= room - 1
    ) this.#scroll--;
    let width = 0;
    let end = this.#scroll;
    while (end < all) {
      width += characterWidth(this.#characters[end] ?? "");
      if (width > room - 1) break;
      end++;
    }
    return {
      text: this.#characters.slice(this.#scroll, end).join(""),
      column: this.#widthOf(this.#scroll, this.#cursor),
    };
  }

  #act(name: KeyName): EditorOutcome[] {
    const all = this.#characters.length;
    switch (name) {
      case "enter":
        return [this.#submit()];
      case "interrupt":
        return [{ type: "interrupt" }];
      case "redraw":
        return [{ type: "redraw" }];
      case "end-of-input":
        if (all === 0) return [{ type: "end" }];
        this.#remove(this.#cursor, this.#cursor + 1);
        return [];
      case "left":
        this.#cursor = Math.max(0, this.#cursor - 1);
        return [];
      case "right":
        this.#cursor = Math.min(all, this.#cursor + 1);
        return [];
      case "home":
        this.#cursor = 0;
        return [];
      case "end":
        this.#cursor = all;
        return [];
      case "word-left":
        this.#cursor = this.#wordStart();
        return [];
      case "word-right":
        this.#cursor = this.#wordEnd();
        return [];
      case "backspace":
        this.#remove(this.#cursor - 1, this.#cursor);
        return [];
      case "delete":
        this.#remove(this.#cursor, this.#cursor + 1);
        return [];
      case "delete-word":
        this.#remove(this.#wordStart(), this.#cursor);
        return [];
      case "delete-before":
        this.#remove(0, this.#cursor);
        return [];
      case "delete-after":
        this.#remove(this.#cursor, all);
        return [];
      case "up":
        this.#recall(this.#place - 1);
        return [];
      case "down":
        this.#recall(this.#place + 1);
        return [];
      case "tab":
        return [];
    }
  }

  #submit(): EditorOutcome {
    const { text } = this;
    const isNew = text.trim() !== "" && text !== this.#history.at(-1);
    if (isNew && this.remembers) this.#history.push(text);
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
    this.#place = this.#history.length;
    this.#draft = "";
    this.setText("");
    return { type: "line", text };
  }

  /** Each line end of a paste is an Enter. */
  #paste(text: string): EditorOutcome[] {
    const lines = text.split(/\r\n|\r|\n/);
    const last = lines.pop() ?? "";
    const outcomes: EditorOutcome[] = [];
    for (const line of lines) {
      this.#insert(line);
      outcomes.push(this.#submit());
    }
    this.#insert(last);
    return outcomes;
  }

  #insert(typed: string): void {
    const text = stripControls(typed).toWellFormed();
    const before = this.#characters.slice(0, this.#cursor).join("");
    const after = this.#characters.slice(this.#cursor).join("");
    const room = MAX_BYTES - byteLength(before) - byteLength(after);
    const fitting = cutToBytes(text, room);
    // What is typed may join the character before, as an accent does.
    this.#cursor = toCharacters(before + fitting).length;
    this.#characters = toCharacters(before + fitting + after);
    this.#cursor = Math.min(this.#cursor, this.#characters.length);
  }

  #remove(from: number, to: number): void {
    const start = Math.max(0, from);
    const count = Math.min(to, this.#characters.length) - start;
    if (count <= 0) return;
    this.#characters.splice(start, count);
    this.#cursor = start;
  }

  #recall(place: number): void {
    if (place < 0 || place > this.#history.length) return;
    if (this.#place === this.#history.length) this.#draft = this.text;
    this.#place = place;
    this.setText(this.#history[place] ?? this.#draft);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && this.#isSpace(at - 1)) at--;
    while (at > 0 && !this.#isSpace(at - 1)) at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#characters.length && this.#isSpace(at)) at++;
    while (at < this.#characters.length && !this.#isSpace(at)) at++;
    return at;
  }

  #isSpace(at: number): boolean {
    return (this.#characters[at] ?? "").trim() === "";
  }

  /** Tab again goes to the next of what the word may become. */
  #completeWord(): void {
    const completion = this.#completion ?? this.#startCompletion();
    if (completion === undefined) return;
    const { head, tail, words } = completion;
    const word = words[completion.next % words.length] ?? "";
    completion.next++;
    this.setText(head + word + tail);
    this.#cursor = toCharacters(head + word).length;
    this.#completion = completion;
  }

  #startCompletion(): Completion | undefined {
    const before = this.#characters.slice(0, this.#cursor).join("");
    const words = this.#complete(before);
    if (words.length === 0) return undefined;
    const head = before.slice(0, before.lastIndexOf(" ") + 1);
    const tail = this.#characters.slice(this.#cursor).join("");
    return { head, tail, words, next: 0 };
  }

  #widthOf(from: number, to: number): number {
    let width = 0;
    for (let at = from; at < to; at++) {
      width += characterWidth(this.#characters[at] ?? "");
    }
    return width;
  }
}

interface Completion {
  readonly head: string;
  readonly tail: string;
  readonly words: readonly string[];
  next: number;
}

function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}

function cutToBytes(text: string, room: number): string {
  if (byteLength(text) <= room) return text;
  let cut = "";
  let left = room;
  for (const character of toCharacters(text)) {
    left -= byteLength(character);
    if (left < 0) break;
    cut += character;
  }
  return cut;
}
