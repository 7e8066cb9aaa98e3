/** How many keys a busy client draws at once: 4 KiB of random bytes. */
const POOL_KEYS = 1024;

/** How many it draws first, so that a client that says little keeps little. */
const FIRST_KEYS = 16;

/**
 * The masking keys of one client (RFC 6455 section 5.3): unpredictable, one per
 * frame, drawn from `crypto` many at a time since each draw costs a call into
 * the runtime.
 */
export class MaskKeys {
  #pool = new Int32Array(0);
  #used = 0;

  /** A key that was not handed out before. */
  next(): number {
    if (this.#used === this.#pool.length) this.#refill();
    return this.#pool[this.#used++];
  }

  #refill(): void {
    const first = this.#pool.length === 0;
    if (this.#pool.length < POOL_KEYS) {
      this.#pool = new Int32Array(first ? FIRST_KEYS : POOL_KEYS);
    }
    crypto.getRandomValues(this.#pool);
    this.#used = 0;
  }
}
