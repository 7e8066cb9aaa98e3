/** The error for what is neither text nor bytes. */
export function notAMessage(data: unknown): TypeError {
  const type = data === null ? "null" : typeof data;
  return new TypeError(
    `Cannot send a message of type ${type}: expected a string or a Uint8Array`,
  );
}
