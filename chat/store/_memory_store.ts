import type { ChatStore } from "./chat_store.ts";

/** The store that stores nothing: rooms keep their history in memory. */
export class MemoryStore implements ChatStore {
  readonly epoch: string;
  readonly lastMessageId = 0;
  readonly lastUserId = 0;

  constructor(epoch: string = crypto.randomUUID()) {
    this.epoch = epoch;
  }

  reserveMessageIds(): void {}

  reserveUserIds(): void {}

  load(): undefined {}

  append(): void {}
}
