import { decodeStrict } from "../../internal/bytes/decode_text.ts";
import { isObject } from "../protocol/_schema.ts";

/**
 * Reads bytes that are an object in JSON.
 *
 * @param faultOf Makes the error to throw if they are none.
 */
export function readObject(
  bytes: Uint8Array,
  faultOf: (fault: string, cause?: unknown) => Error,
): Record<string, unknown> {
  const text = decodeStrict(bytes, 0, bytes.length);
  if (text === undefined) throw faultOf("expected UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw faultOf("expected JSON", cause);
  }
  if (!isObject(value)) throw faultOf("expected a JSON object");
  return value;
}
