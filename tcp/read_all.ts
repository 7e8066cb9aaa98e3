import type { Reader } from "./reader.ts";

/** The size of the first buffer. */
const FIRST_SIZE = 16 * 1024;

/** Options for {@linkcode readAll}. */
export interface ReadAllOptions {
  /**
   * How many bytes there may be.
   *
   * @default {Infinity}
   */
  maxBytes?: number;
  /** Stops between two reads, and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Tells that reading everything has failed, and what had come until then.
 *
 * @example Usage
 * ```ts
 * import { readAll, ReadAllError } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * await left.write(new Uint8Array([1, 2, 3]));
 * const error = await assertRejects(
 *   () => readAll(right, { maxBytes: 2 }),
 *   ReadAllError,
 * );
 * assertEquals(error.partial, new Uint8Array([1, 2, 3]));
 * ```
 */
export class ReadAllError extends Error {
  /** The bytes that were read. */
  readonly partial: Uint8Array<ArrayBuffer>;
  /** The name of the class. */
  override readonly name: string = "ReadAllError";

  /**
   * Makes the error.
   *
   * @param message What could not be done.
   * @param partial The bytes that were read.
   * @param options The cause.
   */
  constructor(
    message: string,
    partial: Uint8Array<ArrayBuffer>,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.partial = partial;
  }
}

/**
 * Reads to the end of the stream (V's `io.read_all`, Go's `io.ReadAll`).
 *
 * @param reader What to read from.
 * @param options A limit on the size, and a signal.
 * @returns All bytes.
 * @throws {ReadAllError} If there are more than `maxBytes`, or a read fails,
 * which is the `cause` then. The bytes read until then are on the error.
 *
 * @example Usage
 * ```ts
 * import { readAll } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * await left.writeString("HTTP/1.0 200 OK\r\n\r\n");
 * await left.closeWrite();
 * const bytes = await readAll(right, { maxBytes: 1_000_000 });
 * assertEquals(new TextDecoder().decode(bytes), "HTTP/1.0 200 OK\r\n\r\n");
 * ```
 */
export async function readAll(
  reader: Reader,
  options: ReadAllOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes = Infinity, signal } = options;
  if (!(maxBytes >= 0)) {
    throw new RangeError(`Cannot read ${maxBytes} bytes: expected 0 or more`);
  }
  let buffer = new Uint8Array(FIRST_SIZE);
  let length = 0;
  try {
    while (true) {
      signal?.throwIfAborted();
      const count = await reader.read(buffer.subarray(length));
      if (count === null) return buffer.slice(0, length);
      length += count;
      if (length > maxBytes) break;
      if (length === buffer.length) buffer = grow(buffer);
    }
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw new ReadAllError(
      `Cannot read to the end: failed after ${length} bytes`,
      buffer.slice(0, length),
      { cause: error },
    );
  }
  throw new ReadAllError(
    `Cannot read to the end: there are more than ${maxBytes} bytes`,
    buffer.slice(0, length),
  );
}

function grow(buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * buffer.length);
  larger.set(buffer);
  return larger;
}
