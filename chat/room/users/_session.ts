import { LIMITS } from "../_limits.ts";
import type { DirectMessage } from "../chat_message.ts";
import { sizeOf } from "../rooms/_room_history.ts";

/** The most requests whose acknowledgements a session remembers. */
const MAX_ACKS = 64;

/** The most private messages that a session keeps. */
const MAX_BACKLOG = 100;

/** The acknowledgement of a request. */
export type AckMessage = Extract<DirectMessage, { readonly type: "ack" }>;

/** A message between two users. */
export type PrivateMessage = Extract<
  DirectMessage,
  { readonly type: "private" }
>;

/** The state of a user that outlives a lost connection. */
export class Session {
  /** The secret that resumes the session. */
  readonly token: string = crypto.randomUUID();
  readonly #acks = new Map<string, AckMessage>();
  readonly #backlog: PrivateMessage[] = [];
  #backlogBytes = 0;

  /** The acknowledgement of an earlier request. */
  ack(ref: string): AckMessage | undefined {
    return this.#acks.get(ref);
  }

  /** Remembers an acknowledgement. */
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
      this.#backlogBytes > LIMITS.answerBytes
    ) {
      const oldest = this.#backlog.shift();
      if (oldest === undefined) return;
      this.#backlogBytes -= sizeOf(oldest);
    }
  }

  /** The kept private messages after an id. */
  missed(after: number): readonly PrivateMessage[] {
    return this.#backlog.filter(({ id }) => id > after);
  }
}
