const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/** Whether `text` is an IPv4 address in dotted decimal, such as `"10.0.0.1"`. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether `text` is an IPv6 address without brackets, zone allowed. */
export function isIpv6(text: string): boolean {
  return parseIpv6(text) !== undefined;
}

/** How IPv4 addresses begin in the form of IPv6 (RFC 4291, section 2.5.5.2). */
const MAPPED = "::ffff:";

/**
 * Whether `text` is an IPv4 address as systems show it on a socket for both
 * families: `"::ffff:10.0.0.1"`. Other spellings of the same do not count.
 */
export function isMappedIpv4(text: string): boolean {
  return typeof text === "string" && text.startsWith(MAPPED) &&
    isIpv4(text.slice(MAPPED.length));
}

/** The IPv4 address of such a text; any other text as it is. */
export function withoutMapping(text: string): string {
  return isMappedIpv4(text) ? text.slice(MAPPED.length) : text;
}

/**
 * Parses an IPv4 address in dotted decimal (RFC 6943, section 3.1.1, the strict
 * form: four decimal parts without leading zeros).
 *
 * @returns The four bytes, or `undefined` if `text` is no IPv4 address.
 */
export function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const match = IPV4.exec(text);
  return match === null ? undefined : Uint8Array.from(match.slice(1), Number);
}

/**
 * Parses an IPv6 address (RFC 4291, section 2.2), the forms with `::` and with
 * a dotted IPv4 tail included. A zone (`%eth0`, RFC 4007) is passed over.
 *
 * @returns The sixteen bytes, or `undefined` if `text` is no IPv6 address.
 */
export function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const zone = text.indexOf("%");
  const address = zone === -1 ? text : text.slice(0, zone);
  if (zone !== -1 && zone === text.length - 1) return undefined;
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Parses groups between colons into bytes, the last perhaps an IPv4 address. */
function parseGroups(text: string, isTail: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (isTail && index === groups.length - 1 && group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes.length > 16 ? undefined : bytes;
}

/**
 * Writes an IPv6 address in the canonical form of RFC 5952: lower case, no
 * leading zeros, the first longest run of two or more zero groups as `::`, and
 * IPv4-mapped addresses with a dotted tail. A zone is kept as it is.
 *
 * @throws {SyntaxError} If `text` is no IPv6 address.
 */
export function formatIpv6(text: string): string {
  const bytes = parseIpv6(text);
  if (bytes === undefined) {
    throw new SyntaxError(
      `Cannot format IPv6 address "${text}": expected an address such as "::1"`,
    );
  }
  const zone = text.indexOf("%");
  return formatIpv6Bytes(bytes) + (zone === -1 ? "" : text.slice(zone));
}

/** Writes the four bytes of an IPv4 address, or the sixteen of an IPv6 one. */
export function formatIp(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : formatIpv6Bytes(bytes);
}

/** Whether bytes are an IPv4 address in the form of IPv6 (RFC 4291 section 2.5.5.2). */
export function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff && bytes[11] === 0xff;
}

function formatIpv6Bytes(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] << 8) | bytes[index + 1]).toString(16));
  }
  // As RFC 5952 has it: the longest run of zeros is left out.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
