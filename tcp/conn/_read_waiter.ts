import type { WaitNode } from "../../internal/wait/wait_queue.ts";
import type { ByteWindow } from "./_byte_window.ts";

/** The source of a call's bytes: the reading half of a connection. */
export interface ReadSource {
  /** The bytes that have arrived and that no call has taken. */
  readonly window: ByteWindow;
  /** Milliseconds that a call may take, unless it says otherwise. */
  readonly timeout: number;
  /** The peer, for error messages. */
  readonly peerName: string;
}

/** A call that waits for bytes of a connection. */
export interface ReadWaiter extends WaitNode {
  /** How many bytes the window should have room for, 0 for any number. */
  readonly need?: number;
  /** Takes what it needs and settles, or returns `false` to wait for more. */
  serve(source: ReadSource): boolean;
  /** Settles at the end of the stream, with the bytes that are there. */
  end(source: ReadSource): void;
  /** Settles because the connection was closed or has failed. */
  fail(error: unknown): void;
  /** Gives its bytes back: its limit or signal ended the wait. */
  dropped?(source: ReadSource): void;
}
