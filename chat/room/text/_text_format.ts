import type { TextKey } from "../../text/_catalogs.ts";
import { type Texts, textsFor, type Values } from "../../text/_texts.ts";
import type {
  ChatMessage,
  FoundMessage,
  KeptMessage,
  RoomEntry,
  UserEntry,
  UserRef,
} from "../chat_message.ts";
import { DayChanges, dayFormat } from "./_day_text.ts";
import { describeNotice } from "./_notice.ts";
import { describeError } from "./_error_text.ts";
import { lineText, messageLines } from "./_line_text.ts";
import { lineHelp } from "./_commands.ts";
import { describeCause, describeGoodbye } from "./_goodbye_text.ts";

// No line of the server can be mistaken for one of a user: a user's message starts
// with a nickname and a colon, after "#room " in rooms other than the lobby, and a
// nickname has no white space. So it can't start with "*** ", "* ", "[private] ",
// "#room " or a time. Nor can its later rows in a terminal, and its further lines:
// see lineText() and messageLines().

/** The most users in a list: more than a screen, and less than a queue holds. */
const MAX_LISTED = 500;

type Entered = Extract<ChatMessage, { readonly type: "entered" }>;
type Change = Extract<
  ChatMessage,
  { readonly type: "edited" | "private-edited" }
>;
type Spoken = Extract<
  ChatMessage,
  { readonly type: "said" | "action"; readonly text: string }
>;

/**
 * Formats a message as lines of text for `telnet` and `nc`, each with CR LF: no
 * line for messages that only programs need.
 *
 * @param lobby The room whose name is left out.
 */
export type FormatLines = (message: ChatMessage, lobby?: string) => string;

/**
 * The format in a language: English if there are no texts in it.
 *
 * @param language A language tag (BCP 47), such as `zh-CN`.
 */
export function linesIn(language: string): FormatLines {
  return linesWith(textsFor([language]));
}

/** The format with the texts of a language. */
export function linesWith(texts: Texts): FormatLines {
  const format = new LineFormat(texts);
  return (message, lobby = "lobby") => {
    const lines = format.format(message, lobby);
    return lines === "" ? "" : `${lines}\r\n`;
  };
}

/** Formats messages in one language. */
class LineFormat {
  readonly #texts: Texts;
  /** The day in UTC, as the user's time zone is unknown. */
  readonly #day: (time: number) => string;

  constructor(texts: Texts) {
    this.#texts = texts;
    this.#day = dayFormat(texts.language, "UTC");
  }

  /** The lines without the last line end; empty if there is none. */
  format(message: ChatMessage, lobby: string): string {
    const texts = this.#texts;
    const say = (key: TextKey, values?: Values) =>
      notice(texts.get(key, values));
    const label = (room: string) => room === lobby ? room : `#${room}`;
    const before = (room: string) => room === lobby ? "" : `#${room} `;
    const after = (room: string) => room === lobby ? "" : ` #${room}`;
    switch (message.type) {
      case "greeting": {
        const { server, address } = message;
        const online = texts.count("line.online", message.online);
        const key = server === undefined ? "line.welcome" : "line.welcome-to";
        return notice(
          texts.get(key, { server, online }),
          texts.get("line.address", { address }),
        );
      }
      case "nickname-request":
        return say("line.nickname");
      case "welcome": {
        const { id, nickname: user } = message.user;
        return notice(
          texts.get("line.named", { user, id }),
          texts.get("line.hint"),
        );
      }
      case "entered":
        return this.#formatEntered(message, label(message.room));
      case "exited": {
        const room = label(message.room);
        const current = label(message.current);
        return say("line.exited", { room, current });
      }
      case "joined": {
        const user = this.#numbered(message.user);
        return say("line.joined", { user, room: after(message.room) });
      }
      case "left": {
        const { reason, note } = message;
        const user = this.#numbered(message.user);
        const room = after(message.room);
        const cause = describeCause(reason, note && lineText(note), texts);
        return say("line.left", { user, room, cause });
      }
      case "said":
      case "action":
        return before(message.room) + this.#spoken(message);
      case "topic":
        return notice(before(message.room) + this.#topicSet(message));
      case "private": {
        const user = message.user.nickname;
        const to = message.to.nickname;
        const text = this.#marked(message);
        return texts.get("line.private", { user, to, text });
      }
      case "renamed": {
        const { room, previous, user: { nickname: user } } = message;
        const text = texts.get("line.renamed", { user, previous });
        return notice(before(room) + text);
      }
      case "users": {
        const { users, online, time } = message;
        const room = label(message.room);
        return notice(
          `${texts.count("line.in", online, { room })}:`,
          ...this.#listUsers(users, online, time),
        );
      }
      case "rooms": {
        const { rooms } = message;
        const title = texts.get("line.rooms", { count: rooms.length });
        const list = rooms.map((room) =>
          this.#listRoom(room, label(room.room))
        );
        return notice(...rooms.length === 1 ? [] : [title], ...list);
      }
      case "history": {
        const room = label(message.room);
        return message.messages.length === 0
          ? say("line.no-history", { room })
          : this.#formatHistory(message.messages, room);
      }
      case "help":
        return notice(...lineHelp(texts));
      case "error": {
        const subject = lineText(message.subject ?? "");
        return notice(describeError(message.code, subject, texts));
      }
      case "notice": {
        const { code, text } = message;
        const own = code === undefined
          ? text
          : describeNotice(code, message, texts);
        return say("line.notice", { text: own });
      }
      case "warning":
        return say("warning");
      case "goodbye": {
        const { reason, note } = message;
        return notice(describeGoodbye(reason, note && lineText(note), texts));
      }
      case "found":
        return this.#formatFound(message.messages);
      case "edited":
        return notice(before(message.room) + this.#change(message));
      case "private-edited":
        return say("line.private-change", { text: this.#change(message) });
      case "link":
        return say("link", { token: message.token });
      case "invited": {
        const { room, user: { nickname: user } } = message;
        return say("invited", { user, room });
      }
      case "ack":
      case "online":
      case "pong":
        return "";
    }
  }

  /** Empty for a new user in a lobby without topic and messages. */
  #formatEntered(message: Entered, room: string): string {
    const texts = this.#texts;
    const { topic, online, history, cause } = message;
    const lines: string[] = [];
    if (cause !== "welcome") {
      const here = texts.count("line.here", online);
      lines.push(texts.get("line.entered", { room, here }));
    }
    if (topic !== "") {
      lines.push(texts.get("line.topic", { room, text: lineText(topic) }));
    }
    const parts = lines.length === 0 ? [] : [notice(...lines)];
    if (history.length > 0) parts.push(this.#formatHistory(history, room));
    return parts.join("\r\n");
  }

  #formatHistory(messages: readonly KeptMessage[], room: string): string {
    const days = new DayChanges(this.#day);
    return [
      notice(this.#texts.count("line.history", messages.length, { room })),
      ...messages.flatMap((message) => {
        const day = days.next(message.time);
        const text = message.type === "topic"
          ? notice(this.#topicSet(message))
          : this.#spoken(message);
        const line = `${clock(message.time)} ${text}`;
        return day === "" ? [line] : [notice(`${day}:`), line];
      }),
      notice(this.#texts.get("line.history-end")),
    ].join("\r\n");
  }

  #formatFound(messages: readonly FoundMessage[]): string {
    const texts = this.#texts;
    if (messages.length === 0) return notice(texts.get("nothing-found"));
    return [
      notice(texts.get("line.found")),
      ...messages.toReversed().map((message) => {
        const { user, text, time } = message;
        const place = "room" in message
          ? `#${message.room}`
          : texts.get("line.found-private", { to: message.to.nickname });
        const day = new Date(time).toISOString().slice(0, 10);
        const start = `${day} ${clock(time)} ${place} ${user.nickname}: `;
        return start + userText(text);
      }),
      notice(texts.get("line.found-end")),
    ].join("\r\n");
  }

  #spoken(message: Spoken): string {
    const { nickname } = message.user;
    const shown = this.#marked(message);
    return message.type === "action"
      ? `* ${nickname} ${shown}`
      : `${nickname}: ${shown}`;
  }

  /** The text of a message, with its later changes. */
  #marked(
    { text, edited, replyTo }: Pick<Spoken, "text" | "edited" | "replyTo">,
  ): string {
    const marks = [
      ...text === "" ? [this.#texts.get("line.mark-deleted")] : [],
      ...edited !== undefined && text !== ""
        ? [this.#texts.get("line.mark-edited")]
        : [],
      ...replyTo === undefined ? [] : [this.#texts.get("line.mark-answer")],
    ];
    return [...text === "" ? [] : [userText(text)], ...marks].join(" ");
  }

  #change({ user: { nickname: user }, text }: Change): string {
    return text === ""
      ? this.#texts.get("line.deleted", { user })
      : this.#texts.get("line.edited", { user, text: userText(text) });
  }

  #topicSet(message: Omit<KeptMessage, "type">): string {
    const user = message.user.nickname;
    const text = lineText(message.text);
    return text === ""
      ? this.#texts.get("line.topic-removed", { user })
      : this.#texts.get("line.topic-set", { user, text });
  }

  #listUsers(
    users: readonly UserEntry[],
    online: number,
    now: number,
  ): string[] {
    const lines = users.slice(0, MAX_LISTED).map((entry) => {
      const user = entry.nickname;
      const time = this.#duration(now - entry.enteredAt);
      return this.#texts.get("line.listed", { user, id: entry.id, time });
    });
    const count = online - lines.length;
    if (count > 0) lines.push(this.#texts.get("line.others", { count }));
    return lines.map((line) => `  ${line}`);
  }

  #listRoom({ topic, online }: RoomEntry, room: string): string {
    const people = this.#texts.count("people", online);
    const line = `  ${this.#texts.get("line.room", { room, people })}`;
    return topic === "" ? line : `${line}: ${lineText(topic)}`;
  }

  #numbered({ nickname, id }: UserRef): string {
    return this.#texts.get("line.user", { user: nickname, id });
  }

  /** Rounds down to the largest unit; never below 0. */
  #duration(milliseconds: number): string {
    const texts = this.#texts;
    const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
    if (minutes < 1) return texts.get("line.moment");
    if (minutes < 60) return texts.get("line.minutes", { count: minutes });
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return texts.get("line.hours", { count: hours });
    return texts.get("line.days", { count: Math.floor(hours / 24) });
  }
}

function userText(text: string): string {
  return messageLines(text).join("\r\n");
}

function notice(...lines: readonly string[]): string {
  return lines.map((line) => `*** ${line}`).join("\r\n");
}

/** Hours and minutes in UTC. */
function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

/** The format in English. */
export const formatText: FormatLines = linesIn("en");
