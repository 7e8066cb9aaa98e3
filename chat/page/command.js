// @ts-check
/**
 * @import { Conversation, ChatStore } from "./store.js"
 * @import { PageSession } from "./session.js"
 * @import { TypedCommand } from "../client/core/_typed_command.ts"
 */
import {
  describeWrong,
  parseTypedLine,
} from "../client/core/_typed_command.ts";
import {
  cleanMessage,
  hasTooManyLines,
  MAX_LINES,
} from "../room/text/_clean_text.ts";
import { helpLines } from "../room/text/_commands.ts";
import { pageTexts, say } from "./language.js";
import { byteLength } from "./text.js";

/** The most texts that wait: as many as the server remembers of a session. */
const MAX_PENDING = 64;

/** Carries out what is typed. */
export class CommandLine {
  #session;
  #store;

  /**
   * @param {PageSession} session
   * @param {ChatStore} store
   */
  constructor(session, store) {
    this.#session = session;
    this.#store = store;
  }

  /**
   * Carries out a text: a command, or a message, which may have several lines.
   *
   * @param {Conversation} conversation
   * @param {string} typed
   * @returns {string | undefined} An error to show.
   */
  type(conversation, typed) {
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
    const error = this.#run(conversation, parseTypedLine(text));
    if (error === undefined) conversation.marker = undefined;
    return error;
  }

  /**
   * @param {Conversation} conversation
   * @param {TypedCommand} command
   * @returns {string | undefined}
   */
  #run(conversation, command) {
    const session = this.#session;
    const { name } = conversation;
    const isRoom = conversation.kind === "room";
    switch (command.type) {
      case "blank":
        return undefined;
      case "wrong":
        return describeWrong(command, pageTexts());
      case "say":
        session.outbox.add(conversation, isRoom ? "say" : "msg", command.text);
        return undefined;
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
        session.loadEarlier(conversation);
        return undefined;
      case "help":
        this.#store.note(
          conversation,
          helpLines(pageTexts()).join("\n"),
          "help",
        );
        return undefined;
      case "kick":
      case "ban":
        return session.ask(
          { ...command, reason: command.reason || undefined },
          conversation,
        );
      default:
        return session.ask(command, conversation);
    }
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
    const conversation = this.#session.openPrivate(nickname);
    this.#store.activate(conversation);
    this.#session.outbox.add(conversation, "msg", text);
    return undefined;
  }
}
