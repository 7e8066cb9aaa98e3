import {
  giveBuffer,
  LARGE_BUFFER,
  ownsMemory,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { copyMasked } from "./_masking.ts";

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/** The least that is allocated for a message in fragments. */
const MIN_SIZE = 1024;

/**
 * How much is allocated on the mere announcement of a length. Beyond it the
 * buffer grows fourfold with the bytes that arrive, so a peer that announces much
 * and sends nothing costs little, and one large frame is moved only once or
 * twice on its way to 16 MiB.
 */
export const ON_TRUST: number = 256 * 1024;

/**
 * The message that is under way: its fragments, or the pieces of a large frame,
 * one behind the other in one growing buffer. It holds no memory while no
 * message is under way.
 */
export class MessageBuffer {
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #view: DataView = EMPTY_VIEW;
  #length = 0;

  /** How many bytes the message has so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes so far, at the front of a buffer that may be longer. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /**
   * Makes room for a frame, as far as its announcement is to be trusted.
   *
   * @param frame How many bytes of the frame are still to come.
   * @param last Whether the frame is the message's last.
   * @param arrived How many of those bytes are to be appended right away.
   */
  reserve(frame: number, last: boolean, arrived: number): void {
    const needed = this.#length + arrived;
    const capacity = this.#bytes.length;
    if (needed <= capacity) return;
    const known = this.#length + frame;
    const wanted = last ? known : Math.max(known, capacity * 2, MIN_SIZE);
    const trusted = Math.max(needed, capacity * 4, ON_TRUST);
    // Of a larger frame, this is for the first part.
    if (wanted > trusted) this.#resize(trusted, trusted <= LARGE_BUFFER);
    else this.#resize(wanted, wanted <= SMALL_BUFFER);
  }

  /**
   * Appends bytes, unmasked on the way. `reserve` has made room for them.
   *
   * @param from The array that holds the bytes.
   * @param start The place of the first one.
   * @param length How many there are.
   * @param key The masking key for the first one, 0 for none.
   * @returns All words ORed together, as {@linkcode copyMasked} does.
   */
  append(
    from: DataView,
    start: number,
    length: number,
    key: number,
  ): number {
    const seen = copyMasked(
      from,
      start,
      this.#view,
      this.#length,
      length,
      key,
    );
    this.#length += length;
    return seen;
  }

  /** Appends bytes that have no mask, and does not look at them. */
  appendPlain(
    from: DataView,
    start: number,
    length: number,
  ): void {
    const source = from.byteOffset + start;
    const piece = new Uint8Array(from.buffer, source, length);
    this.#bytes.set(piece, this.#length);
    this.#length += length;
  }

  /** Hands the message over: the receiver owns the bytes, and nothing else. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    const isWhole = this.#length === bytes.length && ownsMemory(bytes);
    const message = isWhole ? bytes : bytes.slice(0, this.#length);
    // Memory that is handed over must not go back to the pool.
    if (isWhole) this.#bytes = EMPTY;
    this.clear();
    return message;
  }

  /** Forgets the message. */
  clear(): void {
    giveBuffer(this.#bytes);
    this.#bytes = EMPTY;
    this.#view = EMPTY_VIEW;
    this.#length = 0;
  }

  /**
   * @param size How many bytes there have to be room for.
   * @param isPooled Whether the memory goes back and forth: nobody gets that of
   * a text, of a message that is compressed, or of the first part of a large
   * frame; a large buffer of the pool might hold much more than a message.
   */
  #resize(size: number, isPooled: boolean): void {
    const larger = isPooled
      ? takeBuffer(poolSizeFor(size))
      : new Uint8Array(size);
    larger.set(this.#bytes.subarray(0, this.#length));
    giveBuffer(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.length);
  }
}
