import { MAX_ANSWER_BYTES, sizeOf } from "../rooms/_room_history.ts";
import type { DirectMessage } from "../chat_message.ts";

/** The most requests whose answers a session remembers. */
const MAX_ACKS = 64;

/** The most private messages that a session keeps. */
const MAX_BACKLOG = 100;

/** That something was done. */
export type AckMessage = Extract<DirectMessage, { readonly type: "ack" }>;

/** A message between two users. */
export type PrivateMessage = Extract<
  DirectMessage,
  { readonly type: "private" }
>;

/** What outlives a lost connection of a user. */
export class Session {
  /** The secret by which the user comes back. */
  readonly token: string;
  readonly #acks = new Map<string, AckMessage>();
  readonly #backlog: PrivateMessage[] = [];
  #backlogBytes = 0;

  constructor(token: string) {
    this.token = token;
  }

  /** The answer to a request that was carried out already. */
  ack(ref: string): AckMessage | undefined {
    return this.#acks.get(ref);
  }

  /** Remembers the answer to a request. */
  remember(ack: AckMessage): void {
    this.#acks.set(ack.ref, ack);
    for (const ref of this.#acks.keys()) {
      if (this.#acks.size <= MAX_ACKS) return;
      this.#acks.delete(ref);
    }
  }

  /** Keeps a private message that the user sent or got. */
  keep(message: PrivateMessage): void {
    this.#backlog.push(message);
    this.#backlogBytes += sizeOf(message);
    while (
      this.#backlog.length > MAX_BACKLOG ||
      this.#backlogBytes > MAX_ANSWER_BYTES
    ) {
      const oldest = this.#backlog.shift();
      if (oldest === undefined) return;
      this.#backlogBytes -= sizeOf(oldest);
    }
  }

  /** The private messages after an id, as far as they are kept. */
  missed(after: number): readonly PrivateMessage[] {
    return this.#backlog.filter(({ id }) => id > after);
  }
}
