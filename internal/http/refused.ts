import type { HttpHead, StatusLine } from "./http_head.ts";

/** A server or a proxy has refused; the body of its response was not read yet. */
export class Refused<C, E> {
  /** The connection, behind the head of the response. */
  readonly conn: C;
  readonly head: HttpHead<StatusLine>;
  readonly error: E;

  constructor(conn: C, head: HttpHead<StatusLine>, error: E) {
    this.conn = conn;
    this.head = head;
    this.error = error;
  }
}
