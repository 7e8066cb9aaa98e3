/**
 * The timeout that never passes (V's `infinite_timeout`), the default of every
 * limit.
 *
 * @example Usage
 * ```ts
 * import { infiniteTimeout } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _right = right;
 * left.setReadTimeout(infiniteTimeout);
 * assertEquals(left.readTimeout, Infinity);
 * left.close();
 * ```
 */
export const infiniteTimeout: number = Infinity;

/**
 * The timeout that waits for nothing (V's `no_timeout`): a call takes a result that
 * is already there, or else times out.
 *
 * @example Usage
 * ```ts
 * import { noTimeout } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * await assertRejects(
 *   () => left.read(new Uint8Array(1), { timeout: noTimeout }),
 *   DOMException,
 * );
 * ```
 */
export const noTimeout: number = 0;
