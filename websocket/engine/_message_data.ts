import { isDetached } from "../../internal/bytes/bytes.ts";

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

/**
 * Turns a chunk of a `WebSocketStream` into a message: strings are text, an
 * `ArrayBuffer` or a view of one, of whatever realm, is binary.
 *
 * @throws {TypeError} If it is neither, or if its memory is shared, resizable
 * (Web IDL's `BufferSource` takes neither) or was transferred.
 */
export function toMessage(chunk: unknown): string | Uint8Array {
  if (typeof chunk === "string") return chunk;
  if (ArrayBuffer.isView(chunk)) {
    checkMemory(chunk.buffer);
    if (isDetached(chunk)) throw refusal("its memory was transferred");
    if (chunk instanceof Uint8Array) return chunk;
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (isBuffer(chunk)) {
    checkMemory(chunk);
    if (chunk.detached) throw refusal("its memory was transferred");
    return new Uint8Array(chunk);
  }
  const type = chunk === null ? "null" : typeof chunk;
  throw new TypeError(
    `Cannot send a message of type ${type}: expected a string, an ArrayBuffer or a view of one`,
  );
}

function checkMemory(buffer: ArrayBufferLike): void {
  if (!isBuffer(buffer)) throw refusal("its memory is shared");
  if (buffer.resizable) throw refusal("its memory is resizable");
}

/** Whether a value is an `ArrayBuffer` of any realm, and not a shared one. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function refusal(why: string): TypeError {
  return new TypeError(`Cannot send the message: ${why}`);
}
