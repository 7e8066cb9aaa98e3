import { encodeText } from "../../internal/bytes/encode_text.ts";
import { CloseCode, isWireCloseCode } from "../close_code.ts";
import { ProtocolError } from "../protocol_error.ts";
import { violation } from "./_message_assembler.ts";
import { decodeStrict } from "../../internal/bytes/decode_text.ts";

/** The content of a close frame. */
export interface ClosePayload {
  /** The code, 1005 if the frame has none. */
  readonly code: number;
  /** The reason, empty if the frame has none. */
  readonly reason: string;
}

/** The most bytes of reason that fit beside the code. */
export const MAX_REASON_SIZE = 123;

/**
 * Reads the payload of a close frame (RFC 6455 section 5.5.1).
 *
 * @param payload The unmasked payload.
 * @returns Its content, or the error that answers it.
 */
export function readClosePayload(
  payload: Uint8Array,
): ClosePayload | ProtocolError {
  if (payload.length === 0) return { code: CloseCode.noStatus, reason: "" };
  if (payload.length === 1) return violation("Close frame of one byte");
  const code = payload[0] * 256 + payload[1];
  if (!isWireCloseCode(code)) return violation("Invalid close code");
  const reason = decodeStrict(payload, 2, payload.length);
  if (reason === undefined) {
    return new ProtocolError(
      CloseCode.invalidPayload,
      "Close reason is not UTF-8",
    );
  }
  return { code, reason };
}

/**
 * Makes the payload of a close frame.
 *
 * @param code The code, `undefined` for an empty payload.
 * @param reason The reason, at most 123 bytes as UTF-8.
 * @throws {TypeError} If an argument is of the wrong type, or there is a reason
 * without a code.
 * @throws {RangeError} If the code may not be sent or the reason is too long.
 */
export function closePayload(
  code: number | undefined,
  reason: string,
): Uint8Array<ArrayBuffer> {
  if (typeof reason !== "string") {
    throw new TypeError(
      `Cannot close with a reason of type ${typeof reason}: expected a string`,
    );
  }
  if (code === undefined) {
    if (reason === "") return new Uint8Array(0);
    throw new TypeError(
      `Cannot close with reason "${reason}": expected a code beside it`,
    );
  }
  if (typeof code !== "number") {
    throw new TypeError(
      `Cannot close with a code of type ${typeof code}: expected a number`,
    );
  }
  if (!isWireCloseCode(code)) {
    throw new RangeError(
      `Cannot close with code ${code}: expected 1000 to 1003, 1007 to 1014 or 3000 to 4999`,
    );
  }
  const text = encodeText(reason);
  if (text.length > MAX_REASON_SIZE) {
    throw new RangeError(
      `Cannot close with a reason of ${text.length} bytes: expected at most ${MAX_REASON_SIZE}`,
    );
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}
