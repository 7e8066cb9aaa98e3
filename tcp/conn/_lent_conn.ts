import type { ConnProtocol } from "./_conn_core.ts";
import { HeadedConn } from "./_headed_conn.ts";
import { coreOf, type StreamConn } from "./stream_conn.ts";

/**
 * The raw connection of a {@linkcode StreamConn} which a protocol has taken over
 * for good. The connection can't be used any more, and is freed with this.
 */
export class LentConn extends HeadedConn implements ConnProtocol {
  readonly #conn: StreamConn<unknown>;
  /** The connection that the protocol has made of it: ends in its stead. */
  successor: StreamConn<unknown> | undefined;
  /** Whether the program has closed or cut the connection before there was one. */
  wasGivenUp = false;

  constructor(conn: StreamConn<unknown>, head: Uint8Array) {
    super(coreOf(conn).lend(), head);
    this.#conn = conn;
    coreOf(conn).protocol = this;
  }

  /** Frees the connection, and the raw one with it. */
  override close(): void {
    const { isFreed } = coreOf(this.#conn);
    if (isFreed && this.successor === undefined) this.wasGivenUp = true;
    this.#conn.terminate();
  }

  closeConn(): void {
    if (this.successor !== undefined) return this.successor.close();
    this.wasGivenUp = true;
    this.close();
  }

  override failEnd(): void {
    if (this.successor !== undefined) coreOf(this.successor).failEnd();
  }
}
