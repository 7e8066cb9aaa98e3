import { encodeText } from "../internal/bytes/encode_text.ts";

/**
 * Encodes a text to send.
 *
 * @throws {TypeError} If it is not a string.
 */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") return encodeText(text);
  throw new TypeError(`Cannot send a ${typeof text}: expected a string`);
}
