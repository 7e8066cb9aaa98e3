import { encodeText } from "../internal/bytes/encode_text.ts";
import {
  isInteger,
  isOneOf,
  isStrings,
  isType,
  type OptionCheck,
} from "../internal/check_options.ts";

/** The largest `int` of the system. */
export const MAX_INT: number = 2 ** 31 - 1;
/** How many bytes the name of a protocol may have (RFC 7301, section 3.1). */
const MAX_PROTOCOL = 255;

export const isBoolean: OptionCheck = isType("boolean");
export const isNetwork: OptionCheck = isOneOf("tcp", "tcp4", "tcp6");
export const isBacklog: OptionCheck = isInteger(0, MAX_INT);
export const isTlsVersion: OptionCheck = isOneOf("TLSv1.2", "TLSv1.3");

/** Protocols for ALPN. */
export function isProtocols(value: unknown, name: string): void {
  isStrings(value, name);
  for (const protocol of value as string[]) {
    const { length } = encodeText(protocol);
    if (length >= 1 && length <= MAX_PROTOCOL) continue;
    throw new RangeError(
      `Cannot use "${protocol}" in ${name}: expected 1 to ${MAX_PROTOCOL} bytes`,
    );
  }
}
