/**
 * Counts the bytes of a string as UTF-8. A lone surrogate counts as U+FFFD,
 * which is sent for it.
 */
export function utf8Length(text: string): number {
  const { length } = text;
  let bytes = length;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    // Each half of a pair counts 2, a lone one 3 as all above U+07FF do.
    if (code < 0x800) bytes++;
    else if (isHigh(code) && isLow(text.charCodeAt(index + 1))) {
      bytes += 2;
      index++;
    } else bytes += 2;
  }
  return bytes;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

/** Whether it is the second half of a pair; NaN at the end is not. */
function isLow(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
