/** The error for what is neither text nor bytes. */
export function notAMessage(data: unknown): TypeError {
  const type = data === null ? "null" : typeof data;
  return new TypeError(
    `Cannot send a message of type ${type}: expected a string or a Uint8Array`,
  );
}

/** The error of a message whose memory has been transferred away. */
export function detachedMessage(): TypeError {
  return new TypeError(
    "Cannot send a message: its memory was transferred away",
  );
}
