/** The start of each row but the first: nothing begins below a time. */
const INDENT = " ".repeat(6);

/** The least columns for which lines are wrapped here. */
const MIN_COLUMNS = 20;

/** The first code point that may take two columns, such as those of Hangul. */
const FIRST_WIDE = 0x1100;

/** A colour (ECMA-48, SGR), or one character. */
// deno-lint-ignore no-control-regex
const TOKENS = /\x1b\[[0-9;]*m|./gsu;

/**
 * Splits a line into rows of a terminal, at spaces if there are some. If the terminal
 * did that, a text could begin a row, and look like another line.
 *
 * @param columns The width of the terminal. Characters may be taken to be wider than
 * they are, and never to be narrower.
 */
export function wrapLine(line: string, columns: number): string[] {
  if (columns < MIN_COLUMNS || 2 * line.length < columns) return [line];
  const rows: string[] = [];
  let row = "";
  let width = 0;
  /** The start of the last word of the row, and its column. */
  let word = { start: 0, column: 0 };
  for (const [token] of line.matchAll(TOKENS)) {
    const tokenWidth = widthOf(token);
    if (width + tokenWidth >= columns) {
      // A word that is too long for a row is broken.
      const moved = INDENT.length + width - word.column;
      const fits = word.start > 0 && moved + tokenWidth < columns;
      const start = fits ? word.start : row.length;
      rows.push(row.slice(0, start));
      row = INDENT + row.slice(start);
      width = fits ? moved : INDENT.length;
      word = { start: 0, column: 0 };
    }
    row += token;
    width += tokenWidth;
    if (token === " ") word = { start: row.length, column: width };
  }
  return [...rows, row];
}

function widthOf(token: string): number {
  if (token.length > 2) return 0;
  return (token.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2;
}
