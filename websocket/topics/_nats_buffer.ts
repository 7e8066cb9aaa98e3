/** The part of the limit beyond which the broker is asked how much it has. */
const ASKED_FROM = 1 / 8;

/**
 * Counts the bytes given to a connection that the broker may not have yet: the
 * connection does not tell, but a flush settles when all sent before has arrived,
 * or is lost with the link.
 */
export class NatsBuffer {
  readonly #maxBytes: number;
  readonly #flush: () => Promise<void>;
  #isFlushing = false;

  /** The bytes. */
  bytes = 0;

  constructor(maxBytes: number, flush: () => Promise<void>) {
    this.#maxBytes = maxBytes;
    this.#flush = flush;
  }

  /** Whether so many bytes may be given to the connection. */
  hasRoom(size: number): boolean {
    return this.bytes + size <= this.#maxBytes;
  }

  /** Counts bytes that were given to the connection. */
  add(size: number): void {
    this.bytes += size;
    if (!this.#isFlushing) this.#count();
  }

  async #count(): Promise<void> {
    this.#isFlushing = true;
    while (this.bytes >= this.#maxBytes * ASKED_FROM) {
      const { bytes } = this;
      // A flush rejects when the connection has dropped its buffer.
      try {
        await this.#flush();
      } catch {
        // The messages that were given to it are gone as well.
      }
      this.bytes -= bytes;
    }
    this.#isFlushing = false;
  }
}
