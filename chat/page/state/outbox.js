// @ts-check
/**
 * @import { ChatSession } from "../../client/core/_chat_session.ts"
 * @import { Outcome, PendingRequest } from "../../client/core/_pending_request.ts"
 * @import { EarlierRequest } from "../../client/core/_request_queue.ts"
 * @import { ChatStore, Conversation, NumberedMessage, PendingText } from "./store.js"
 */

import { errorText } from "../../client/core/_server_text.ts";
import { pageTexts } from "../words/language.js";

/** Sends the user's texts, and keeps them until the server has confirmed them. */
export class Outbox {
  #session;
  #store;
  #flush;
  #save;
  /** The requests of texts. @type {Map<PendingText, PendingRequest>} */
  #requests = new Map();

  /**
   * @param {object} options
   * @param {ChatSession} options.session
   * @param {ChatStore} options.store
   * @param {() => void} options.flush Sends the requests of the session.
   * @param {() => void} options.save Saves the state of the page.
   */
  constructor({ session, store, flush, save }) {
    this.#session = session;
    this.#store = store;
    this.#flush = flush;
    this.#save = save;
  }

  /** How many texts are not confirmed. */
  get size() {
    return this.#store.list().reduce(
      (sum, { pending }) => sum + pending.length,
      0,
    );
  }

  /**
   * Sends a text as soon as possible.
   *
   * @param {Conversation} conversation
   * @param {PendingText["type"]} type
   * @param {string} text
   * @param {number} [replyTo] The id of the message that it answers.
   */
  add(conversation, type, text, replyTo) {
    /** @type {PendingText} */
    const pending = {
      ...{ ref: "", type, text, time: Date.now(), state: "waiting", replyTo },
    };
    conversation.pending.push(pending);
    this.#submit(conversation, pending);
    this.#changed();
  }

  /**
   * Takes over a text from before a reload.
   *
   * @param {Conversation} conversation
   * @param {PendingText} pending
   */
  restore(conversation, pending) {
    conversation.pending.push(pending);
    const { ref, state } = pending;
    if (state === "failed" || state === "uncertain") return;
    this.#submit(conversation, pending, { ref, wasSent: state === "sent" });
  }

  /**
   * Sends a text again that has failed, or may have.
   *
   * @param {Conversation} conversation
   * @param {PendingText} pending
   */
  sendAgain(conversation, pending) {
    pending.state = "waiting";
    pending.error = undefined;
    this.#submit(conversation, pending);
    this.#changed();
  }

  /**
   * Removes a text, which is not sent any more.
   *
   * @param {Conversation} conversation
   * @param {PendingText} pending
   */
  discard(conversation, pending) {
    const request = this.#requests.get(pending);
    this.#requests.delete(pending);
    if (request) this.#session.withdraw(request);
    conversation.pending = conversation.pending.filter((each) =>
      each !== pending
    );
    this.#changed();
  }

  /** Updates the states of the texts after requests were sent or answered. */
  update() {
    let isSame = true;
    for (const [pending, request] of this.#requests) {
      const state = this.#session.isUnderWay(request) ? "sent" : "waiting";
      isSame &&= pending.state === state;
      pending.state = state;
    }
    if (!isSame) this.#save();
  }

  /**
   * @param {Conversation} conversation
   * @param {PendingText} pending
   * @param {EarlierRequest} [earlier]
   */
  #submit(conversation, pending, earlier) {
    const { kind, name } = conversation;
    const { type, text, replyTo } = pending;
    const request = this.#session.submit(
      kind === "private"
        ? { type: "msg", to: name, text, replyTo }
        : type === "me"
        ? { type, text, room: name }
        : { type, text, room: name, replyTo },
      (outcome) => this.#settled(conversation, pending, outcome),
      earlier,
    );
    pending.ref = request.ref;
    this.#requests.set(pending, request);
    this.#flush();
  }

  /**
   * @param {Conversation} conversation
   * @param {PendingText} pending
   * @param {Outcome} outcome
   */
  #settled(conversation, pending, { answer, refusal }) {
    this.#requests.delete(pending);
    if (refusal) {
      pending.state = refusal.code === "lost" ? "uncertain" : "failed";
      pending.error = errorText(refusal, pageTexts());
      return this.#changed();
    }
    this.discard(conversation, pending);
    const { id, time = Date.now() } = answer;
    const { me } = this.#store;
    if (conversation.kind === "room" || id === undefined || !me) return;
    const to = { id: 0, nickname: conversation.name };
    const { text, replyTo } = pending;
    const message = { type: "private", id, time, user: me, to, text, replyTo };
    this.#store.receive(
      conversation,
      /** @type {NumberedMessage} */ (message),
      false,
    );
  }

  #changed() {
    this.#save();
    this.#store.onChange();
  }
}

/**
 * Marks a text of another session: its server does not know whether it was sent.
 *
 * @template {PendingText} T
 * @param {T} pending
 */
export function asUncertain(pending) {
  return pending.state === "sent"
    ? /** @type {const} */ ({ ...pending, state: "uncertain" })
    : pending;
}
