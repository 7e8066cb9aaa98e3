import { encodeText } from "../internal/encode_text.ts";

/** Checks that something may be read into. */
export function checkBuffer(buffer: Uint8Array): TypeError | undefined {
  return buffer instanceof Uint8Array ? undefined : new TypeError(
    `Cannot read into a ${typeof buffer}: expected a Uint8Array`,
  );
}

/** Checks that something may be sent. */
export function checkData(data: Uint8Array): TypeError | undefined {
  return data instanceof Uint8Array ? undefined : new TypeError(
    `Cannot send a ${typeof data}: expected a Uint8Array`,
  );
}

/**
 * Encodes a text.
 *
 * @returns The bytes, or the error to reject with.
 */
export function encode(text: string): Uint8Array<ArrayBuffer> | TypeError {
  return typeof text === "string"
    ? encodeText(text)
    : new TypeError(`Cannot send a ${typeof text}: expected a string`);
}
