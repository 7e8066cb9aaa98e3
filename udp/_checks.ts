import { isBytes, isDetached } from "../internal/bytes/bytes.ts";
import { encodeText } from "../internal/bytes/encode_text.ts";

/** Checks that something may be read into. */
export function checkBuffer(buffer: Uint8Array): TypeError | undefined {
  return checkBytes("read into", buffer);
}

/** Checks that something may be sent. */
export function checkData(data: Uint8Array): TypeError | undefined {
  return checkBytes("send", data);
}

/** A view whose memory was transferred away would pass for an empty one. */
function checkBytes(action: string, value: unknown): TypeError | undefined {
  if (!isBytes(value)) {
    return new TypeError(
      `Cannot ${action} a ${typeof value}: expected a Uint8Array`,
    );
  }
  return isDetached(value)
    ? new TypeError(`Cannot ${action} a Uint8Array: its buffer was transferred`)
    : undefined;
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
