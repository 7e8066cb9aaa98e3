// Letters of other alphabets that most fonts draw like the ASCII character
// before them, in the upper and the lower case. They are written as escapes
// since nobody could tell them apart here. What NFKC maps already (full width,
// mathematical letters) is not listed.
const LOOK_ALIKES: readonly (readonly [ascii: string, others: string])[] = [
  // Cyrillic, Greek, Cherokee, Latin
  ["A", "\u0410\u0391\u13aa"],
  ["a", "\u0430\u03b1\u0251"],
  ["B", "\u0412\u0392\u13f4"],
  ["b", "\u0432\u044c\u042c"],
  ["C", "\u0421\u13df"],
  ["c", "\u0441"],
  ["D", "\u13a0"],
  ["d", "\u0501"],
  ["E", "\u0415\u0395\u13ac"],
  ["e", "\u0435\u04bd"],
  ["F", "\u03dc"],
  ["G", "\u050c\u13c0"],
  ["g", "\u0261\u0581"],
  ["H", "\u041d\u0397\u13bb"],
  ["h", "\u043d\u04bb\u0570"],
  ["I", "\u0406\u0399\u04c0"],
  ["i", "\u0456\u03b9\u0131"],
  ["J", "\u0408\u037f\u13ab"],
  ["j", "\u0458\u03f3"],
  ["K", "\u041a\u039a\u13e6"],
  ["k", "\u043a\u03ba"],
  ["L", "\u13de"],
  ["l", "\u04cf\u01c0"],
  ["M", "\u041c\u039c\u13b7"],
  ["m", "\u043c"],
  ["N", "\u039d"],
  ["n", "\u03b7\u0578"],
  ["O", "\u041e\u039f\u0555"],
  ["o", "\u043e\u03bf\u03c3\u0585"],
  ["P", "\u0420\u03a1\u13e2"],
  ["p", "\u0440\u03c1"],
  ["Q", "\u051a"],
  ["q", "\u051b\u0566"],
  ["R", "\u13a1"],
  ["r", "\u0433"],
  ["S", "\u0405\u054f\u13da"],
  ["s", "\u0455"],
  ["T", "\u0422\u03a4\u13a2"],
  ["t", "\u0442\u03c4"],
  ["U", "\u054d"],
  ["u", "\u03c5\u057d"],
  ["V", "\u0474\u13d9"],
  ["v", "\u0475\u03bd"],
  ["W", "\u051c\u13b3"],
  ["w", "\u051d\u03c9"],
  ["X", "\u0425\u03a7"],
  ["x", "\u0445\u03c7"],
  ["Y", "\u0423\u04ae\u03a5\u13a9"],
  ["y", "\u0443\u04af\u03b3"],
  ["Z", "\u0396\u13c3"],
  ["3", "\u0417\u0437"],
  [":", "\u02f8\u0589\u05c3\u2236\ua789"],
];

const ASCII_OF: ReadonlyMap<string, string> = new Map(
  LOOK_ALIKES.flatMap(([ascii, others]) =>
    [...others].map((other) => [other, ascii] as const)
  ),
);

/**
 * Replaces each letter of another alphabet that looks like an ASCII character by
 * that character, in its case: what is left is how the text looks.
 *
 * @param text Text in NFKC.
 */
export function skeleton(text: string): string {
  const parts: string[] = [];
  for (const character of text.normalize("NFD")) {
    parts.push(ASCII_OF.get(character) ?? character);
  }
  // An i and a j have their dot already: another one over it can't be seen.
  return parts.join("").replace(/([ij])\u0307+/g, "$1");
}
