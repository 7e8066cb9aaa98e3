import type { UdpAddr } from "./udp_address.ts";

/**
 * Tells that a reply did not go out, as `maxReplyRatio` of the connection
 * forbids it.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, ReplyRefusedError } from "@vnet/net/udp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 3 });
 * const error = await assertRejects(
 *   () => server.writeToString("127.0.0.1:5000", "unasked"),
 *   ReplyRefusedError,
 * );
 * assertEquals(error.addr.port, 5000);
 * assertEquals(error.allowedBytes, 0);
 * ```
 */
export class ReplyRefusedError extends Error {
  /** Who would have got the reply. */
  readonly addr: UdpAddr;
  /** How many bytes may go there as things stand. */
  readonly allowedBytes: number;
  /** The name of the class. */
  override readonly name: string = "ReplyRefusedError";

  /**
   * Makes the error.
   *
   * @param message What could not be done.
   * @param addr Who would have got the reply.
   * @param allowedBytes How many bytes may go there.
   */
  constructor(message: string, addr: UdpAddr, allowedBytes: number) {
    super(message);
    this.addr = addr;
    this.allowedBytes = allowedBytes;
  }
}
