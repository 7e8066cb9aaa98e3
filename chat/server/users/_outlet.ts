import type { OutgoingMessage } from "../outgoing/_outgoing_message.ts";

/** The way to one user, whatever kind of connection it is. */
export interface Outlet {
  /** Bytes that wait to go out. */
  readonly queuedBytes: number;
  /** Whether so much waits that its cause had better wait too. */
  readonly isCongested: boolean;

  /**
   * Sends a message behind those before, without waiting.
   *
   * @returns Whether it fits into the user's queue. If not, it is not sent: the
   * user is too slow, and has to go.
   */
  send(message: OutgoingMessage): boolean;
  /**
   * Sends the last message, and then ends the connection. A user who was too
   * slow gets it in place of what is in the queue.
   *
   * @param timeout Milliseconds without progress after which the connection is cut.
   */
  end(last: OutgoingMessage, timeout: number): void;
}
