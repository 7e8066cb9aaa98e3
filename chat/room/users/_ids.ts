import type { ChatStore } from "../../store/chat_store.ts";
import { IdSequence } from "./_id_sequence.ts";

/** The source of the numbers of connections, users and messages. */
export interface IdSource {
  /** The number of a new connection of this server. */
  connectionId(): number;
  /** The id of a user who enters the chat over a connection. */
  userId(connection: number): number;
  /** The id of a message that comes of an entry. */
  messageId(): number;
}

/** The ids of a chat with one server: none is used twice, not even after a restart. */
export class LocalIds implements IdSource {
  readonly #connections: IdSequence;
  readonly #messages: IdSequence;

  constructor(store: ChatStore) {
    this.#connections = new IdSequence(
      store.lastUserId,
      100,
      (last) => store.reserveUserIds(last),
    );
    this.#messages = new IdSequence(
      store.lastMessageId,
      4096,
      (last) => store.reserveMessageIds(last),
    );
  }

  connectionId(): number {
    return this.#connections.next();
  }

  userId(connection: number): number {
    return connection;
  }

  messageId(): number {
    return this.#messages.next();
  }
}

/**
 * The ids of a chat with several servers: that of a message is the id of its entry,
 * which makes at most one message in each room. Connections are counted by each
 * server.
 */
export class SharedIds implements IdSource {
  #lastConnection = 0;
  #entry = 0;
  #isUsed = false;

  /** Whether a message has come of the entry. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Names the entry that is applied next. */
  enterEntry(id: number): void {
    this.#entry = id;
    this.#isUsed = false;
  }

  connectionId(): number {
    return ++this.#lastConnection;
  }

  userId(): number {
    return this.#entry;
  }

  messageId(): number {
    this.#isUsed = true;
    return this.#entry;
  }
}
