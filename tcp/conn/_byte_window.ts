import {
  giveBuffer,
  ownsMemory,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { concatBytes } from "../../internal/bytes/concat_bytes.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";

const EMPTY = new Uint8Array(0);

/**
 * The bytes of a connection that have arrived and that no call has taken, in one
 * buffer of the pool. The next read writes behind them, by {@linkcode lend}.
 */
export class ByteWindow {
  /** Holds the window, from `#start` to `#end`. */
  #buffer: Uint8Array<ArrayBuffer> = EMPTY;
  #start = 0;
  #end = 0;
  /** The buffer that a read in flight writes to, and from where on. */
  #lent: Uint8Array<ArrayBuffer> | undefined;
  #lentStart = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The bytes themselves: valid until the next call that takes or reads. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drops the first bytes. */
  consume(length: number): void {
    this.#start += length;
    if (this.#start < this.#end || this.#lent !== undefined) return;
    this.#start = this.#end = 0;
    if (this.#buffer.length > SMALL_BUFFER) this.clear();
  }

  /** Takes bytes into `target` and tells how many. */
  take(target: Uint8Array, offset = 0): number {
    // A target that was transferred meanwhile takes nothing.
    const room = Math.max(0, target.length - offset);
    const length = Math.min(this.#end - this.#start, room);
    copyBytes(this.#buffer, this.#start, length, target, offset);
    this.consume(length);
    return length;
  }

  /** Takes all bytes as a chunk with memory of its own. */
  takeCopy(): Uint8Array<ArrayBuffer> {
    const isAll = this.length === this.#buffer.length;
    if (isAll && this.#lent === undefined && ownsMemory(this.#buffer)) {
      const chunk = this.#buffer;
      this.#reset(EMPTY, 0);
      return chunk;
    }
    const chunk = this.#buffer.slice(this.#start, this.#end);
    this.consume(chunk.length);
    return chunk;
  }

  /** Puts bytes back in front: the call has made no use of them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // A new buffer: a read in flight goes on writing to the old one.
    const buffer = concatBytes([bytes, this.peek()]);
    if (this.#buffer !== this.#lent) giveBuffer(this.#buffer);
    this.#reset(buffer, buffer.length);
  }

  /**
   * Makes room for a read behind the bytes and lends it: no bytes are moved until
   * {@linkcode fill} or {@linkcode release}.
   *
   * @param size How large the buffer of an empty window should be. Otherwise there
   * is room for at least as much as the window holds.
   * @param need How many bytes the window has to hold in all, 0 for any number.
   */
  lend(size: number, need: number): Uint8Array<ArrayBuffer> {
    const used = this.length;
    if (used === 0) this.#resize(Math.max(size, need && poolSizeFor(need)));
    else if (need === 0) this.#makeRoom(used, size);
    else {
      const whole = Math.max(need, used + 1);
      if (this.#buffer.length - this.#start < whole) {
        this.#resize(poolSizeFor(whole));
      }
    }
    this.#lent = this.#buffer;
    this.#lentStart = this.#end;
    return this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end);
  }

  /** The read has brought `length` bytes. */
  fill(length: number): void {
    const lent = this.#lent;
    const start = this.#lentStart;
    if (lent === undefined) return;
    this.#lent = undefined;
    if (lent === this.#buffer) this.#end = start + length;
    else if (this.length === 0) {
      giveBuffer(this.#buffer);
      this.#reset(lent, start + length);
      this.#start = start;
    } else {
      // Bytes were put back in the meantime, into another buffer.
      this.#makeRoom(length, this.#buffer.length);
      copyBytes(lent, start, length, this.#buffer, this.#end);
      this.#end += length;
      giveBuffer(lent);
    }
  }

  /** The read has brought nothing. */
  release(): void {
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent !== undefined && lent !== this.#buffer) giveBuffer(lent);
    if (this.length === 0) this.clear();
  }

  /** Drops all bytes, and gives back the buffer unless a read writes to it. */
  clear(): void {
    if (this.#buffer !== this.#lent) giveBuffer(this.#buffer);
    this.#reset(EMPTY, 0);
  }

  /** Makes room for `length` bytes, in a buffer of about the given size. */
  #makeRoom(length: number, size: number): void {
    const needed = Math.max(size, poolSizeFor(this.length + length));
    const isTight = needed - this.#end < Math.max(needed / 4, length);
    if (isTight || needed !== this.#buffer.length) this.#resize(needed);
  }

  /** Moves the bytes to the front of a buffer of this size. */
  #resize(size: number): void {
    const old = this.#buffer;
    const used = this.length;
    if (size === old.length) {
      if (used > 0) old.copyWithin(0, this.#start, this.#end);
      this.#reset(old, used);
      return;
    }
    const buffer = takeBuffer(size);
    if (used > 0) buffer.set(this.peek());
    giveBuffer(old);
    this.#reset(buffer, used);
  }

  #reset(buffer: Uint8Array<ArrayBuffer>, length: number): void {
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = length;
  }
}
