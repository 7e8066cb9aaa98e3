import type {
  ChatErrorCode,
  ChatMessage,
  LeaveReason,
  UserEntry,
  UserRef,
} from "./chat_message.ts";

// All words that users read are in this file. No line of the server can be
// mistaken for one that a user wrote: what users say starts with a nickname and
// a colon, and a nickname has no white space, so that neither "*** " nor "* "
// nor "[private] " can stand at the start of it.

/**
 * The most users that a list has a line for: more than a screen shows, and less
 * than an outgoing queue holds.
 */
const MAX_LISTED = 500;

/**
 * Renders a message as lines of text for `telnet` and `nc`, each with CR LF at
 * its end.
 */
export function formatText(message: ChatMessage): string {
  return `${renderMessage(message)}\r\n`;
}

function renderMessage(message: ChatMessage): string {
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
    case "joined":
      return notice(`${numbered(message.user)} has joined.`);
    case "left":
      return notice(
        `${numbered(message.user)} has left${because(message.reason)}.`,
      );
    case "said":
      return `${name(message.user)}: ${message.text}`;
    case "action":
      return `* ${name(message.user)} ${message.text}`;
    case "private":
      return `[private] ${name(message.user)} to ${
        name(message.to)
      }: ${message.text}`;
    case "renamed":
      return notice(`${message.previous} is now called ${name(message.user)}.`);
    case "users":
      return notice(
        `${people(message.users.length)} in ${message.room}:`,
        ...listUsers(message.users, message.time),
      );
    case "help":
      return notice(...HELP);
    case "error":
      return notice(describeError(message.code, message.subject ?? ""));
    case "goodbye":
      return notice(FAREWELLS[message.reason]);
  }
}

/** Says in a sentence why something was refused. */
export function describeError(code: ChatErrorCode, subject: string): string {
  switch (code) {
    case "nickname-empty":
      return "A nickname needs at least one character.";
    case "nickname-too-long":
      return "This nickname is too long: 32 characters are the limit.";
    case "nickname-space":
      return "A nickname can't have spaces in it.";
    case "nickname-colon":
      return "A nickname can't have a colon in it.";
    case "nickname-slash":
      return "A nickname can't start with a slash.";
    case "nickname-mark":
      return "A nickname can't start with a combining mark.";
    case "nickname-invisible":
      return "A nickname can't have invisible characters in it.";
    case "nickname-reserved":
      return `The nickname ${subject} is reserved. Please choose another one.`;
    case "nickname-taken":
      return `The nickname ${subject} is taken. Please choose another one.`;
    case "nickname-look-alike":
      return `The nickname ${subject} looks like one that is taken. Please choose another one.`;
    case "nickname-unchanged":
      return `You are called ${subject} already.`;
    case "nickname-needed":
      return "You need a nickname for that.";
    case "no-such-user":
      return `There is no user called ${subject}. Type /list to see who is here.`;
    case "text-empty":
      return "There is nothing to say in that.";
    case "unknown-command":
      return `There is no command /${subject}. Type /help to see them all, or //${subject} to say it.`;
    case "incomplete-command":
      return `Something is missing. Use it like this: ${
        USAGES.get(subject) ?? "/help"
      }`;
    case "line-too-long":
      return "This line is too long, and was not sent.";
    case "invalid-utf8":
      return "This line is not UTF-8 text, and was not sent.";
  }
}

const USAGES: ReadonlyMap<string, string> = new Map([
  ["nick", "/nick NAME"],
  ["msg", "/msg NAME TEXT"],
  ["me", "/me ACTION"],
  ["b", "b:TEXT"],
  ["c", "c:NAME:TEXT"],
  ["n", "n:NAME"],
]);

const HELP: readonly string[] = [
  "Type a line and press Enter: everyone else reads it. Or use a command:",
  "  /list                      lists who is here (or: l)",
  "  /msg NAME TEXT             tells TEXT to NAME alone (or: c:NAME:TEXT)",
  "  /nick NAME                 changes your nickname (or: n:NAME)",
  "  /me ACTION                 says what you do",
  "  /quit                      leaves (or: byebye)",
  "  b:TEXT                     says TEXT even if it looks like a command",
];

const FAREWELLS: Readonly<Record<LeaveReason, string>> = {
  "quit": "Goodbye!",
  "closed": "Goodbye!",
  "lost": "The connection was lost.",
  "slow": "Goodbye: you did not read what was sent to you.",
  "line-too-long": "Goodbye: your line was too long.",
  "shutdown": "Goodbye: the server is stopping.",
};

const CAUSES: Readonly<Record<LeaveReason, string>> = {
  "quit": "",
  "closed": "",
  "lost": "the connection was lost",
  "slow": "too slow to read",
  "line-too-long": "the line was too long",
  "shutdown": "their server is stopping",
};

function notice(...lines: readonly string[]): string {
  return lines.map((line) => `*** ${line}`).join("\r\n");
}

function welcomeTo(server: string | undefined): string {
  return server === undefined ? "Welcome!" : `Welcome to ${server}!`;
}

function listUsers(users: readonly UserEntry[], now: number): string[] {
  const lines = users.slice(0, MAX_LISTED).map((user) =>
    `  ${name(user)} (user ${user.id}, here for ${
      duration(now - user.enteredAt)
    })`
  );
  const others = users.length - lines.length;
  return others > 0 ? [...lines, `  and ${others} more`] : lines;
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

function because(reason: LeaveReason): string {
  const cause = CAUSES[reason];
  return cause === "" ? "" : `: ${cause}`;
}

function people(count: number): string {
  return count === 1 ? "1 person is" : `${count} people are`;
}

/** Rounds down to the largest unit, for a glance; never below 0. */
function duration(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} days`;
}
