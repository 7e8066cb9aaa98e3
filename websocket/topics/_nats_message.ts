import { utf8Length } from "../../internal/bytes/utf8_length.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes that tell the adapters apart. */
export const SENDER_LENGTH = 8;
const HEADER_LENGTH = SENDER_LENGTH + 1;
const TEXT = 1;
const BINARY = 2;

/** The subject of a topic: one token behind the prefix, whatever the name. */
export function toSubject(prefix: string, topic: string): string {
  const token = encodeURIComponent(topic).replace(
    /[.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${prefix}.${token}`;
}

/** The length of an encoded message. */
export function encodedLength(data: string | Uint8Array): number {
  return HEADER_LENGTH +
    (typeof data === "string" ? utf8Length(data) : data.length);
}

/** A message behind its sender and a byte for its kind. */
export function encodeMessage(
  sender: Uint8Array,
  data: string | Uint8Array,
): Uint8Array<ArrayBuffer> {
  const isText = typeof data === "string";
  const bytes = isText ? ENCODER.encode(data) : data;
  const payload = new Uint8Array(HEADER_LENGTH + bytes.length);
  payload.set(sender);
  payload[SENDER_LENGTH] = isText ? TEXT : BINARY;
  payload.set(bytes, HEADER_LENGTH);
  return payload;
}

/** Whether a message was encoded with this sender. */
export function isFrom(sender: Uint8Array, payload: Uint8Array): boolean {
  return sender.every((byte, index) => payload[index] === byte);
}

/** The message of a payload, `undefined` if that is in no such format. */
export function decodeMessage(
  payload: Uint8Array,
): string | Uint8Array | undefined {
  const kind = payload[SENDER_LENGTH];
  // A view of the class itself, also of a `Buffer`.
  const data = new Uint8Array(
    payload.buffer,
    payload.byteOffset + Math.min(HEADER_LENGTH, payload.length),
    Math.max(0, payload.length - HEADER_LENGTH),
  );
  if (kind === BINARY) return data;
  if (kind !== TEXT) return undefined;
  try {
    return DECODER.decode(data);
  } catch {
    return undefined;
  }
}
