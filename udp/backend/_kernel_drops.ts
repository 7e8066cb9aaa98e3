import { parseIpv4, parseIpv6 } from "../../internal/address/ip.ts";
import type { UdpAddr } from "../udp_address.ts";

/**
 * Returns how many datagrams Linux has dropped at the sockets bound to an address,
 * by the last column of `/proc/net/udp`; `undefined` on other systems, or without
 * permission to read it.
 */
export async function readKernelDrops(
  addr: UdpAddr,
): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const path = addr.hostname.includes(":") ? "/proc/net/udp6" : "/proc/net/udp";
  try {
    const state = await Deno.permissions.query({ name: "read", path });
    if (state.state !== "granted") return undefined;
    return findDrops(await Deno.readTextFile(path), toHex(addr));
  } catch {
    // The runtime lets only programs with all permissions read /proc.
    return undefined;
  }
}

/** Sums the drops of the sockets bound to `local`, in the format of the file. */
export function findDrops(table: string, local: string): number | undefined {
  let drops: number | undefined;
  for (const line of table.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === local) {
      drops = (drops ?? 0) + Number(columns.at(-1));
    }
  }
  return drops;
}

/** Formats an address as the kernel does: words in the byte order of the machine. */
export function toHex({ hostname, port }: UdpAddr): string {
  const bytes = parseIpv4(hostname) ?? parseIpv6(hostname) ?? new Uint8Array();
  const words = new Uint32Array(bytes.buffer);
  const hex = (value: number, length: number) =>
    value.toString(16).toUpperCase().padStart(length, "0");
  return `${[...words].map((word) => hex(word, 8)).join("")}:${hex(port, 4)}`;
}
