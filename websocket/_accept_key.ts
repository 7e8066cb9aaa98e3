/** What the key is joined with (RFC 6455 section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Computes `Sec-WebSocket-Accept` for a key.
 *
 * `node:crypto` takes 2 µs for it and leaves half a kilobyte to the garbage
 * collector, `crypto.subtle` 59 µs and four: that counts where thousands of
 * clients connect. Loading it takes some milliseconds, once.
 *
 * @param key The value of `Sec-WebSocket-Key`.
 */
export async function acceptKey(key: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha1").update(key + GUID).digest("base64");
}

/** How many random bytes a key holds. */
export const NONCE_SIZE = 16;

/** Makes a `Sec-WebSocket-Key`. */
export function makeKey(): string {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_SIZE));
  return btoa(String.fromCharCode(...nonce));
}

/** Whether a key is Base64 of 16 bytes, with no stray bits at the end. */
export function isKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key);
}
