import {
  checkOptions,
  isInteger,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { noteOn } from "../internal/errors/note_on.ts";
import { limited } from "../internal/wait/limited.ts";
import { PollGate } from "../internal/wait/poll_gate.ts";
import { hasLimits, type WaitOptions } from "../internal/wait/wait_options.ts";
import { MAX_INT } from "./_option_checks.ts";
import { checkCount, checkMethod, type Reader, type Writer } from "./reader.ts";
import { StreamConn } from "./conn/stream_conn.ts";

/** The size of the buffer, unless the caller says otherwise. */
const DEFAULT_BUFFER_SIZE = 64 * 1024;

/** Options for {@linkcode copy}, with limits on the whole of it. */
export interface CopyOptions extends WaitOptions {
  /**
   * The size of the buffer in between, in bytes.
   *
   * @default {65536}
   */
  bufferSize?: number;
}

const COPY_CHECKS: OptionChecks<CopyOptions> = {
  ...WAIT_CHECKS,
  bufferSize: isInteger(1, MAX_INT),
};

/**
 * Copies from a reader to a writer until the end of the stream (V's `io.cp`,
 * Go's `io.Copy`). Neither is closed. An error of either is passed on.
 *
 * A piece is written before the next is read, so that a slow writer stops the
 * reader.
 *
 * The limits hold for the whole of it, and end it also while one of the two
 * sides is silent. The error, or the signal's reason if that is an object, then
 * has two properties: `bytesWritten`, how many bytes the writer has taken, and
 * `unwritten`, those that were read and that it has not taken. Bytes that a
 * connection receives later are there for its next read. A reader or writer of
 * another kind goes on with the call that was pending.
 *
 * @param source The reader to read from.
 * @param destination The writer to write to.
 * @param options The size of the buffer, and limits on the time.
 * @returns How many bytes were copied.
 * @throws {DOMException} Named `TimeoutError`, at a limit of the call.
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
  checkOptions(options, COPY_CHECKS);
  checkMethod("copy from", source, "read");
  checkMethod("copy to", destination, "write");
  const progress = new Progress(options.bufferSize ?? DEFAULT_BUFFER_SIZE);
  if (!hasLimits(options)) {
    return await copyPieces(source, destination, progress);
  }
  try {
    return await limited(
      "Cannot copy to the end",
      options,
      (signal) => copyPieces(source, destination, progress, signal),
    );
  } catch (error) {
    progress.noteOn(error);
    throw error;
  }
}

/** How far a copy has come. */
class Progress {
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** How many bytes of the buffer have been read and not written yet. */
  start = 0;
  end = 0;
  /** How many bytes have been written. */
  total = 0;

  constructor(bufferSize: number) {
    this.buffer = new Uint8Array(bufferSize);
  }

  /** Counts bytes of the buffer that have been written. */
  add(count: number): void {
    this.start += count;
    this.total += count;
  }

  /** Tells by an error how far it has come, if it is an object. */
  noteOn(error: unknown): void {
    const unwritten = this.buffer.slice(this.start, this.end);
    noteOn(error, { bytesWritten: this.total, unwritten });
  }
}

async function copyPieces(
  source: Reader,
  destination: Writer,
  progress: Progress,
  signal?: AbortSignal,
): Promise<number> {
  const { buffer } = progress;
  const wait = { signal };
  // A connection gives a call up without losing a byte.
  const from = asConn(source, signal);
  const to = asConn(destination, signal);
  const writeSome = async (data: Uint8Array) => {
    if (to === undefined) {
      return checkCount(await destination.write(data), data.length);
    }
    try {
      return await to.write(data, wait);
    } catch (error) {
      progress.add(to.lastWriteSent);
      throw error;
    }
  };
  // Where bytes are at hand and room is left, all settles by microtasks alone.
  const gate = new PollGate();
  while (true) {
    const length = await (from?.read(buffer, wait) ?? source.read(buffer));
    if (length === null) return progress.total;
    checkCount(length, buffer.length);
    progress.start = 0;
    progress.end = length;
    while (progress.start < length) {
      signal?.throwIfAborted();
      const rest = buffer.subarray(progress.start, length);
      progress.add(await writeSome(rest));
      await gate.pass();
    }
    await gate.pass();
    signal?.throwIfAborted();
  }
}

/** The connection that a reader or writer is, if the call has limits. */
function asConn(
  given: Reader | Writer,
  signal: AbortSignal | undefined,
): StreamConn<unknown> | undefined {
  return signal !== undefined && given instanceof StreamConn
    ? given
    : undefined;
}
