import {
  parseIpv4,
  parseIpv6,
  withoutMapping,
} from "../internal/address/ip.ts";
import type { UdpAddr } from "./udp_address.ts";

/** Makes an address that may be shared. */
export function makeUdpAddr(hostname: string, port: number): UdpAddr {
  return Object.freeze({ transport: "udp", hostname, port });
}

/** Whether an address is that of a group (RFC 1112 section 4, RFC 4291 2.7). */
export function isMulticast(hostname: string): boolean {
  const ipv4 = parseIpv4(withoutMapping(hostname));
  return ipv4 === undefined
    ? parseIpv6(hostname)?.[0] === 0xff
    : (ipv4[0] & 0xf0) === 0xe0;
}

/** Whether an address is the broadcast address of all networks. */
export function isBroadcast(hostname: string): boolean {
  return hostname.endsWith("255.255.255.255");
}
