/** A piece of a text; a web address has an `href`. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
}

/** The closing brackets, with those that open them. */
const OPENING: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);

/** Punctuation that ends a sentence or a mark, rather than an address. */
const PUNCTUATION = /[.,;:!?'*_~\u2026\u3002\uff0c]/;

/** Splits a text at the web addresses in it. */
export function splitLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/giu)) {
    const address = trimAddress(match[0]);
    const href = toHref(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** Removes the punctuation of the sentence around an address. */
function trimAddress(address: string): string {
  const counts = new Map<string, number>();
  for (const character of address) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const count = (character: string) => counts.get(character) ?? 0;
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    const opening = OPENING.get(last);
    const isExtra = opening === undefined
      ? PUNCTUATION.test(last)
      : count(last) > count(opening);
    if (!isExtra) break;
    counts.set(last, count(last) - 1);
  }
  return address.slice(0, end);
}

/** Only http: and https: become links; a name before the host misleads. */
function toHref(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!/^https?:$/.test(url?.protocol ?? "")) return undefined;
  return url?.username === "" && url.password === "" ? url.href : undefined;
}
