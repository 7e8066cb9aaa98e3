/** The colours that a line may have; none in a terminal without. */
export interface Palette {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly whisper: (text: string) => string;
  /** Code, and the styles of emphasis; `dim` is for their marks. */
  readonly code: (text: string) => string;
  readonly emphasis: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly link: (text: string) => string;
  /** The same colour for the same nickname. */
  readonly name: (nickname: string) => string;
}

const same = (text: string) => text;

/** Text as it is. */
export const PLAIN: Palette = {
  dim: same,
  bold: same,
  warn: same,
  whisper: same,
  code: same,
  emphasis: same,
  strong: same,
  link: same,
  name: same,
};

/** The colours of nicknames: all but black, white, and red, which warns. */
const NAME_COLOURS: readonly number[] = [
  ...[32, 33, 34, 35, 36, 92, 93, 94, 95, 96],
];

/** Text with colours (ECMA-48, SGR). */
export const COLOURED: Palette = {
  dim: (text) => paint(2, text),
  bold: (text) => paint(1, text),
  warn: (text) => paint(31, text),
  whisper: (text) => paint(35, text),
  code: (text) => paint(36, text),
  emphasis: (text) => paint(3, text),
  strong: (text) => paint(1, text),
  link: (text) => paint(4, text),
  name: (nickname) => {
    let sum = 0;
    for (const character of nickname) {
      sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
    }
    return paint(NAME_COLOURS[sum % NAME_COLOURS.length] ?? 36, nickname);
  },
};

function paint(code: number, text: string): string {
  return `\x1b[${code}m${text}\x1b[0m`;
}
