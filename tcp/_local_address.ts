import { splitAddress } from "../internal/address/address.ts";
import { isIpv4, isIpv6 } from "../internal/address/ip.ts";

/** The address and the port of this end of a connection, port 0 for any. */
export interface LocalAddress {
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * Parses the address that an end binds to before it connects: a numeric one, with
 * or without a port, such as `"10.0.0.5"`, `"::1"` or `"[::1]:4000"`.
 *
 * @throws {TypeError} If it is no string.
 * @throws {SyntaxError} If it is another string.
 * @throws {RangeError} If the port is not in 0 to 65535.
 */
export function parseLocalAddress(text: string): LocalAddress {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot use localAddress of type ${typeof text}: expected a string`,
    );
  }
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isNumeric(bare)) return { localAddress: bare, localPort: 0 };
  const [localAddress, localPort] = text.includes(":")
    ? splitAddress(text)
    : [text, 0];
  if (isNumeric(localAddress)) return { localAddress, localPort };
  throw new SyntaxError(
    `Cannot use localAddress "${text}": expected a numeric address, with or without a port`,
  );
}

function isNumeric(address: string): boolean {
  return isIpv4(address) || isIpv6(address);
}
