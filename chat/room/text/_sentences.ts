import type { LeaveReason } from "../leave_reason.ts";

/** The warning to a user who sends too fast. */
export const WARNING =
  "You send too fast. Please slow down, or you will be disconnected.";

/** The confirmation to a new operator. */
export const OPERATOR = "You are an operator now.";

/** The commands of the line syntax. */
export const HELP: readonly string[] = [
  "Type a line and press Enter to send it to the room, or use a command:",
  "  /list                      lists the users in the room (or: l)",
  "  /msg NAME TEXT             sends TEXT to NAME only (or: c:NAME:TEXT)",
  "  /nick NAME                 changes your nickname (or: n:NAME)",
  "  /me ACTION                 describes an action",
  "  /join ROOM                 enters a room, where your messages go then",
  "  /leave [ROOM]              leaves a room (or: /part)",
  "  /rooms                     lists the rooms",
  "  /topic [TEXT]              shows or sets the topic (/topic - removes it)",
  "  /history [COUNT]           shows earlier messages",
  "  /quit                      leaves the chat (or: byebye)",
  "  b:TEXT                     sends TEXT even if it looks like a command",
  "For operators: /operator TOKEN, /kick NAME [REASON],",
  "  /ban NAME MINUTES [REASON], /notice TEXT",
];

/** The reason in a goodbye to the user who leaves. */
const REASONS: Readonly<Record<LeaveReason, string>> = {
  "quit": "",
  "parted": "",
  "closed": "",
  "lost": "the connection was lost",
  "replaced": "your session was resumed over another connection",
  "slow": "you read too slowly",
  "line-too-long": "your line was too long",
  "no-nickname": "you did not choose a nickname in time",
  "wrong-protocol":
    "your client speaks another protocol than lines of text or JSON",
  "flooding": "you sent too fast",
  "kicked": "an operator disconnected you",
  "banned": "an operator has banned your address",
  "full": "the server is full. Please try again later",
  "too-many-connections": "your address has too many connections",
  "too-many-attempts": "your address has connected too often recently",
  "shutdown": "the server is shutting down",
};

/** The same reasons for the others. */
const CAUSES: Readonly<Record<LeaveReason, string>> = {
  "quit": "",
  "parted": "",
  "closed": "",
  "lost": "connection lost",
  "replaced": "session resumed",
  "slow": "reads too slowly",
  "line-too-long": "line too long",
  "no-nickname": "no nickname",
  "wrong-protocol": "wrong protocol",
  "flooding": "sent too fast",
  "kicked": "kicked by an operator",
  "banned": "banned by an operator",
  "full": "server full",
  "too-many-connections": "too many connections",
  "too-many-attempts": "too many attempts",
  "shutdown": "server shutting down",
};

/** The last message to a user. */
export function describeGoodbye(reason: LeaveReason, note?: string): string {
  const why = REASONS[reason];
  const goodbye = why === "" ? "Goodbye!" : `Goodbye: ${why}.`;
  return note === undefined ? goodbye : `${goodbye} (${note})`;
}

/** The reason why a user has left, after the name; may be empty. */
export function describeCause(reason: LeaveReason, note?: string): string {
  const cause = CAUSES[reason];
  const about = note === undefined ? "" : ` (${note})`;
  return cause === "" ? about : `: ${cause}${about}`;
}

/** The confirmation of a kick to an operator. */
export function describeKick(nickname: string): string {
  return `${nickname} was kicked.`;
}

/** What a user is told once whose line was a command of one letter. */
export function describeLetters(line: string): string {
  const [letter] = line;
  const what = letter === "c" ? "a private message" : "a new nickname";
  return `Lines that begin with ${letter}: are commands, and this one was ${what}. To say such a line, type b: before it, or /syntax plain.`;
}

/** The confirmation of a mute to an operator. */
export function describeMute(nickname: string, minutes: number): string {
  return minutes === 0
    ? `${nickname} may write again.`
    : `${nickname} is muted for ${countMinutes(minutes)}.`;
}

/** What a user is told who is muted. */
export function describeMuted(minutes: number, note?: string): string {
  const about = note === undefined ? "" : ` (${note})`;
  return minutes === 0
    ? "You may write again."
    : `An operator has muted you for ${countMinutes(minutes)}.${about}`;
}

/** The confirmation that a user is ignored, or not any more. */
export function describeIgnored(nickname: string, isOn: boolean): string {
  return isOn
    ? `You get no more messages of ${nickname}. /unignore ${nickname} ends that.`
    : `You get the messages of ${nickname} again.`;
}

/** What everyone in a room is told that was locked or unlocked. */
export function describeLock(room: string, isOn: boolean): string {
  return isOn
    ? `The room ${room} is by invitation now: /invite NAME lets somebody in.`
    : `The room ${room} is open to everyone now.`;
}

/** The confirmation of an invitation. */
export function describeInvitation(nickname: string, room: string): string {
  return `${nickname} is invited to ${room}.`;
}

/** The confirmation of a ban to an operator. */
export function describeBan(nickname: string, minutes: number): string {
  return `${nickname} and the address are banned for ${countMinutes(minutes)}.`;
}

function countMinutes(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
