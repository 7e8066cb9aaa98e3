import { checkBytes, isBytes, isDetached } from "../../internal/bytes/bytes.ts";
import { typeOf } from "../../internal/check_options.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";

/** The most bytes that a control frame carries (RFC 6455 section 5.5). */
const MAX_CONTROL_SIZE = 125;

/** The kind of a message: strings are text, bytes binary. */
export function opcodeOf(message: string | Uint8Array): DataOpcode {
  return typeof message === "string" ? OPCode.textFrame : OPCode.binaryFrame;
}

/**
 * Returns why a value can't be a message, or `undefined`.
 *
 * @param action The verb for the error.
 */
export function checkMessage(
  data: unknown,
  action = "send",
): TypeError | undefined {
  if (typeof data === "string" || isBytes(data) && !isDetached(data)) {
    return undefined;
  }
  return isBytes(data)
    ? new TypeError(
      `Cannot ${action} a message: its memory was transferred or resized`,
    )
    : new TypeError(
      `Cannot ${action} a message of type ${
        typeOf(data)
      }: expected a string or a Uint8Array`,
    );
}

/** Returns why a value can't be the payload of a control frame, or `undefined`. */
export function checkControl(
  kind: "ping" | "pong",
  payload: Uint8Array,
): TypeError | RangeError | undefined {
  const error = checkBytes(`send a ${kind} with`, payload);
  if (error !== undefined || payload.length <= MAX_CONTROL_SIZE) return error;
  return new RangeError(
    `Cannot send a ${kind} of ${payload.length} bytes: expected at most ${MAX_CONTROL_SIZE}`,
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
    if (chunk instanceof Uint8Array) return chunk;
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (isBuffer(chunk)) {
    checkMemory(chunk);
    return new Uint8Array(chunk);
  }
  throw new TypeError(
    `Cannot send a message of type ${
      typeOf(chunk)
    }: expected a string, an ArrayBuffer or a view of one`,
  );
}

function checkMemory(buffer: ArrayBufferLike): void {
  if (!isBuffer(buffer)) throw refusal("its memory is shared");
  if (buffer.resizable) throw refusal("its memory is resizable");
  if (buffer.detached) throw refusal("its memory was transferred");
}

/** Whether a value is an `ArrayBuffer` of any realm, and not a shared one. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function refusal(why: string): TypeError {
  return new TypeError(`Cannot send the message: ${why}`);
}
