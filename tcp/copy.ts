import type { Reader, Writer } from "./reader.ts";

/** Options for {@linkcode copy}. */
export interface CopyOptions {
  /**
   * The size of the buffer in between, in bytes.
   *
   * @default {65536}
   */
  bufferSize?: number;
  /** Stops between two pieces, and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Copies from a reader to a writer until the end of the stream (V's `io.cp`,
 * Go's `io.Copy`). Neither is closed. An error of either is passed on.
 *
 * A piece is written before the next is read, so that a slow writer stops the
 * reader.
 *
 * @param source What to read from.
 * @param destination What to write to.
 * @param options The size of the buffer, and a signal.
 * @returns How many bytes were copied.
 *
 * @example Usage
 * ```ts
 * import { copy } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [client, server] = pipe();
 * using _client = client;
 * using _server = server;
 * await client.writeString("hello\n");
 * await client.closeWrite();
 * assertEquals(await copy(server, server), 6);
 * assertEquals(await client.readLine(), "hello");
 * ```
 */
export async function copy(
  source: Reader,
  destination: Writer,
  options: CopyOptions = {},
): Promise<number> {
  const { bufferSize = 64 * 1024, signal } = options;
  if (!Number.isInteger(bufferSize) || bufferSize < 1) {
    throw new RangeError(
      `Cannot copy with a buffer of ${bufferSize} bytes: expected 1 or more`,
    );
  }
  const buffer = new Uint8Array(bufferSize);
  let total = 0;
  while (true) {
    signal?.throwIfAborted();
    const length = await source.read(buffer);
    if (length === null) return total;
    let written = 0;
    while (written < length) {
      signal?.throwIfAborted();
      written += await destination.write(buffer.subarray(written, length));
    }
    total += length;
  }
}
