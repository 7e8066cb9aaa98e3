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

interface ReasonTexts {
  /** For the user who leaves. */
  readonly goodbye: string;
  /** For the others. */
  readonly cause: string;
}

const REASONS: Readonly<Record<LeaveReason, ReasonTexts>> = {
  "quit": { goodbye: "Goodbye!", cause: "" },
  "parted": { goodbye: "Goodbye!", cause: "" },
  "closed": { goodbye: "Goodbye!", cause: "" },
  "lost": { goodbye: "The connection was lost.", cause: "connection lost" },
  "replaced": {
    goodbye: "Goodbye: your session was resumed over another connection.",
    cause: "session resumed",
  },
  "slow": {
    goodbye: "Goodbye: you read too slowly.",
    cause: "reads too slowly",
  },
  "line-too-long": {
    goodbye: "Goodbye: your line was too long.",
    cause: "line too long",
  },
  "no-nickname": {
    goodbye: "Goodbye: you did not choose a nickname in time.",
    cause: "no nickname",
  },
  "flooding": {
    goodbye: "Goodbye: you sent too fast.",
    cause: "sent too fast",
  },
  "kicked": {
    goodbye: "Goodbye: an operator disconnected you.",
    cause: "kicked by an operator",
  },
  "banned": {
    goodbye: "Goodbye: an operator has banned your address.",
    cause: "banned by an operator",
  },
  "full": {
    goodbye: "Goodbye: the server is full. Please try again later.",
    cause: "server full",
  },
  "too-many-connections": {
    goodbye: "Goodbye: your address has too many connections.",
    cause: "too many connections",
  },
  "too-many-attempts": {
    goodbye: "Goodbye: your address has connected too often recently.",
    cause: "too many attempts",
  },
  "shutdown": {
    goodbye: "Goodbye: the server is shutting down.",
    cause: "server shutting down",
  },
};

/** The last message to a user. */
export function describeGoodbye(reason: LeaveReason, note?: string): string {
  const { goodbye } = REASONS[reason];
  return note === undefined ? goodbye : `${goodbye} (${note})`;
}

/** The reason why a user has left, after the name; may be empty. */
export function describeCause(reason: LeaveReason, note?: string): string {
  const { cause } = REASONS[reason];
  const about = note === undefined ? "" : ` (${note})`;
  return cause === "" ? about : `: ${cause}${about}`;
}

/** The confirmation of a kick to an operator. */
export function describeKick(nickname: string): string {
  return `${nickname} was kicked.`;
}

/** The confirmation of a ban to an operator. */
export function describeBan(nickname: string, minutes: number): string {
  const time = minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return `${nickname} and the address are banned for ${time}.`;
}
