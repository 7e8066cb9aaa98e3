import CONFUSABLES from "./confusables.txt" with { type: "text" };

/**
 * Small capitals, and letters of other alphabets that look like capitals or
 * ASCII letters at the size of a chat line, which Unicode's data keep apart.
 */
const ALSO: readonly (readonly [ascii: string, others: string])[] = [
  ["A", "\u2c80\u2c81\u1d00"],
  ["B", "\u2c82\u2c83\u0299"],
  ["b", "\u044c"],
  ["D", "\u1d05"],
  ["E", "\u2c88\u2c89\u1d07"],
  ["F", "\ua730"],
  ["G", "\u0262"],
  ["H", "\u2c8f\u029c"],
  ["i", "\u2c93"],
  ["J", "\u1d0a"],
  ["K", "\u2c95\u1d0b\u0138"],
  ["L", "\u029f"],
  ["l", "\u04cf"],
  ["M", "\u2c99\u1d0d"],
  ["m", "\u043c"],
  ["N", "\u2c9b\u0274"],
  ["n", "\u03b7"],
  ["P", "\u2ca3\u1d18"],
  ["Q", "\u051a"],
  ["R", "\u0280"],
  ["T", "\u2ca7\u1d1b"],
  ["w", "\u03c9"],
  ["x", "\u2cad\u03c7"],
  ["Y", "\u2ca9\u028f"],
  ["3", "\u0437"],
];

/**
 * Lower-case letters. A look-alike of `l` that is not one may stand for `I`, and so
 * may the small palochka.
 */
const LOWER_CASE = /(?!\u04cf)\p{Ll}/u;

/** The prototype of each character, created at the first use. */
let prototypes: Map<string, string> | undefined;

function readPrototypes(): Map<string, string> {
  const map = new Map<string, string>();
  const also = new Map(
    ALSO.flatMap(([ascii, others]) =>
      [...others].map((other) => [other, ascii] as const)
    ),
  );
  const entries = CONFUSABLES.replace(/^#.*$/gm, "").trim().split(/\s+/);
  for (const entry of entries) {
    const [prototype, sources] = entry.split("=");
    const look = Array.from(
      fromHex(prototype.split("+")),
      (character) => also.get(character) ?? character,
    ).join("");
    for (const source of fromHex(sources.split(","))) map.set(source, look);
  }
  for (const [other, ascii] of also) map.set(other, ascii);
  return map;
}

function fromHex(codes: readonly string[]): string {
  return String.fromCodePoint(...codes.map((code) => parseInt(code, 16)));
}

/**
 * Replaces each character by its prototype (UTS 39 section 4): texts that look alike
 * give the same result. ASCII characters are kept: see {@linkcode mergeAsciiTwins}.
 *
 * @param text Text in NFKC.
 * @param upright The prototype of letters that look like `l`, `I` and `1` and are not
 * lower-case letters.
 */
export function skeleton(text: string, upright: "l" | "I" = "l"): string {
  prototypes ??= readPrototypes();
  const parts: string[] = [];
  for (const character of text.normalize("NFD")) {
    const look = character < "\x80" ? undefined : prototypes.get(character);
    if (look === "l" && !LOWER_CASE.test(character)) parts.push(upright);
    // The prototype of "m" is "rn", which has no upper case.
    else parts.push(look === "rn" ? "m" : look ?? character);
  }
  // A second dot over i and j is invisible.
  return parts.join("").replace(/([ij])[\u0307\u0358]+/g, "$1").normalize(
    "NFD",
  );
}

/** Unifies ASCII characters that look alike in some fonts. */
export function mergeAsciiTwins(text: string): string {
  return text.replace(/[I1|]/g, "l").replaceAll("0", "O")
    .replaceAll("m", "rn");
}
