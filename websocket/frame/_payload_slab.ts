const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/** The largest slab, and so the most memory that one kept message keeps alive. */
const MAX_SIZE = 8192;

/**
 * Memory for the payloads of small messages, of which a read brings hundreds.
 * Allocating a typed array costs 300 ns in Deno however small it is, a view of
 * an existing one 25: so the messages of one read lie side by side in a slab,
 * each region written once and owned by its receiver.
 *
 * A slab is no larger than the rest of the read, so a message that comes
 * alone has its buffer for itself, and is dropped when the read is done: an
 * idle connection holds none.
 */
export class PayloadSlab {
  /** The slab in use. */
  bytes: Uint8Array<ArrayBuffer> = EMPTY;
  /** The same bytes. */
  view: DataView = EMPTY_VIEW;
  /** How many of them are given away. */
  used = 0;

  /**
   * Makes the next `length` bytes available at `used`.
   *
   * @param length How many are needed now, 2 KiB at most.
   * @param room How many may be needed together until `drop()`.
   */
  reserve(length: number, room: number): void {
    // A receiver that transferred its message has detached the slab: it then
    // has length 0, and is replaced.
    if (this.used + length <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(length, Math.min(room, MAX_SIZE)));
    this.view = new DataView(this.bytes.buffer);
    this.used = 0;
  }

  /** Gives the reserved bytes away. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const { bytes, used } = this;
    if (length === 0) return new Uint8Array(0);
    if (length === bytes.length) {
      this.drop();
      return bytes;
    }
    this.used = used + length;
    return bytes.subarray(used, used + length);
  }

  /** Lets go of the slab. */
  drop(): void {
    this.bytes = EMPTY;
    this.view = EMPTY_VIEW;
    this.used = 0;
  }
}
