import {
  checkOptions,
  isAmount,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { concatBytes } from "../internal/bytes/concat_bytes.ts";
import { noteOn } from "../internal/errors/note_on.ts";
import { limited } from "../internal/wait/limited.ts";
import { PollGate } from "../internal/wait/poll_gate.ts";
import { hasLimits, type WaitOptions } from "../internal/wait/wait_options.ts";
import { checkCount, checkMethod, type Reader } from "./reader.ts";
import { StreamConn } from "./conn/stream_conn.ts";

/** The size of the first block, and of the largest ones. */
const FIRST_SIZE = 16 * 1024;
const LAST_SIZE = 1024 * 1024;

/** Options for {@linkcode readAll}, with limits on the whole of it. */
export interface ReadAllOptions extends WaitOptions {
  /**
   * How many bytes there may be.
   *
   * @default {Infinity}
   */
  maxBytes?: number;
}

const READ_ALL_CHECKS: OptionChecks<ReadAllOptions> = {
  ...WAIT_CHECKS,
  maxBytes: isAmount,
};

/**
 * Tells that reading everything has failed, with the bytes up to then.
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
   * @param message The text of the error.
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
 * The limits hold for the whole of it, and end it also while the peer is
 * silent. The error then has the bytes that were read until then as a property
 * `partial`, as a {@linkcode ReadAllError} has; so has the signal's reason, if
 * that is an object. Bytes that a connection receives later are there for its next
 * read. A reader of another kind goes on with the read that was pending, whose
 * bytes are lost.
 *
 * @param reader The reader to read from.
 * @param options A limit on the size, and limits on the time.
 * @returns All bytes.
 * @throws {ReadAllError} If there are more than `maxBytes`, or a read fails,
 * which is the `cause` then. The bytes read until then are on the error.
 * @throws {DOMException} Named `TimeoutError`, at a limit of the call.
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
  checkOptions(options, READ_ALL_CHECKS);
  checkMethod("read from", reader, "read");
  const { maxBytes = Infinity } = options;
  const blocks = new Blocks();
  if (hasLimits(options)) {
    try {
      await limited(
        "Cannot read to the end",
        options,
        (signal) => readBlocks(reader, blocks, maxBytes, signal),
      );
    } catch (error) {
      // One of a limit, as a reason that may be frozen.
      if (!(error instanceof ReadAllError)) {
        noteOn(error, { partial: blocks.toBytes() });
      }
      throw error;
    }
  } else await readBlocks(reader, blocks, maxBytes);
  if (blocks.length <= maxBytes) return blocks.toBytes();
  throw new ReadAllError(
    `Cannot read to the end: there are more than ${maxBytes} bytes`,
    blocks.toBytes(),
  );
}

/** Reads to the end, or until there are too many. */
async function readBlocks(
  reader: Reader,
  blocks: Blocks,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<void> {
  // A connection gives a read up without losing a byte.
  const conn = signal !== undefined && reader instanceof StreamConn
    ? reader
    : undefined;
  // A reader that has its bytes at hand settles by microtasks alone.
  const gate = new PollGate();
  try {
    while (true) {
      const free = blocks.free();
      const count = await (conn?.read(free, { signal }) ?? reader.read(free));
      if (count === null) break;
      blocks.add(checkCount(count, free.length));
      await gate.pass();
      signal?.throwIfAborted();
      if (blocks.length > maxBytes) break;
    }
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw new ReadAllError(
      `Cannot read to the end: failed after ${blocks.length} bytes`,
      blocks.toBytes(),
      { cause: error },
    );
  }
}

/** Bytes of a length that shows at the end, each of which is moved once. */
class Blocks {
  readonly #full: Uint8Array[] = [];
  #last = new Uint8Array(FIRST_SIZE);
  #used = 0;
  /** How many bytes there are. */
  length = 0;

  /** The memory for the next ones. */
  free(): Uint8Array<ArrayBuffer> {
    if (this.#used === this.#last.length) {
      this.#full.push(this.#last);
      this.#last = new Uint8Array(Math.min(2 * this.#used, LAST_SIZE));
      this.#used = 0;
    }
    return this.#last.subarray(this.#used);
  }

  /** Counts bytes that have been put there. */
  add(count: number): void {
    this.#used += count;
    this.length += count;
  }

  /** All of them. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return concatBytes([...this.#full, this.#last.subarray(0, this.#used)]);
  }
}
