import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";

/** The limits of one user. */
export interface UserLimits {
  /** The most bytes of a line. */
  readonly maxLineLength: number;
  /** The most bytes that may wait to be sent. */
  readonly maxQueuedBytes: number;
}

/** The outgoing side of a user's connection, of any kind. */
export interface Outlet {
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Whether so much waits that no more should be read from this user. */
  readonly isCongested: boolean;

  /**
   * Queues a message without waiting.
   *
   * @returns `false` if the queue is full: the message is dropped, and the user
   * should be disconnected as too slow.
   */
  send(message: OutgoingMessage): boolean;
  /**
   * Sends the last message and closes the connection. If the queue was full, the
   * last message replaces its content.
   *
   * @param timeout Milliseconds without progress after which the connection is cut.
   */
  end(last: OutgoingMessage, timeout: number): void;
  /**
   * Makes the user leave if the peer has ended, where only a read can tell. It is
   * called while a request waits for the log, so that nothing else is read.
   */
  probe?(): void;
}
