/**
 * The small parts of HTTP's grammar (RFC 9110 section 5.6), each in time that is
 * linear in its input.
 *
 * @module
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** All but visible characters, spaces, tabs and bytes from 0x80 on. */
const NOT_FIELD_TEXT = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether text is a token: a method, a field name, a subprotocol. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether text can be the value of a header field, without line breaks. */
export function isFieldValue(text: string): boolean {
  return !NOT_FIELD_TEXT.test(text);
}

/** Whether a character may stand around values. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Removes spaces and tabs from both ends. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Splits a comma-separated list and ignores empty elements (RFC 9110 section
 * 5.6.1.2). It is for lists of tokens: a comma in a quoted string splits too.
 */
export function splitList(value: string): string[] {
  return value.split(",").map(trimBlanks)
    .filter((element) => element !== "");
}

/**
 * Whether a comma-separated list has an element, in upper or lower case.
 *
 * @param value The list, `undefined` for none.
 * @param element The element in lower case.
 */
export function listIncludes(
  value: string | undefined,
  element: string,
): boolean {
  return value !== undefined &&
    splitList(value).some((found) => found.toLowerCase() === element);
}

/** Encodes characters up to U+00FF as one byte each. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    bytes[index] = text.charCodeAt(index);
  }
  return bytes;
}
