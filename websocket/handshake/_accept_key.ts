import { encodeText } from "../../internal/bytes/encode_text.ts";
import { sha1 } from "./_sha1.ts";

/** The text that is appended to the key (RFC 6455 section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Computes `Sec-WebSocket-Accept` for a key.
 *
 * @param key The value of `Sec-WebSocket-Key`.
 */
export function acceptKey(key: string): string {
  return sha1(encodeText(key + GUID)).toBase64();
}

/** How many random bytes a key has. */
export const NONCE_SIZE = 16;

/** Makes a `Sec-WebSocket-Key`. */
export function makeKey(): string {
  return crypto.getRandomValues(new Uint8Array(NONCE_SIZE)).toBase64();
}

/** Whether a key is Base64 of 16 bytes, with zero bits as padding. */
export function isKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key);
}
