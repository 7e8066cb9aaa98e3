import type { KeptMessage } from "../../../../chat/room/chat_message.ts";
import type { ChatStore } from "../../../../chat/store/chat_store.ts";
import type { StoredPrivateMessage } from "../../../../chat/store/stored_message.ts";

/** What a data file would have: all texts from a place of the log on. */
export class RecordingStore implements ChatStore {
  readonly epoch = "simulated";
  readonly lastMessageId = 0;
  readonly lastUserId = 0;
  /** Texts by id. */
  readonly texts = new Map<number, string>();

  reserveMessageIds(): void {}

  reserveUserIds(): void {}

  load(): undefined {}

  append({ id, text }: KeptMessage): void {
    this.#add(id, text);
  }

  appendPrivate({ id, text }: StoredPrivateMessage): void {
    this.#add(id, text);
  }

  change(_room: string, id: number, text: string): void {
    if (this.texts.has(id)) this.texts.set(id, text);
  }

  #add(id: number, text: string): void {
    if (this.texts.has(id)) throw new Error(`${id} (${text}) is stored twice`);
    this.texts.set(id, text);
  }
}
