import { LIMITS } from "../_limits.ts";
import type { DirectMessage } from "../chat_message.ts";
import { sizeOf } from "../rooms/_room_history.ts";

/** The most requests that a session remembers. */
const MAX_RECEIPTS = 64;

/** The most private messages that a session keeps. */
const MAX_BACKLOG = 100;

/** A message between two users. */
export type PrivateMessage = Extract<
  DirectMessage,
  { readonly type: "private" }
>;

/** The message that came of a request. */
export interface Receipt {
  readonly id: number;
  /** In milliseconds since the epoch. */
  readonly time: number;
}

/** The state of a user that outlives a lost connection. */
export class Session {
  /** The keys of the secrets that resume the session: one for each device. */
  readonly keys: string[];
  readonly #receipts = new Map<string, Receipt>();
  readonly #backlog: PrivateMessage[] = [];
  #backlogBytes = 0;

  constructor(keys: readonly string[]) {
    this.keys = [...keys];
  }

  /** The last requests by their `ref`, the oldest first. */
  get receipts(): ReadonlyMap<string, Receipt> {
    return this.#receipts;
  }

  /** Remembers what came of a request, so that it is not carried out again. */
  remember(ref: string, receipt: Receipt): void {
    this.#receipts.set(ref, receipt);
    for (const oldest of this.#receipts.keys()) {
      if (this.#receipts.size <= MAX_RECEIPTS) return;
      this.#receipts.delete(oldest);
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
