import type { Slab } from "../../internal/bytes/slab.ts";
import { Waiter, type WaitNode } from "../../internal/wait/wait_queue.ts";
import type { Datagram, ReadResult } from "../datagram.ts";
import type { UdpAddr } from "../udp_address.ts";

/** A call that waits for a datagram. */
export interface ReceiveWaiter extends WaitNode {
  /**
   * Takes a datagram whose bytes may be borrowed.
   *
   * @returns Whether the call has no room for all of it.
   */
  take(
    bytes: Uint8Array,
    addr: UdpAddr,
    truncated: boolean,
    slab: Slab,
  ): boolean;
}

/** Waits for a datagram as such. */
export class DatagramWaiter extends Waiter<Datagram> implements ReceiveWaiter {
  take(
    bytes: Uint8Array,
    addr: UdpAddr,
    truncated: boolean,
    slab: Slab,
  ): boolean {
    this.resolve({ data: slab.copy(bytes), addr, truncated });
    return false;
  }
}

/** Waits for a datagram to be put in the caller's buffer. */
export class ReadWaiter extends Waiter<ReadResult> implements ReceiveWaiter {
  readonly #target: Uint8Array;

  constructor(target: Uint8Array) {
    super();
    this.#target = target;
  }

  take(bytes: Uint8Array, addr: UdpAddr, truncated: boolean): boolean {
    const result = fill(this.#target, bytes, addr, truncated);
    this.resolve(result);
    return bytes.length > result[0];
  }
}

/** Puts a datagram in the caller's buffer, as much of it as fits. */
export function fill(
  target: Uint8Array,
  bytes: Uint8Array,
  addr: UdpAddr,
  truncated: boolean,
): ReadResult {
  const length = Math.min(bytes.length, target.length);
  // A buffer that was transferred meanwhile takes nothing.
  if (length > 0) {
    target.set(length === bytes.length ? bytes : bytes.subarray(0, length));
  }
  return [length, addr, truncated || length < bytes.length];
}
