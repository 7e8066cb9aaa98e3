/**
 * Tells that a connection or listener was closed before or during a call: it is
 * the one outcome of using something closed, whatever the timing.
 *
 * It extends `Deno.errors.BadResource`, with which Deno's own connections reject
 * after `close()`, so that code written for those recognizes it.
 *
 * @example Usage
 * ```ts
 * import { ClosedError } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * right.close();
 * left.close();
 * await assertRejects(() => left.read(new Uint8Array(1)), ClosedError);
 * ```
 */
export class ClosedError extends Deno.errors.BadResource {
  /**
   * How many bytes of the call's data were handed to the system: set on the
   * error of a write, `undefined` on all others.
   *
   * @example Usage
   * ```ts
   * import { ClosedError } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(new ClosedError("Closed").bytesWritten, undefined);
   * ```
   */
  readonly bytesWritten: number | undefined = undefined;

  /** The name of the class. */
  override readonly name: string = "ClosedError";
}
