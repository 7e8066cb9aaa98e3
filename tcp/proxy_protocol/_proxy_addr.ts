import { formatIp, isMapped } from "../../internal/address/ip.ts";

/** An address of its bytes; IPv4 in the form of IPv6 becomes IPv4. */
export function toAddr(bytes: Uint8Array, port: number): Deno.NetAddr {
  const own = isMapped(bytes) ? bytes.subarray(12) : bytes;
  return { transport: "tcp", hostname: formatIp(own), port };
}
