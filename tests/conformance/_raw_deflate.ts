import { Buffer } from "node:buffer";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

/** How the raw peer compresses and inflates. */
export interface RawDeflateOptions {
  /** Window bits of what it sends, and whether it refers to earlier messages. */
  readonly sendBits?: number;
  readonly sendTakeover?: boolean;
  /** The same of what it receives. */
  readonly receiveBits?: number;
  readonly receiveTakeover?: boolean;
}

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

type Stream = ReturnType<typeof createDeflateRaw | typeof createInflateRaw>;

/** permessage-deflate of a raw peer, over the streams of `node:zlib`. */
export class RawDeflate {
  readonly #options: RawDeflateOptions;
  #deflate: Stream | undefined;
  #inflate: Stream | undefined;

  constructor(options: RawDeflateOptions = {}) {
    this.#options = options;
  }

  /** Compresses a message. */
  async compress(message: Uint8Array): Promise<Uint8Array> {
    if (message.length === 0) return new Uint8Array(1);
    const stream = this.#deflate ??= createDeflateRaw({
      // zlib has no window of 8 bits, and with 9 looks back 250 bytes at most.
      windowBits: Math.max(9, this.#options.sendBits ?? 15),
      flush: constants.Z_SYNC_FLUSH,
    });
    const flushed = await run(stream, message);
    if (this.#options.sendTakeover === false) {
      stream.destroy();
      this.#deflate = undefined;
    }
    return flushed.subarray(0, flushed.length - TAIL.length);
  }

  /** Inflates a message. */
  async inflate(message: Uint8Array): Promise<Uint8Array> {
    const stream = this.#inflate ??= createInflateRaw({
      windowBits: this.#options.receiveBits ?? 15,
      flush: constants.Z_SYNC_FLUSH,
    });
    const input = new Uint8Array(message.length + TAIL.length);
    input.set(message);
    input.set(TAIL, message.length);
    const inflated = await run(stream, input);
    if (this.#options.receiveTakeover === false) {
      stream.destroy();
      this.#inflate = undefined;
    }
    return inflated;
  }

  [Symbol.dispose](): void {
    this.#deflate?.destroy();
    this.#inflate?.destroy();
  }
}

/** Sends one message through a stream. */
async function run(stream: Stream, input: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const onData = (chunk: Uint8Array) => chunks.push(chunk);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.on("data", onData);
  stream.once("error", reject);
  stream.write(input, (error) => error ? reject(error) : resolve());
  await promise;
  stream.off("data", onData);
  stream.off("error", reject);
  return new Uint8Array(Buffer.concat(chunks));
}
