// @ts-check
/**
 * @import { ClientMessage } from "../../protocol/_client_messages.ts"
 * @import { Answered, ChatStore, Conversation, NumberedMessage } from "./store.js"
 */

/** The most messages that a server sends at once. */
const PAGE_SIZE = 100;
const EARLIER_SIZE = 50;

/** Loads the messages of rooms that the page does not have. */
export class History {
  #store;
  #ask;
  #receive;

  /**
   * @param {object} options
   * @param {ChatStore} options.store
   * @param {(request: ClientMessage, onAnswer: (message: Answered<"history"> | undefined) => void) => void} options.ask
   * @param {(room: Conversation, messages: readonly NumberedMessage[], isNews: boolean) => void} options.receive
   */
  constructor({ store, ask, receive }) {
    this.#store = store;
    this.#ask = ask;
    this.#receive = receive;
  }

  /**
   * Loads the messages before the first one.
   *
   * @param {Conversation} room
   */
  loadEarlier(room) {
    if (!room.isEntered || room.isLoading || !room.hasEarlier) return;
    room.isLoading = true;
    const before = room.idAfter(this.#store.epoch);
    this.#load(room, before, EARLIER_SIZE, (answer) => {
      room.isLoading = false;
      if (answer === undefined) return;
      this.#receive(room, answer.messages, false);
      room.hasEarlier &&= !answer.complete && answer.messages.length > 0;
    });
    this.#store.onChange();
  }

  /**
   * Loads the last of the messages that are missing before one.
   *
   * @param {Conversation} room
   * @param {number} before
   * @param {boolean} isNews
   */
  fillGap(room, before, isNews) {
    const after = room.idBefore(this.#store.epoch, before) ?? 0;
    this.#load(room, before, PAGE_SIZE, (answer) => {
      if (answer === undefined) return;
      const { messages, complete } = answer;
      const first = messages[0]?.id ?? after;
      room.gaps.delete(before);
      if (!complete && first > after) room.gaps.add(first);
      this.#receive(room, messages, isNews);
    });
  }

  /**
   * Loads a message with those before it, unless it is there.
   *
   * @param {Conversation} room
   * @param {number} id
   * @param {(isFound: boolean) => void} onDone
   */
  reach(room, id, onDone) {
    const { epoch } = this.#store;
    if (room.itemOf(epoch, id)) return onDone(true);
    if (!room.isEntered || room.kind !== "room") return onDone(false);
    const next = room.idAfter(epoch, id);
    this.#load(room, id + 1, EARLIER_SIZE, (answer) => {
      const messages = answer?.messages ?? [];
      const after = room.idBefore(epoch, id) ?? 0;
      const first = messages[0]?.id ?? 0;
      this.#receive(room, messages, false);
      const isFound = room.itemOf(epoch, id) !== undefined;
      if (isFound && next !== undefined) room.gaps.add(next);
      if (isFound && after > 0 && first > after) room.gaps.add(first);
      if (after === 0) room.hasEarlier = !answer?.complete;
      onDone(isFound);
    });
  }

  /**
   * @param {Conversation} room
   * @param {number | undefined} before
   * @param {number} limit
   * @param {(answer: Answered<"history"> | undefined) => void} onAnswer
   */
  #load({ name }, before, limit, onAnswer) {
    this.#ask({ type: "history", room: name, before, limit }, (answer) => {
      onAnswer(answer);
      this.#store.onChange();
    });
  }
}
