import { describeError } from "./_error_text.ts";
import { roomLabel } from "./_room_label.ts";
import type {
  ChatMessage,
  KeptMessage,
  LeaveReason,
  RoomEntry,
  UserEntry,
  UserRef,
} from "../chat_message.ts";

export { describeError };

// All words that users read are in this file and in _error_text.ts. No line of
// the server can be mistaken for one that a user wrote: what users say starts
// with a nickname and a colon, after "#room " in rooms other than the lobby, and
// a nickname has no white space, so that neither "*** " nor "* " nor "[private] "
// nor "#room " nor a time of day can stand at the start of it.

/**
 * The most users that a list has a line for: more than a screen shows, and less
 * than an outgoing queue holds.
 */
const MAX_LISTED = 500;

type Entered = Extract<ChatMessage, { readonly type: "entered" }>;
type Spoken = Extract<
  ChatMessage,
  { readonly type: "said" | "action"; readonly text: string }
>;
type Left = Extract<ChatMessage, { readonly type: "left" }>;

/**
 * Renders a message as lines of text for `telnet` and `nc`, each with CR LF at
 * its end: nothing for one that only programs have a use for.
 *
 * @param home The room whose lines don't name it.
 */
export function formatText(message: ChatMessage, home = "lobby"): string {
  const text = renderMessage(message, home);
  return text === "" ? "" : `${text}\r\n`;
}

/** Says goodbye in a sentence. */
export function describeGoodbye(reason: LeaveReason, note?: string): string {
  const farewell = FAREWELLS[reason];
  return note === undefined ? farewell : `${farewell} (${note})`;
}

/** Says that a user sends too fast. */
export const WARNING =
  "You send too fast. Please slow down, or you will have to leave.";

/** Says that a user is an operator from now on. */
export const OPERATOR = "You are an operator now.";

/** Tells an operator that somebody was kicked. */
export function describeKick(nickname: string): string {
  return `${nickname} was kicked.`;
}

/** Tells an operator that an address is banned. */
export function describeBan(nickname: string, minutes: number): string {
  const time = minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return `${nickname} and the address are banned for ${time}.`;
}

function renderMessage(message: ChatMessage, home: string): string {
  switch (message.type) {
    case "greeting":
      return notice(
        `${welcomeTo(message.server)} ${
          people(message.online)
        } online, you included.`,
        `Your address is ${message.address}; the others don't see it.`,
      );
    case "nickname-request":
      return notice("Please type your nickname and press Enter.");
    case "welcome":
      return notice(
        `Welcome, ${name(message.user)}! You are user ${message.user.id}.`,
        "Type a line to talk, /help to see the commands, byebye to leave.",
      );
    case "entered":
      return renderEntered(message, home);
    case "exited":
      return notice(
        `You have left ${
          roomLabel(message.room, home)
        }. What you type goes to ${roomLabel(message.current, home)} now.`,
      );
    case "joined":
      return notice(
        `${numbered(message.user)} has joined${elsewhere(message.room, home)}.`,
      );
    case "left":
      return notice(
        `${numbered(message.user)} has left${elsewhere(message.room, home)}${
          because(message)
        }.`,
      );
    case "said":
    case "action":
      return `${prefix(message.room, home)}${spoken(message)}`;
    case "topic":
      return notice(`${prefix(message.room, home)}${topicSet(message)}`);
    case "private":
      return `[private] ${name(message.user)} to ${
        name(message.to)
      }: ${message.text}`;
    case "renamed":
      return notice(
        `${prefix(message.room, home)}${message.previous} is now called ${
          name(message.user)
        }.`,
      );
    case "users":
      return notice(
        `${people(message.online)} in ${roomLabel(message.room, home)}:`,
        ...listUsers(message.users, message.online, message.time),
      );
    case "rooms":
      return notice(
        ...message.rooms.length === 1 ? [] : [
          `There are ${message.rooms.length} rooms (/join ROOM enters one):`,
        ],
        ...message.rooms.map((room) => listRoom(room, home)),
      );
    case "history":
      return message.messages.length === 0
        ? notice(`Nothing was said in ${roomLabel(message.room, home)} so far.`)
        : renderHistory(message.messages, message.room, home);
    case "help":
      return notice(...HELP);
    case "error":
      return notice(describeError(message.code, message.subject));
    case "notice":
      return notice(`Notice: ${message.text}`);
    case "warning":
      return notice(WARNING);
    case "goodbye":
      return notice(describeGoodbye(message.reason, message.note));
    case "ack":
    case "pong":
      return "";
  }
}

/** Nothing for somebody who is new in a lobby where nothing was said. */
function renderEntered(message: Entered, home: string): string {
  const { room, topic, online, history, cause } = message;
  const label = roomLabel(room, home);
  const lines: string[] = [];
  if (cause !== "welcome") {
    lines.push(
      `You are in ${label}: what you type goes there. ${
        people(online)
      } here, you included.`,
    );
  }
  if (topic !== "") lines.push(`The topic of ${label} is: ${topic}`);
  const parts = lines.length === 0 ? [] : [notice(...lines)];
  if (history.length > 0) parts.push(renderHistory(history, room, home));
  return parts.join("\r\n");
}

function renderHistory(
  messages: readonly KeptMessage[],
  room: string,
  home: string,
): string {
  const count = messages.length === 1
    ? "The last message"
    : `The last ${messages.length} messages`;
  return [
    notice(`${count} in ${roomLabel(room, home)}, with the time in UTC:`),
    ...messages.map((message) =>
      `${clock(message.time)} ${
        message.type === "topic" ? notice(topicSet(message)) : spoken(message)
      }`
    ),
    notice("That was said before."),
  ].join("\r\n");
}

/** What was said or done, without the room. */
function spoken({ type, user, text }: Spoken): string {
  return type === "action"
    ? `* ${name(user)} ${text}`
    : `${name(user)}: ${text}`;
}

function topicSet({ user, text }: Omit<KeptMessage, "type">): string {
  return text === ""
    ? `${name(user)} has removed the topic.`
    : `${name(user)} has set the topic: ${text}`;
}

/** The commands of the line syntax. */
export const HELP: readonly string[] = [
  "Type a line and press Enter: everyone else reads it. Or use a command:",
  "  /list                      lists who is here (or: l)",
  "  /msg NAME TEXT             tells TEXT to NAME alone (or: c:NAME:TEXT)",
  "  /nick NAME                 changes your nickname (or: n:NAME)",
  "  /me ACTION                 says what you do",
  "  /join ROOM                 enters a room; what you type goes there then",
  "  /leave [ROOM]              leaves a room (or: /part)",
  "  /rooms                     lists the rooms",
  "  /topic [TEXT]              shows or sets the topic (/topic - removes it)",
  "  /history [COUNT]           shows what was said",
  "  /quit                      leaves (or: byebye)",
  "  b:TEXT                     says TEXT even if it looks like a command",
  "For operators: /operator TOKEN, /kick NAME [REASON],",
  "  /ban NAME MINUTES [REASON], /notice TEXT",
];

const FAREWELLS: Readonly<Record<LeaveReason, string>> = {
  "quit": "Goodbye!",
  "parted": "Goodbye!",
  "closed": "Goodbye!",
  "lost": "The connection was lost.",
  "replaced": "Goodbye: you came back over another connection.",
  "slow": "Goodbye: you did not read what was sent to you.",
  "line-too-long": "Goodbye: your line was too long.",
  "no-nickname": "Goodbye: you did not choose a nickname in time.",
  "flooding": "Goodbye: you sent too fast.",
  "kicked": "Goodbye: an operator has ended your connection.",
  "banned": "Goodbye: an operator lets nobody in from your address for now.",
  "full": "Goodbye: the server is full. Please try again later.",
  "too-many-connections": "Goodbye: your address has too many connections.",
  "too-many-attempts": "Goodbye: your address has come too often lately.",
  "shutdown": "Goodbye: the server is stopping.",
};

const CAUSES: Readonly<Record<LeaveReason, string>> = {
  "quit": "",
  "parted": "",
  "closed": "",
  "lost": "the connection was lost",
  "replaced": "back over another connection",
  "slow": "too slow to read",
  "line-too-long": "the line was too long",
  "no-nickname": "no nickname in time",
  "flooding": "sent too fast",
  "kicked": "kicked by an operator",
  "banned": "banned by an operator",
  "full": "the server is full",
  "too-many-connections": "too many connections",
  "too-many-attempts": "too many attempts",
  "shutdown": "their server is stopping",
};

function notice(...lines: readonly string[]): string {
  return lines.map((line) => `*** ${line}`).join("\r\n");
}

function welcomeTo(server: string | undefined): string {
  return server === undefined ? "Welcome!" : `Welcome to ${server}!`;
}

function listUsers(
  users: readonly UserEntry[],
  online: number,
  now: number,
): string[] {
  const lines = users.slice(0, MAX_LISTED).map((user) =>
    `  ${name(user)} (user ${user.id}, here for ${
      duration(now - user.enteredAt)
    })`
  );
  const others = online - lines.length;
  return others > 0 ? [...lines, `  and ${others} more`] : lines;
}

function listRoom({ room, topic, online }: RoomEntry, home: string): string {
  const about = topic === "" ? "" : `: ${topic}`;
  return `  ${roomLabel(room, home)} (${persons(online)})${about}`;
}

function prefix(room: string, home: string): string {
  return room === home ? "" : `${roomLabel(room, home)} `;
}

function elsewhere(room: string, home: string): string {
  return room === home ? "" : ` ${roomLabel(room, home)}`;
}

/** Hours and minutes in UTC: nobody knows the clock of who reads it. */
function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

function name({ nickname, origin }: UserRef): string {
  return origin === undefined ? nickname : `${nickname} (on ${origin})`;
}

/** With the id, which is of use on the user's own server only. */
function numbered(user: UserRef): string {
  return user.origin === undefined
    ? `${user.nickname} (user ${user.id})`
    : name(user);
}

function because({ reason, note }: Left): string {
  const about = note === undefined ? "" : ` (${note})`;
  const cause = CAUSES[reason];
  return cause === "" ? about : `: ${cause}${about}`;
}

function people(count: number): string {
  return count === 1 ? "1 person is" : `${count} people are`;
}

function persons(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}

/** Rounds down to the largest unit, for a glance; never below 0. */
function duration(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} days`;
}
