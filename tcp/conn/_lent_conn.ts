import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import type { RawConn } from "./_raw_conn.ts";
import type { ConnProtocol } from "./_conn_core.ts";
import { coreOf, type StreamConn } from "./stream_conn.ts";

/**
 * The raw connection of a {@linkcode StreamConn} which a protocol has taken over
 * for good. The connection can't be used any more, and is freed with this.
 */
export class LentConn implements RawConn, ConnProtocol {
  readonly #conn: StreamConn<unknown>;
  readonly #raw: RawConn;
  /** Bytes that have arrived before. */
  #head: Uint8Array | undefined;
  /** What the protocol has made of it: ends in its stead. */
  successor: StreamConn<unknown> | undefined;
  /** Whether the program has closed or cut the connection before there was one. */
  wasGivenUp = false;

  constructor(conn: StreamConn<unknown>, head: Uint8Array) {
    this.#conn = conn;
    this.#head = head.length > 0 ? head : undefined;
    this.#raw = coreOf(conn).lend(this);
  }

  get keepsSent(): boolean {
    return this.#raw.keepsSent === true;
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

  /** Frees the connection, and the raw one with it. */
  close(): void {
    const { isFreed } = coreOf(this.#conn);
    if (isFreed && this.successor === undefined) this.wasGivenUp = true;
    this.#conn.terminate();
  }

  ref(): void {
    this.#raw.ref();
  }

  unref(): void {
    this.#raw.unref();
  }

  closeConn(): void {
    if (this.successor !== undefined) return this.successor.close();
    this.wasGivenUp = true;
    this.close();
  }

  failEnd(): void {
    if (this.successor !== undefined) coreOf(this.successor).failEnd();
  }
}
