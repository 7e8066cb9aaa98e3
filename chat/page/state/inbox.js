// @ts-check
/**
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { ChatClientMessage } from "../../client/chat_client_message.ts"
 * @import { SavedState } from "./session.js"
 * @import { Answered, ChatStore, Conversation, NumberedMessage, PendingText } from "./store.js"
 */
import { sayCount } from "../words/language.js";
import { foldName } from "../words/text.js";
import { History } from "./history.js";

/** Applies the messages of rooms and private conversations to the store. */
export class Inbox {
  #store;
  #discard;
  /** The rooms that the user has asked for. @type {Set<string>} */
  asked = new Set();
  /** The state from before a reload. @type {SavedState | undefined} */
  restored;

  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {(request: ClientMessage, onAnswer: (message: Answered<"history"> | undefined) => void) => void} options.askHistory
   * @param {(conversation: Conversation, text: PendingText) => void} options.discard
   * Removes a text that was sent.
   */
  constructor({ store, askHistory, discard }) {
    this.#store = store;
    this.#discard = discard;
    /** The messages of rooms that are not here yet. */
    this.history = new History({
      store,
      ask: askHistory,
      receive: (...messages) => this.#receiveAll(...messages),
    });
  }

  /**
   * @param {ChatClientMessage} message
   * @returns {void}
   */
  take(message) {
    const store = this.#store;
    switch (message.type) {
      case "entered":
        return this.#entered(message);
      case "exited": {
        const room = store.room(message.room);
        return room && store.close(room);
      }
      case "joined":
      case "left":
      case "renamed":
      case "topic":
      case "said":
      case "action": {
        const room = store.room(message.room);
        store.track(message);
        if (room) store.receive(room, message, true);
        return;
      }
      case "edited":
      case "private-edited":
        return store.edit(message);
      case "private":
        return this.#private(message);
      case "online":
        store.room(message.room)?.setOnline(message.online);
        return store.onChange();
    }
  }

  /**
   * Handles an `entered`. After the first one, its history is the missed messages.
   *
   * @param {Answered<"entered">} message
   */
  #entered({ room: name, topic, users, online, history, complete }) {
    const store = this.#store;
    const isNew = store.room(name) === undefined;
    const room = store.openRoom(name);
    const lastId = room.idBefore(store.epoch);
    const [first] = history;
    room.name = name;
    room.topic = topic;
    room.setUsers(users, online);
    if (isNew) room.hasEarlier = !complete;
    room.isEntered = true;
    if (first && lastId !== undefined && first.id > lastId && !complete) {
      room.gaps.add(first.id);
      this.history.fillGap(room, first.id, true);
    }
    const isBack = lastId !== undefined || this.restored !== undefined;
    this.#receiveAll(room, history, isBack);
    if (isNew && this.asked.has(foldName(name))) store.activate(room);
    this.#showRestored(room);
  }

  /**
   * @param {Conversation} room
   * @param {readonly NumberedMessage[]} messages
   * @param {boolean} isNews
   */
  #receiveAll(room, messages, isNews) {
    for (const message of messages) {
      this.#receive(room, message, isNews);
      this.#recognize(room, message);
    }
  }

  /**
   * Removes an uncertain text that appears in the history: it was sent.
   *
   * @param {Conversation} room
   * @param {NumberedMessage} message
   */
  #recognize(room, message) {
    if (message.type !== "said" && message.type !== "action") return;
    if (!this.#store.isOwn(message.user)) return;
    const found = room.pending.find(({ state, text }) =>
      state === "uncertain" && text === message.text
    );
    if (found) this.#discard(room, found);
  }

  /**
   * Takes a message that may have been seen before a reload.
   *
   * @param {Conversation} conversation
   * @param {NumberedMessage} message
   * @param {boolean} isNews
   */
  #receive(conversation, message, isNews) {
    const seenId = this.restored?.seenId ?? 0;
    this.#store.receive(conversation, message, isNews && message.id > seenId);
  }

  /** @param {Answered<"private">} message */
  #private(message) {
    const { user, to, text } = message;
    const isOwn = this.#store.isOwn(user);
    const conversation = this.#store.openPrivate(isOwn ? to : user);
    const sent = conversation.pending.find((each) =>
      each.state === "sent" && each.text === text
    );
    // Its "ack" comes later; it is not to be seen twice until then.
    if (sent && isOwn) this.#discard(conversation, sent);
    this.#receive(conversation, message, true);
    this.#showRestored(conversation);
  }

  /** @param {Conversation} conversation */
  #showRestored(conversation) {
    const { kind, name } = this.restored?.active ?? {};
    if (kind !== conversation.kind || name !== conversation.name) return;
    if (this.restored) this.restored.active = undefined;
    this.#store.activate(conversation);
  }

  /** @param {Answered<"users">} message */
  describeUsers({ room: name, users, online }) {
    const room = this.#store.room(name);
    if (!room) return;
    room.setUsers(users, online);
    const names = users.map(({ nickname }) => nickname).join(", ");
    const values = { room: room.name, names };
    this.#store.note(room, sayCount("page.users", room.online, values));
  }
}
