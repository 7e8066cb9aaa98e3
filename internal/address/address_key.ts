import { isMapped, parseIpv4, parseIpv6 } from "./ip.ts";

/** Bytes of an IPv6 address that tell one network from another. */
const PREFIX_LENGTH = 8;

/**
 * A key for all addresses of one owner, so that limits and bans hold for the
 * owner: an IPv4 address is one by itself, of an IPv6 address the first 64
 * bits are, as everyone has the other 64 to choose from. An IPv4 address written
 * as IPv6 is still the IPv4 address.
 */
export function addressKey(hostname: string): string {
  if (!hostname.includes(":")) return hostname;
  const bytes = parseIpv6(hostname);
  if (bytes === undefined) return hostname;
  if (isMapped(bytes)) return bytes.subarray(12).join(".");
  const prefix = [...bytes.subarray(0, PREFIX_LENGTH)];
  return `${prefix.map(toHex).join("")}/64`;
}

/** Whether an address is of this machine itself. */
export function isLoopback(hostname: string): boolean {
  const bytes = parseIpv6(hostname);
  if (bytes === undefined) return parseIpv4(hostname)?.[0] === 127;
  if (isMapped(bytes)) return bytes[12] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
