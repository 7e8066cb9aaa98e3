import type { UdpAddr, UdpAddress } from "./udp_address.ts";

/**
 * A datagram: what one call of the sender sent, never more and never less.
 *
 * It belongs to whoever receives it.
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
  /**
   * The bytes, of which there may be none. Up to 256 of them may share an
   * `ArrayBuffer` with other datagrams, as a `Buffer` of Node does: who needs
   * `data.buffer` itself takes that of `data.slice()`.
   */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Who sent it. */
  readonly addr: UdpAddr;
  /** Whether it was longer than `maxDatagramSize` of the connection. */
  readonly truncated: boolean;
}

/**
 * A datagram for the `writable` of a connection: a {@linkcode Datagram} that
 * arrived will do, and goes back to its sender.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type OutgoingDatagram } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * const data = new Uint8Array([1, 2, 3]);
 * const datagram: OutgoingDatagram = { data, addr: conn.addr };
 * await conn.writable.getWriter().write(datagram);
 * assertEquals((await conn.receive()).data, data);
 * ```
 */
export interface OutgoingDatagram {
  /** The bytes, of which there may be none. */
  readonly data: Uint8Array;
  /** Where they go. */
  readonly addr: UdpAddress;
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
