/**
 * Tells that a line is longer than a reader of lines accepts. The line has not
 * been taken: `read` gets its bytes, to skip it.
 *
 * @example Usage
 * ```ts
 * import { LineTooLongError } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * await left.writeString("far too long\n");
 * const error = await assertRejects(
 *   () => right.readLine({ maxLength: 5 }),
 *   LineTooLongError,
 * );
 * assertEquals(error.maxLength, 5);
 * assertEquals(error.length, 12);
 * ```
 */
export class LineTooLongError extends Error {
  /** How many bytes a line may have, its end not counted. */
  readonly maxLength: number;
  /** How many bytes of the line have arrived, its end not counted. */
  readonly length: number;
  /** The name of the class. */
  override readonly name: string = "LineTooLongError";

  /**
   * Makes the error.
   *
   * @param message The text of the error.
   * @param maxLength How many bytes a line may have.
   * @param length How many bytes of the line have arrived.
   */
  constructor(message: string, maxLength: number, length: number) {
    super(message);
    this.maxLength = maxLength;
    this.length = length;
  }
}
