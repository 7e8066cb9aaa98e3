/** The styles of a line's parts: functions that add them to a text. */
export type Palette = ReturnType<typeof makePalette>;

/** The colours of nicknames: all but black, white, and red, which warns. */
const NAME_COLOURS: readonly number[] = [
  ...[32, 33, 34, 35, 36, 92, 93, 94, 95, 96],
];

/** Text as it is, for a terminal without colours. */
export const PLAIN: Palette = makePalette((_code, text) => text);

/** Text with colours (ECMA-48, SGR). */
export const COLOURED: Palette = makePalette(
  (code, text) => `\x1b[${code}m${text}\x1b[0m`,
);

function makePalette(paint: (code: number, text: string) => string) {
  const style = (code: number) => (text: string) => paint(code, text);
  return {
    dim: style(2),
    bold: style(1),
    warn: style(31),
    whisper: style(35),
    // Code, and the styles of emphasis; `dim` is for their marks.
    code: style(36),
    emphasis: style(3),
    strong: style(1),
    link: style(4),
    /** The same colour for the same nickname. */
    name: (nickname: string) => paint(colourOf(nickname), nickname),
  } as const;
}

function colourOf(nickname: string): number {
  let sum = 0;
  for (const character of nickname) {
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  }
  return NAME_COLOURS[sum % NAME_COLOURS.length] ?? 36;
}
