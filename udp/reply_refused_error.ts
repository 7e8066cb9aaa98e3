import type { UdpAddr } from "./udp_address.ts";

/**
 * A reply was not sent, as `maxReplyRatio` of the connection forbids it.
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
  /** The address to which the reply was to be sent. */
  readonly addr: UdpAddr;
  /** How many bytes may be sent there now. */
  readonly allowedBytes: number;
  /** The name of the class. */
  override readonly name: string = "ReplyRefusedError";

  /**
   * Makes the error.
   *
   * @param message The message.
   * @param addr The address to which the reply was to be sent.
   * @param allowedBytes How many bytes may be sent there.
   */
  constructor(message: string, addr: UdpAddr, allowedBytes: number) {
    super(message);
    this.addr = addr;
    this.allowedBytes = allowedBytes;
  }
}
