import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import type { RawConn } from "./_raw_conn.ts";

/** A raw connection of which some bytes have been read before: they come first. */
export abstract class HeadedConn implements RawConn {
  readonly #raw: RawConn;
  /** The bytes that have been read before, and not from this yet. */
  #head: Uint8Array | undefined;

  constructor(raw: RawConn, head: Uint8Array) {
    this.#raw = raw;
    this.#head = head.length > 0 ? head : undefined;
  }

  get keepsSent(): boolean {
    return this.#raw.keepsSent === true;
  }

  get hasEndMessage(): boolean {
    return this.#raw.hasEndMessage === true;
  }

  failEnd(): void {
    this.#raw.failEnd?.();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const head = this.#head;
    if (head === undefined) return this.#raw.read(buffer);
    const length = Math.min(head.length, buffer.length);
    copyBytes(head, 0, length, buffer, 0);
    this.#head = length < head.length ? head.subarray(length) : undefined;
    return Promise.resolve(length);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#raw.write(data);
  }

  closeWrite(): Promise<void> {
    return this.#raw.closeWrite();
  }

  close(): void {
    this.#raw.close();
  }

  ref(): void {
    this.#raw.ref();
  }

  unref(): void {
    this.#raw.unref();
  }
}
