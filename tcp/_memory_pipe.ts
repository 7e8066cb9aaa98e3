import { copyBytes } from "../internal/bytes/copy_bytes.ts";
import type { RawConn } from "./conn/_raw_conn.ts";

/** The most that one direction holds, as the system's socket buffers would. */
const CAPACITY = 64 * 1024;

/**
 * One direction of an in-memory pipe: a ring of bytes with one reader and one
 * writer, each of whom has at most one call pending.
 */
class Channel {
  #ring: Uint8Array | undefined;
  #start = 0;
  #length = 0;
  #isEnded = false;
  #isBroken = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#length === 0) {
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
      if (this.#isBroken) throw new Deno.errors.BadResource("Bad resource ID");
    }
    const ring = this.#ring ??= new Uint8Array(CAPACITY);
    const length = Math.min(
      buffer.length,
      this.#length,
      CAPACITY - this.#start,
    );
    copyBytes(ring, this.#start, length, buffer, 0);
    this.#start = (this.#start + length) % CAPACITY;
    this.#length -= length;
    this.#wake();
    return length;
  }

  async write(data: Uint8Array): Promise<number> {
    while (this.#length === CAPACITY && !this.#isBroken && !this.#isEnded) {
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
    if (this.#isBroken || this.#isEnded) {
      throw new Deno.errors.BrokenPipe("Broken pipe");
    }
    const ring = this.#ring ??= new Uint8Array(CAPACITY);
    const end = (this.#start + this.#length) % CAPACITY;
    const room = Math.min(CAPACITY - this.#length, CAPACITY - end);
    const length = Math.min(data.length, room);
    copyBytes(data, 0, length, ring, end);
    this.#length += length;
    this.#wake();
    return length;
  }

  /** No more will be written. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** No more will be read. */
  break(): void {
    this.#isBroken = true;
    this.#ring = undefined;
    this.#length = 0;
    this.#wake();
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeWriter?.();
    this.#wakeReader = this.#wakeWriter = undefined;
  }
}

/** One end of an in-memory pipe. */
export class MemoryPipeEnd implements RawConn {
  readonly keepsSent = true;
  readonly #incoming: Channel;
  readonly #outgoing: Channel;

  constructor(incoming: Channel, outgoing: Channel) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#incoming.read(buffer);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#outgoing.write(data);
  }

  closeWrite(): Promise<void> {
    this.#outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    this.#outgoing.end();
    this.#incoming.break();
  }

  /** Nothing here keeps the process alive. */
  ref(): void {}

  /** Nothing here keeps the process alive. */
  unref(): void {}
}

/** Makes the two ends of a pipe. */
export function makeMemoryPipe(): [MemoryPipeEnd, MemoryPipeEnd] {
  const there = new Channel();
  const back = new Channel();
  return [new MemoryPipeEnd(back, there), new MemoryPipeEnd(there, back)];
}
