import { assertEquals } from "@std/assert";
import { TerminalScreen } from "../../../chat/terminal/_terminal_screen.ts";
import {
  characterWidth,
  toCharacters,
} from "../../../chat/terminal/_terminal_width.ts";

/** So much of a terminal as a screen needs. */
class FakeTerminal {
  readonly rows: string[][] = [[]];
  row = 0;
  column = 0;

  /** The rows as text. */
  get text(): string[] {
    return this.rows.map((cells) => cells.join("").trimEnd());
  }

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    const pattern = /\x1b\[([0-9;]*)([A-Z])|\r|\n|[^\x1b\r\n]+/g;
    for (const [piece, digits = "", final] of text.matchAll(pattern)) {
      if (piece === "\r") this.column = 0;
      else if (piece === "\n") this.#down();
      else if (final === undefined) this.#put(piece);
      else this.#control(final, Number(digits || 1));
    }
  }

  #down(): void {
    this.row++;
    this.rows[this.row] ??= [];
  }

  #put(text: string): void {
    const cells = this.rows[this.row] ?? [];
    for (const character of toCharacters(text)) {
      while (cells.length < this.column) cells.push(" ");
      const width = characterWidth(character);
      cells[this.column] = character;
      for (let n = 1; n < width; n++) cells[this.column + n] = "";
      this.column += width;
    }
  }

  #control(final: string, count: number): void {
    const cells = this.rows[this.row];
    if (final === "C") this.column += count;
    if (final === "A") this.row -= count;
    if (final === "K" || final === "J") cells?.splice(this.column);
    if (final === "J") this.rows.splice(this.row + 1);
  }
}

Deno.test("TerminalScreen keeps what is typed below what is printed", () => {
  const screen = new TerminalScreen(40);
  const terminal = new FakeTerminal();
  terminal.write(screen.draw("[lobby] ", { text: "hel", column: 3 }));
  terminal.write(screen.print(["bob: one", "bob: two"]));
  assertEquals(terminal.text, ["bob: one", "bob: two", "[lobby] hel"]);
  assertEquals([terminal.row, terminal.column], [2, 11]);

  terminal.write(screen.draw("[lobby] ", { text: "日本 x", column: 4 }));
  assertEquals(terminal.text[2], "[lobby] 日本 x");
  assertEquals(terminal.column, 12);
  terminal.write(screen.print([]));
  terminal.write(screen.end());
  assertEquals(terminal.text, ["bob: one", "bob: two", ""]);
});

Deno.test("TerminalScreen clears the rows that a narrower terminal makes of one", () => {
  const screen = new TerminalScreen(40);
  const terminal = new FakeTerminal();
  const view = { text: "0123456789", column: 10 };
  terminal.write(screen.print(["bob: one"]));
  terminal.write(screen.draw("> ", view));
  // The terminal breaks the row at 8 columns.
  terminal.rows.splice(1, 1, [..."> 012345"], [..."6789"]);
  terminal.row = 2;
  terminal.column = 4;
  const narrow = { text: "6789", column: 4 };
  terminal.write(screen.resize(8, "> ", narrow));
  assertEquals(terminal.text, ["bob: one", "> 6789"]);
  assertEquals([terminal.row, terminal.column], [1, 6]);
  assertEquals(screen.columns, 8);
});
