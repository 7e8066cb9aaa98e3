// @ts-check
/**
 * @import { ChatStore, Conversation, Item } from "./store.js"
 * @import { PageSession } from "./session.js"
 * @import { TypedCommand } from "../../client/core/_typed_command.ts"
 */
import {
  describeWrong,
  parseTypedLine,
} from "../../client/core/_typed_command.ts";
import {
  cleanMessage,
  hasTooManyLines,
  MAX_LINES,
} from "../../room/text/_clean_text.ts";
import { pageTexts, say } from "../words/language.js";
import { isSpeech } from "./store.js";
import { byteLength, foldName } from "../words/text.js";

/** The most texts that wait: as many as the server remembers of a session. */
const MAX_PENDING = 64;

/**
 * The user's last message in a conversation, or why it can't be changed.
 *
 * @param {Conversation} conversation
 * @returns {Item | string}
 */
export function lastOwn({ items, pending }) {
  // The message that is meant has no id yet.
  if (pending.length > 0) return say("page.still-sending");
  const last = items.findLast(({ isOwn, message }) =>
    isOwn && isSpeech(message) && message.text !== ""
  );
  return last?.id === undefined ? say("no-own-message") : last;
}

/** Carries out typed lines. */
export class CommandLine {
  #session;
  #store;

  #search;

  /**
   * @param {PageSession} session
   * @param {ChatStore} store
   * @param {(text: string) => void} [search] Shows the results of a search.
   */
  constructor(session, store, search = () => {}) {
    this.#search = search;
    this.#session = session;
    this.#store = store;
  }

  /**
   * Carries out a text: a command, or a message, which may have several lines.
   *
   * @param {Conversation} conversation
   * @param {string} typed
   * @param {number} [replyTo] The id of the message that it answers.
   * @returns {string | undefined} An error to show.
   */
  type(conversation, typed, replyTo) {
    const text = cleanMessage(typed);
    if (text.trim() === "") return undefined;
    const size = byteLength(text);
    const limit = this.#session.limits.message;
    if (size > limit) return say("page.too-long", { size, limit });
    if (hasTooManyLines(text)) {
      return say("page.too-many-lines", { limit: MAX_LINES });
    }
    if (this.#session.outbox.size >= MAX_PENDING) {
      return say("page.too-many-waiting");
    }
    const error = this.#run(conversation, parseTypedLine(text), replyTo);
    if (error === undefined) conversation.marker = undefined;
    return error;
  }

  /**
   * @param {Conversation} conversation
   * @param {TypedCommand} command
   * @param {number} [replyTo]
   * @returns {string | undefined}
   */
  #run(conversation, command, replyTo) {
    const session = this.#session;
    const { name } = conversation;
    const isRoom = conversation.kind === "room";
    switch (command.type) {
      case "blank":
        return undefined;
      case "wrong":
        return describeWrong(command, pageTexts());
      case "say":
        session.outbox.add(conversation, "say", command.text, replyTo);
        return undefined;
      case "reply":
        return this.#reply(conversation, command);
      case "me":
        if (!isRoom) return say("page.no-me");
        session.outbox.add(conversation, "me", command.text);
        return undefined;
      case "msg":
        return this.#whisper(command.to, command.text);
      case "quit":
        session.quit();
        return undefined;
      case "join":
      case "room":
        return session.join(command.room);
      case "leave":
        return session.leave(command.room ?? name);
      case "topic":
        return this.#topic(conversation, command.text);
      case "users":
        if (!isRoom) return say("page.no-users");
        return session.ask({ type: "users", room: command.room ?? name });
      case "history":
        session.history.loadEarlier(conversation);
        return undefined;
      case "help":
        this.#store.note(conversation, say("help.title"), "help");
        return undefined;
      case "search":
        this.#search(command.text);
        return undefined;
      case "edit":
        return this.#edit(conversation, command.text);
      case "lock":
      case "unlock":
      case "invite":
        return session.ask(
          { ...command, room: command.room ?? (isRoom ? name : undefined) },
          conversation,
        );
      case "kick":
      case "ban":
      case "mute":
      case "rooms":
      case "link":
      case "nick":
      case "ignore":
      case "unignore":
      case "operator":
      case "notice":
        return session.ask(command, conversation);
    }
  }

  /**
   * Answers the last message of a user in a conversation.
   *
   * @param {Conversation} conversation
   * @param {{ readonly nickname: string, readonly text: string }} command
   */
  #reply(conversation, { nickname, text }) {
    const key = foldName(nickname);
    const last = conversation.items.findLast(({ message }) =>
      isSpeech(message) && message.text !== "" &&
      foldName(message.user.nickname) === key
    );
    if (last?.id === undefined) {
      return say("no-message-of", { user: nickname });
    }
    this.#session.outbox.add(conversation, "say", text, last.id);
    return undefined;
  }

  /**
   * Changes the user's last message in a conversation, or deletes it.
   *
   * @param {Conversation} conversation
   * @param {string} text
   */
  #edit(conversation, text) {
    const last = lastOwn(conversation);
    return typeof last === "string"
      ? last
      : this.edit(conversation, last.id ?? 0, text);
  }

  /**
   * Changes one of the user's messages, or deletes it.
   *
   * @param {Conversation} conversation
   * @param {number} target
   * @param {string} text
   * @param {() => void} [onDone]
   */
  edit(conversation, target, text, onDone) {
    const { kind, name } = conversation;
    const request = /** @type {const} */ ({ type: "edit", target });
    const room = kind === "room" ? name : undefined;
    return this.#session.ask(
      { ...request, text: cleanMessage(text), room },
      conversation,
      onDone,
    );
  }

  /**
   * @param {Conversation} conversation
   * @param {string | undefined} text
   */
  #topic(conversation, text) {
    const { kind, name, topic } = conversation;
    if (kind !== "room") return say("page.no-room-topic");
    if (text !== undefined) {
      return this.#session.ask(
        { type: "topic", text, room: name },
        conversation,
      );
    }
    this.#store.note(
      conversation,
      topic === ""
        ? say("page.no-topic-set")
        : say("page.topic-is", { text: topic }),
    );
    return undefined;
  }

  /**
   * Opens a private conversation, and says something in it.
   *
   * @param {string} nickname
   * @param {string} text
   */
  #whisper(nickname, text) {
    const store = this.#store;
    const user = store.userNamed(nickname) ?? { nickname };
    const conversation = store.openPrivate(user);
    store.activate(conversation);
    this.#session.outbox.add(conversation, "say", text);
    return undefined;
  }
}
