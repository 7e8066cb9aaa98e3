/**
 * The small parts of HTTP's grammar (RFC 9110 section 5.6), read in one pass
 * each: nothing here takes longer than in proportion to its input.
 *
 * @module
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Everything but visible characters, spaces, tabs and bytes from 0x80 on. */
const NOT_FIELD_TEXT = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether text is a token: a method, a field name, a subprotocol. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether text can be the value of a header field, without line breaks. */
export function isFieldValue(text: string): boolean {
  return !NOT_FIELD_TEXT.test(text);
}

/** Whether a character is what may stand around values. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Takes spaces and tabs off both ends.
 *
 * @param text What holds the value.
 * @param start Its place.
 * @param end The place after it.
 */
export function trimBlanks(
  text: string,
  start = 0,
  end: number = text.length,
): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/**
 * Splits a comma-separated list and leaves empty elements out, as its reader
 * has to (RFC 9110 section 5.6.1.2). Commas in quoted strings are not looked
 * for: use it for lists of tokens.
 */
export function splitList(value: string): string[] {
  const elements: string[] = [];
  let start = 0;
  while (start <= value.length) {
    const comma = value.indexOf(",", start);
    const end = comma === -1 ? value.length : comma;
    const element = trimBlanks(value, start, end);
    if (element !== "") elements.push(element);
    start = end + 1;
  }
  return elements;
}

/**
 * Whether a comma-separated list has an element, in whatever case.
 *
 * @param value The list, `undefined` for none.
 * @param element The element in lower case.
 */
export function listIncludes(
  value: string | undefined,
  element: string,
): boolean {
  if (value === undefined) return false;
  // Mostly it is the only one.
  if (value.length === element.length) return value.toLowerCase() === element;
  return splitList(value).some((found) => found.toLowerCase() === element);
}

/** Turns a string of bytes, each a character up to U+00FF, into those bytes. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    bytes[index] = text.charCodeAt(index);
  }
  return bytes;
}

/** Turns text into Base64 of its UTF-8, as Basic credentials need it. */
export function encodeBase64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}
