/**
 * The transport of a connection: Deno's own `TcpConn`, `TlsConn` and
 * `UnixConn`, or one end of an in-memory pipe.
 *
 * The halves of a connection keep at most one `read` and one `write` pending.
 */
export interface RawConn {
  /**
   * Whether written bytes arrive even if the connection is closed with unread
   * ones, as in memory. Sockets of the system are reset then.
   */
  readonly keepsSent?: boolean;
  /**
   * Whether the end of writing is a message of its own, such as `close_notify`
   * of TLS: it is sent even if nothing else was.
   */
  readonly hasEndMessage?: boolean;
  /**
   * Lets `closeWrite` leave out the message that ends the stream, so that the
   * peer can tell it from a whole one.
   */
  failEnd?(): void;
  /** Reads up to `buffer.length` bytes, `null` at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes and tells how many. */
  write(data: Uint8Array): Promise<number>;
  /** Sends the end of the stream. */
  closeWrite(): Promise<void>;
  /** Frees the resource; pending calls reject. */
  close(): void;
  /** Lets pending reads keep the process alive. */
  ref(): void;
  /** Lets the process end although a read is pending. */
  unref(): void;
}

/** The whole connection, as its halves see it. */
export interface HalfHost {
  /** The peer, for error messages. */
  readonly peerName: string;
  /** Whether pending reads keep the process alive. */
  readonly isRef: boolean;
  /** The read half is done: `error` is `undefined` at the end of the stream. */
  onReadEnd(error: unknown): void;
  /** A call has been told of the end of the stream. */
  onEndTold(): void;
  /** The write half is done: `error` is `undefined` when FIN has been sent. */
  onWriteEnd(error: unknown): void;
}
