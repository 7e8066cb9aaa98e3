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
