import { MAX_PENDING } from "./outbox.js";
import { byteLength, parseInput } from "./text.js";

/**
 * The part that carries out what is typed: text is said, a
 * line that begins with a slash is a command.
 */

export class CommandLine {
  constructor(session, store) {
    this.session = session;
    this.store = store;
  }

  /** Sends what was typed, line by line; says what is wrong with it. */
  type(conversation, text) {
    const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
    if (lines.length === 0) return undefined;
    const longest = Math.max(...lines.map(byteLength));
    const limit = this.session.limits.message;
    if (longest > limit) {
      return "This is too long: " + longest + " of " + limit + " bytes.";
    }
    if (this.session.outbox.size + lines.length > MAX_PENDING) {
      return "Too much waits to be sent. Please try again in a moment.";
    }
    for (const line of lines) {
      const error = this.#obey(conversation, parseInput(line));
      if (error !== undefined) return error;
    }
    conversation.marker = undefined;
    return undefined;
  }

  #obey(conversation, request) {
    const { session } = this;
    const isRoom = conversation.kind === "room";
    switch (request.type) {
      case "error":
        return request.text;
      case "say":
        return session.outbox.add(
          conversation,
          isRoom ? "say" : "msg",
          request.text,
        );
      case "me":
        return isRoom
          ? session.outbox.add(conversation, "me", request.text)
          : "In a private conversation /me does nothing.";
      case "msg":
        return this.#whisper(request.to, request.text);
      case "quit":
        session.quit();
        return undefined;
      case "join":
        return session.join(request.room);
      case "leave":
        return session.leave(request.room || conversation.name);
      case "topic":
        return this.#obeyTopic(conversation, request.text);
      case "users":
        return isRoom
          ? session.ask({ ...request, room: conversation.name }, conversation)
          : "Only rooms have a list of people.";
      default:
        return session.ask(request, conversation);
    }
  }

  #obeyTopic(conversation, text) {
    const { kind, name, topic } = conversation;
    if (kind !== "room") return "Only rooms have a topic.";
    if (text !== "") {
      // As in lines of text, where a hyphen stands for no topic.
      const request = { type: "topic", text: text === "-" ? "" : text };
      return this.session.ask({ ...request, room: name }, conversation);
    }
    this.store.note(
      conversation,
      topic ? "Topic: " + topic : "No topic is set",
    );
    return undefined;
  }

  /** Opens a private conversation, and says something in it. */
  #whisper(nickname, text) {
    const conversation = this.session.openPrivate(nickname);
    this.store.activate(conversation);
    return this.session.outbox.add(conversation, "msg", text);
  }
}
