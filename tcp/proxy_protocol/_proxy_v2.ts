import { toAddr } from "./_proxy_addr.ts";
import {
  INCOMPLETE,
  invalid,
  type ProxyEnds,
  type ProxyStart,
} from "./_proxy_start.ts";

/** The start of a header, which is no text of a common protocol. */
export const V2_SIGNATURE: Uint8Array = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d],
  ...[0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);
/** The length of the fixed part. */
export const V2_HEAD = 16;
/**
 * The longest header that is read. The addresses take 232 bytes at most; the
 * rest is for extensions, such as the name in the certificate of the client.
 */
const MAX_HEADER = 4096;

const VERSION = 2;
const LOCAL = 0;
const PROXY = 1;
/** Bytes of the two addresses of each family, ports included. */
const ADDRESS_LENGTHS = { unspecified: 0, ipv4: 12, ipv6: 36, unix: 216 };
const FAMILIES = ["unspecified", "ipv4", "ipv6", "unix"] as const;
const PROTOCOLS = ["unspecified", "stream", "datagram"] as const;
/** Bytes of the type and the length of an extension (TLV). */
const TLV_HEAD = 3;

/**
 * Parses a binary header of version 2 (proxy-protocol.txt section 2.2).
 * Extensions are skipped, their lengths checked.
 *
 * @param bytes Bytes that begin as {@linkcode V2_SIGNATURE} does.
 */
export function parseV2(bytes: Uint8Array): ProxyStart {
  if (bytes.length < V2_HEAD) return INCOMPLETE;
  const [version, command] = nibbles(bytes[12]);
  if (version !== VERSION) {
    return invalid(`a PROXY header of version ${version}`);
  }
  if (command !== LOCAL && command !== PROXY) {
    return invalid(`a PROXY header with the command ${command}`);
  }
  const [familyNumber, protocolNumber] = nibbles(bytes[13]);
  const family = FAMILIES[familyNumber];
  const protocol = PROTOCOLS[protocolNumber];
  if (family === undefined || protocol === undefined) {
    return invalid(
      `a PROXY header of the family ${familyNumber} and protocol ${protocolNumber}`,
    );
  }
  const length = V2_HEAD + readUint16(bytes, 14);
  if (length > MAX_HEADER) {
    return invalid(`a PROXY header of more than ${MAX_HEADER} bytes`);
  }
  // Its addresses mean nothing, and need not even be of the family.
  const isBare = command === LOCAL || family === "unspecified" ||
    protocol === "unspecified";
  const addressEnd = V2_HEAD + (isBare ? 0 : ADDRESS_LENGTHS[family]);
  if (length < addressEnd) {
    return invalid("a PROXY header without its addresses");
  }
  if (bytes.length < length) return INCOMPLETE;
  if (isBare) return { kind: "header", length, ends: undefined };
  if (!areTlvs(bytes.subarray(addressEnd, length))) {
    return invalid("a PROXY header with an extension that is cut off");
  }
  const isTcp = protocol === "stream" && family !== "unix";
  const addresses = bytes.subarray(V2_HEAD, addressEnd);
  return {
    kind: "header",
    length,
    ends: isTcp ? parseEnds(addresses) : undefined,
  };
}

/** Parses the addresses of IPv4 or IPv6: both hosts, then both ports. */
function parseEnds(bytes: Uint8Array): ProxyEnds {
  const size = (bytes.length - 4) / 2;
  return {
    source: toAddr(bytes.subarray(0, size), readUint16(bytes, 2 * size)),
    destination: toAddr(
      bytes.subarray(size, 2 * size),
      readUint16(bytes, 2 * size + 2),
    ),
  };
}

/** Whether bytes are whole extensions: a type, a length and so many bytes each. */
function areTlvs(bytes: Uint8Array): boolean {
  let at = 0;
  while (at + TLV_HEAD <= bytes.length) {
    at += TLV_HEAD + readUint16(bytes, at + 1);
  }
  return at === bytes.length;
}

function nibbles(byte = 0): [high: number, low: number] {
  return [byte >> 4, byte & 0x0f];
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
}
