import { typeOf } from "../internal/check_options.ts";

/**
 * An object to read bytes from (V's and Go's `io.Reader`): every connection here,
 * and Deno's own connections and files.
 *
 * @example Usage
 * ```ts
 * import { readAll, type Reader } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * let isFirst = true;
 * const reader: Reader = {
 *   read(buffer) {
 *     if (!isFirst) return Promise.resolve(null);
 *     isFirst = false;
 *     buffer.set([1, 2, 3]);
 *     return Promise.resolve(3);
 *   },
 * };
 * assertEquals(await readAll(reader), new Uint8Array([1, 2, 3]));
 * ```
 */
export interface Reader {
  /** Reads up to `buffer.length` bytes, `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/**
 * An object to write bytes to (V's and Go's `io.Writer`): every connection here,
 * and Deno's own connections and files.
 *
 * @example Usage
 * ```ts
 * import { copy, type Writer } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * await left.writeString("hello");
 * await left.closeWrite();
 *
 * let text = "";
 * const writer: Writer = {
 *   write(data) {
 *     text += new TextDecoder().decode(data);
 *     return Promise.resolve(data.length);
 *   },
 * };
 * await copy(right, writer);
 * assertEquals(text, "hello");
 * ```
 */
export interface Writer {
  /** Writes some of the bytes and tells how many. */
  write(data: Uint8Array): Promise<number>;
}

/**
 * Checks what a program gives to be read from or written to.
 *
 * @param action The verb for the error, such as `copy from`.
 * @param given The reader or writer.
 * @param method The name of the method that it must have.
 * @throws {TypeError} If it does not.
 */
export function checkMethod<K extends "read" | "write">(
  action: string,
  given: { readonly [key in K]: unknown },
  method: K,
): void {
  // `null` and the like have no methods.
  if (typeof Object(given)[method] === "function") return;
  throw new TypeError(
    `Cannot ${action} a value of type ${
      typeOf(given)
    }: expected an object with a method "${method}"`,
  );
}

/**
 * Checks a number of bytes that a program's reader or writer tells.
 *
 * @param count The number.
 * @param most How many bytes there were.
 * @throws {RangeError} If it can't be true.
 */
export function checkCount(count: number, most: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= most) return count;
  throw new RangeError(
    `Cannot go on after ${
      String(count)
    } bytes: expected a number from 0 to ${most}`,
  );
}
