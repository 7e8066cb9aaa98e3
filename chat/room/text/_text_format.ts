import type {
  ChatMessage,
  KeptMessage,
  RoomEntry,
  UserEntry,
  UserRef,
} from "../chat_message.ts";
import { DayChanges, dayFormat } from "./_day_text.ts";
import { describeError } from "./_error_text.ts";
import { lineText, messageLines } from "./_line_text.ts";
import { describeCause, describeGoodbye, HELP, WARNING } from "./_sentences.ts";

// No line of the server can be mistaken for one of a user: a user's message starts
// with a nickname and a colon, after "#room " in rooms other than the lobby, and a
// nickname has no white space. So it can't start with "*** ", "* ", "[private] ",
// "#room " or a time. Nor can its later rows in a terminal, and its further lines:
// see lineText() and messageLines().

/** The day in UTC, as the user's time zone is unknown. */
const utcDay = dayFormat("en", "UTC");

/** The most users in a list: more than a screen, and less than a queue holds. */
const MAX_LISTED = 500;

type Entered = Extract<ChatMessage, { readonly type: "entered" }>;
type Spoken = Extract<
  ChatMessage,
  { readonly type: "said" | "action"; readonly text: string }
>;

/**
 * Formats a message as lines of text for `telnet` and `nc`, each with CR LF: no
 * line for messages that only programs need.
 *
 * @param home The room whose name is left out.
 */
export function formatText(message: ChatMessage, home = "lobby"): string {
  const text = format(message, home);
  return text === "" ? "" : `${text}\r\n`;
}

function format(message: ChatMessage, home: string): string {
  const label = (room: string) => room === home ? room : `#${room}`;
  const before = (room: string) => room === home ? "" : `#${room} `;
  const after = (room: string) => room === home ? "" : ` #${room}`;
  switch (message.type) {
    case "greeting": {
      const { server, online, address } = message;
      const to = server === undefined ? "" : ` to ${server}`;
      return notice(
        `Welcome${to}! ${people(online, "online")}, including you.`,
        `Your address is ${address}; other users do not see it.`,
      );
    }
    case "nickname-request":
      return notice("Please type your nickname and press Enter.");
    case "welcome":
      return notice(
        `Welcome, ${name(message.user)}! You are user ${message.user.id}.`,
        "Type a line to talk, /help to list the commands, byebye to leave.",
      );
    case "entered":
      return formatEntered(message, label(message.room));
    case "exited": {
      const { room, current } = message;
      return notice(
        `You have left ${label(room)}. Your messages go to ${
          label(current)
        } now.`,
      );
    }
    case "joined":
      return notice(
        `${numbered(message.user)} has joined${after(message.room)}.`,
      );
    case "left": {
      const { user, room, reason, note } = message;
      const cause = describeCause(reason, note && lineText(note));
      return notice(`${numbered(user)} has left${after(room)}${cause}.`);
    }
    case "said":
    case "action":
      return `${before(message.room)}${spoken(message)}`;
    case "topic":
      return notice(`${before(message.room)}${topicSet(message)}`);
    case "private": {
      const { user, to, text } = message;
      return `[private] ${name(user)} to ${name(to)}: ${userText(text)}`;
    }
    case "renamed": {
      const { user, room, previous } = message;
      return notice(`${before(room)}${previous} is now called ${name(user)}.`);
    }
    case "users": {
      const { users, online, room, time } = message;
      return notice(
        `${people(online, `in ${label(room)}`)}:`,
        ...listUsers(users, online, time),
      );
    }
    case "rooms": {
      const { rooms } = message;
      const title = `There are ${rooms.length} rooms (/join ROOM enters one):`;
      const list = rooms.map((room) => listRoom(room, label(room.room)));
      return notice(...rooms.length === 1 ? [] : [title], ...list);
    }
    case "history":
      return message.messages.length === 0
        ? notice(`There are no messages in ${label(message.room)} yet.`)
        : formatHistory(message.messages, label(message.room));
    case "help":
      return notice(...HELP);
    case "error":
      return notice(
        describeError(message.code, lineText(message.subject ?? "")),
      );
    case "notice":
      return notice(`Notice: ${message.text}`);
    case "warning":
      return notice(WARNING);
    case "goodbye":
      return notice(
        describeGoodbye(message.reason, message.note && lineText(message.note)),
      );
    case "ack":
    case "pong":
      return "";
  }
}

/** Empty for a new user in a lobby without topic and messages. */
function formatEntered(message: Entered, label: string): string {
  const { topic, online, history, cause } = message;
  const lines: string[] = [];
  if (cause !== "welcome") {
    const here = people(online, "here");
    lines.push(
      `You are in ${label}: what you type goes there. ${here}, including you.`,
    );
  }
  if (topic !== "") lines.push(`The topic of ${label} is: ${lineText(topic)}`);
  const parts = lines.length === 0 ? [] : [notice(...lines)];
  if (history.length > 0) parts.push(formatHistory(history, label));
  return parts.join("\r\n");
}

function formatHistory(
  messages: readonly KeptMessage[],
  label: string,
): string {
  const last = messages.length === 1
    ? "The last message"
    : `The last ${messages.length} messages`;
  const days = new DayChanges(utcDay);
  return [
    notice(`${last} in ${label}, with the time in UTC:`),
    ...messages.flatMap((message) => {
      const day = days.next(message.time);
      const text = message.type === "topic"
        ? notice(topicSet(message))
        : spoken(message);
      const line = `${clock(message.time)} ${text}`;
      return day === "" ? [line] : [notice(`${day}:`), line];
    }),
    notice("End of history."),
  ].join("\r\n");
}

function spoken({ type, user, text }: Spoken): string {
  return type === "action"
    ? `* ${name(user)} ${userText(text)}`
    : `${name(user)}: ${userText(text)}`;
}

function userText(text: string): string {
  return messageLines(text).join("\r\n");
}

function topicSet({ user, text }: Omit<KeptMessage, "type">): string {
  return text === ""
    ? `${name(user)} has removed the topic.`
    : `${name(user)} has set the topic: ${lineText(text)}`;
}

function notice(...lines: readonly string[]): string {
  return lines.map((line) => `*** ${line}`).join("\r\n");
}

function listUsers(
  users: readonly UserEntry[],
  online: number,
  now: number,
): string[] {
  const lines = users.slice(0, MAX_LISTED).map((user) => {
    const time = duration(now - user.enteredAt);
    return `  ${name(user)} (user ${user.id}, here for ${time})`;
  });
  const others = online - lines.length;
  return others > 0 ? [...lines, `  and ${others} more`] : lines;
}

function listRoom({ topic, online }: RoomEntry, label: string): string {
  const count = online === 1 ? "1 person" : `${online} people`;
  return `  ${label} (${count})${topic === "" ? "" : `: ${lineText(topic)}`}`;
}

/** Hours and minutes in UTC, as the user's time zone is unknown. */
function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

function name({ nickname, origin }: UserRef): string {
  return origin === undefined ? nickname : `${nickname} (on ${origin})`;
}

/** With the id, which has a meaning only on the user's own server. */
function numbered(user: UserRef): string {
  return user.origin === undefined
    ? `${user.nickname} (user ${user.id})`
    : name(user);
}

function people(count: number, where: string): string {
  return count === 1 ? `1 person is ${where}` : `${count} people are ${where}`;
}

/** Rounds down to the largest unit; never below 0. */
function duration(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} days`;
}
