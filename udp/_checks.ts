import { isBytes, isDetached } from "../internal/bytes/bytes.ts";
import { encodeText } from "../internal/bytes/encode_text.ts";

/** Returns why a value can't be read into, or `undefined`. */
export function checkBuffer(buffer: Uint8Array): TypeError | undefined {
  return checkBytes("read into", buffer);
}

/** Returns why a value can't be sent, or `undefined`. */
export function checkData(data: Uint8Array): TypeError | undefined {
  return checkBytes("send", data);
}

function checkBytes(action: string, value: unknown): TypeError | undefined {
  if (!isBytes(value)) {
    return new TypeError(
      `Cannot ${action} a ${typeof value}: expected a Uint8Array`,
    );
  }
  // A view of a transferred buffer looks like an empty one.
  return isDetached(value)
    ? new TypeError(`Cannot ${action} a Uint8Array: its buffer was transferred`)
    : undefined;
}

/**
 * Encodes a text to send.
 *
 * @throws {TypeError} If it is not a string.
 */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") return encodeText(text);
  throw new TypeError(`Cannot send a ${typeof text}: expected a string`);
}
