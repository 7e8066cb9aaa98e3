import type { DeflateRaw } from "node:zlib";
import { concatBytes } from "../../internal/bytes/concat_bytes.ts";
import type { Zlib } from "./_zlib.ts";

/** How to compress. */
export interface DeflaterOptions {
  /** The base-2 logarithm of the window, 8 to 15. */
  readonly windowBits: number;
  /** Whether messages may refer to earlier ones. */
  readonly contextTakeover: boolean;
  /** The effort, from 1 (fast) to 9 (small). */
  readonly level?: number | undefined;
}

/** The size of the end of every flush, which is not sent. */
const TAIL_SIZE = 4;

/** Messages up to this size use small tables, which are made in half the time. */
const SMALL = 1024;

interface Job {
  readonly chunks: Uint8Array[];
  resolve(message: Uint8Array): void;
  reject(reason: unknown): void;
}

/**
 * Compresses the messages of one direction (RFC 7692 section 7.2.1).
 *
 * Without context takeover each message is one synchronous call of `node:zlib`,
 * and no memory is held between messages. With it, the stream interface is used,
 * which alone keeps a window: the results are promises that settle in the order of
 * the calls, and the stream holds about 250 KiB until `close()`.
 */
export class Deflater {
  readonly #zlib: Zlib;
  readonly #options: DeflaterOptions;
  readonly #windowBits: number;
  #stream: DeflateRaw | undefined;
  #jobs: Job[] = [];
  #closed = false;

  /** Makes a compressor for one direction of a connection. */
  constructor(zlib: Zlib, options: DeflaterOptions) {
    this.#zlib = zlib;
    this.#options = options;
    this.#windowBits = Math.max(9, options.windowBits);
  }

  /**
   * Compresses one message.
   *
   * @param message The message, which must not change before the result is there.
   * @returns The payload for its frames, or a promise of it.
   * @throws {Error} After `close()`.
   */
  compress(message: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (this.#closed) throw closedError();
    // A flush of nothing has no output, so this is an empty block without its end.
    if (message.length === 0) return new Uint8Array(1);
    if (!this.#options.contextTakeover) return this.#compressAlone(message);
    return new Promise((resolve, reject) => {
      const stream = this.#stream ??= this.#open();
      this.#jobs.push({ chunks: [], resolve, reject });
      stream.write(message, (error) => {
        if (error) this.#fail(error);
        else this.#finish();
      });
    });
  }

  /** Frees the window; pending results reject. */
  close(): void {
    this.#closed = true;
    this.#stream?.destroy();
    this.#fail(closedError());
  }

  #compressAlone(message: Uint8Array): Uint8Array {
    const { length } = message;
    const needed = 33 - Math.clz32(length);
    return withoutTail(this.#zlib.deflateRawSync(message, {
      windowBits: Math.min(this.#windowBits, Math.max(9, needed)),
      memLevel: length <= SMALL ? 3 : 8,
      level: this.#options.level,
      finishFlush: this.#zlib.constants.Z_SYNC_FLUSH,
      chunkSize: length + 64,
    }));
  }

  #open(): DeflateRaw {
    const stream = this.#zlib.createDeflateRaw({
      windowBits: this.#windowBits,
      level: this.#options.level,
      flush: this.#zlib.constants.Z_SYNC_FLUSH,
    });
    stream.on("data", (chunk: Uint8Array) => this.#jobs[0]?.chunks.push(chunk));
    stream.on("error", (error) => this.#fail(error));
    return stream;
  }

  #finish(): void {
    const job = this.#jobs.shift();
    job?.resolve(withoutTail(concatBytes(job.chunks)));
  }

  #fail(reason: unknown): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) job.reject(reason);
  }
}

function closedError(): Error {
  return new Error("Cannot compress: the connection is closed");
}

/** Removes the end; the result is a plain array, as some methods of Buffer differ. */
function withoutTail(flushed: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = flushed;
  return new Uint8Array(buffer, byteOffset, length - TAIL_SIZE);
}
