import { parseIpv4, parseIpv6 } from "../../internal/address/ip.ts";
import { decodeLatin1 } from "../../internal/bytes/latin1.ts";
import { toAddr } from "./_proxy_addr.ts";
import { INCOMPLETE, invalid, type ProxyStart } from "./_proxy_start.ts";

/** The longest line, its end included. */
const MAX_LINE = 107;
/** The first word of a header. */
export const V1_PREFIX: Uint8Array = new TextEncoder().encode("PROXY ");
const CR = 0x0d;
const LF = 0x0a;
/** A number without leading zeros. */
const PORT = "(0|[1-9][0-9]{0,4})";
const ADDRESSES = new RegExp(`^TCP([46]) ([^ ]+) ([^ ]+) ${PORT} ${PORT}$`);

/**
 * Parses a header of version 1, a line of text (proxy-protocol.txt section 2.1).
 *
 * @param bytes Bytes that begin as {@linkcode V1_PREFIX} does.
 */
export function parseV1(bytes: Uint8Array): ProxyStart {
  const end = bytes.findIndex((byte) => byte === CR || byte === LF);
  const seen = end === -1 ? bytes.length : end + 2;
  if (seen > MAX_LINE || end === -1 && seen === MAX_LINE) {
    return invalid(`a PROXY line of more than ${MAX_LINE} bytes`);
  }
  if (end === -1) return INCOMPLETE;
  if (bytes[end] === LF) return invalid("a PROXY line that LF alone ends");
  if (end + 1 === bytes.length) return INCOMPLETE;
  if (bytes[end + 1] !== LF) return invalid("a PROXY line that CR alone ends");
  return parseLine(decodeLatin1(bytes, V1_PREFIX.length, end), end + 2);
}

/** Parses a line without its first word. */
function parseLine(line: string, length: number): ProxyStart {
  if (line === "UNKNOWN" || line.startsWith("UNKNOWN ")) {
    return { kind: "header", length, ends: undefined };
  }
  const [, family, ...fields] = ADDRESSES.exec(line) ?? [];
  const [from = "", to = "", fromPort, toPort] = fields;
  const source = parseEnd(family, from, Number(fromPort));
  const destination = parseEnd(family, to, Number(toPort));
  if (source === undefined || destination === undefined) {
    return invalid(`the PROXY line ${JSON.stringify(`PROXY ${line}`)}`);
  }
  return { kind: "header", length, ends: { source, destination } };
}

function parseEnd(
  family: string | undefined,
  address: string,
  port: number,
): Deno.NetAddr | undefined {
  if (!(port <= 65535) || address.includes("%")) return undefined;
  const bytes = family === "4" ? parseIpv4(address) : parseIpv6(address);
  return bytes && toAddr(bytes, port);
}
