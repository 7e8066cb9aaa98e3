import type { UdpAddr, UdpAddress } from "./udp_address.ts";

/**
 * A received datagram: the bytes of one call of the sender. The receiver owns it.
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
   * The bytes, of which there may be none. Up to 256 bytes may share their
   * `ArrayBuffer` with other datagrams, as a `Buffer` of Node does: use
   * `data.slice().buffer` for a buffer of its own.
   */
  readonly data: Uint8Array<ArrayBuffer>;
  /** The address of the sender. */
  readonly addr: UdpAddr;
  /** Whether it was longer than `maxDatagramSize` of the connection. */
  readonly truncated: boolean;
}

/**
 * A datagram for the `writable` of a connection. A received {@linkcode Datagram} is
 * one too, and is sent back to its sender.
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
  /** The address of the receiver. */
  readonly addr: UdpAddress;
}

/**
 * The result of a `read` into the caller's buffer: the number of bytes in the
 * buffer, their sender, and whether the datagram was longer than the buffer.
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
