import type { Delivery } from "../chat_message.ts";
import type { ChatEntry } from "./_chat_entry.ts";

/** Puts the entries of a chat in their order. */
export interface EntryLog {
  /** The name of this server in the log, which is new for each start. */
  readonly origin: string;
  /** The name of the sequence of ids. */
  readonly epoch: string;
  /** Whether no more requests can be proposed for now. */
  readonly isFull: boolean;
  /**
   * Orders an entry, which is applied now or later.
   *
   * @returns The messages to deliver, if it has been applied.
   */
  propose(entry: ChatEntry): Delivery[];
  /** The key that stands for the token of a session in entries. */
  sessionKey(token: string): string;
}
