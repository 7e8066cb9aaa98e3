import { copyBytes } from "../../internal/bytes/copy_bytes.ts";

/** Bytes that a TLS engine has decrypted and that nobody has read, in order. */
export class PlainText {
  readonly #chunks: Uint8Array[] = [];
  /** How much of the first chunk is gone. */
  #start = 0;

  /** How many bytes wait. */
  length = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** Takes as many as there are and fit, and tells how many. */
  take(buffer: Uint8Array): number {
    let taken = 0;
    while (taken < buffer.length && this.length > 0) {
      const chunk = this.#chunks[0] as Uint8Array;
      const length = Math.min(
        chunk.length - this.#start,
        buffer.length - taken,
      );
      copyBytes(chunk, this.#start, length, buffer, taken);
      taken += length;
      this.#start += length;
      this.length -= length;
      if (this.#start < chunk.length) break;
      this.#chunks.shift();
      this.#start = 0;
    }
    return taken;
  }
}
