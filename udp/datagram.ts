import type { UdpAddr } from "./udp_address.ts";

/**
 * A datagram: what one call of the sender sent, never more and never less.
 *
 * One that arrives belongs to whoever receives it. To send one through a
 * `writable`, `data` and `addr` will do.
 *
 * @example Usage
 * ```ts
 * import { type Datagram, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * await conn.writeToString(conn.addr, "hello");
 * const datagram: Datagram = await conn.receive();
 * assertEquals(datagram.data, new TextEncoder().encode("hello"));
 * assertEquals(datagram.addr, conn.addr);
 * assertEquals(datagram.truncated, false);
 * ```
 */
export interface Datagram {
  /** The bytes, of which there may be none. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Who sent it. */
  readonly addr: UdpAddr;
  /** Whether it was longer than `maxDatagramSize` of the connection. */
  readonly truncated: boolean;
}

/**
 * What a `read` into the caller's buffer resolves to: how many bytes are in the
 * buffer, who sent them, and whether the datagram was longer than the buffer.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type ReadResult } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * await conn.writeToString(conn.addr, "hello");
 * const result: ReadResult = await conn.read(new Uint8Array(4));
 * assertEquals(result, [4, conn.addr, true]);
 * ```
 */
export type ReadResult = [length: number, addr: UdpAddr, truncated: boolean];
