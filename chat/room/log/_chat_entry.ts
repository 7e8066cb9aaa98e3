import type { MembersOf, ValueOf } from "../../protocol/_schema.ts";

/** The members of every entry. */
export const ENTRY_BASE = {
  /** When it was proposed, in milliseconds since the epoch. */
  time: "time",
  /** The connection of the proposing server whose request it is. */
  connection: "count?",
  /** The `ref` of that request. */
  ref: "text?",
} as const;

/** Something that is said in a room. */
const SPOKEN = {
  user: "user",
  place: "place",
  text: "text",
  /** The id of the message that it answers. */
  replyTo: "count?",
} as const;

/**
 * Entries that servers propose, by type, with the members beside those of
 * {@linkcode ENTRY_BASE}: it is ordered by the log, and then applied by all.
 */
export const ENTRIES = {
  /** Enters the chat, or resumes a session over another connection. */
  enter: {
    connection: "count",
    /** When the connection was made, in milliseconds since the epoch. */
    enteredAt: "time",
    /** Equal for all addresses of the same owner. */
    addressKey: "text",
    /** The name of the user whom a proxy has signed in. */
    account: "text?",
    /** The nickname, if the user has named one. */
    nickname: "claim?",
    /** The key of the session to begin. */
    session: "text?",
    /** The key of the session to resume. */
    resumes: "text?",
    /** The key of the secret of another device whose session to join. */
    link: "text?",
    /**
     * The id of the entry by which the session got its last connection when this
     * was proposed; missing if the session was not known.
     */
    follows: "count?",
    /** The name that the client gives to its tab or device. */
    device: "text?",
    /** The highest id that the user has seen. */
    after: "count?",
  },
  rename: { user: "count", nickname: "claim" },
  /** Has the topic if the room has to be opened. */
  join: { user: "count", room: "roomName", topic: "text" },
  /** Has the key of the room. */
  leave: { user: "count", room: "text" },
  /** The end of a user's connection. */
  depart: {
    /** The server of the connection. */
    server: "text",
    /** The connection's number there. */
    departs: "count",
    reason: "reason",
    note: "text?",
  },
  said: SPOKEN,
  action: SPOKEN,
  topic: SPOKEN,
  private: { user: "user", to: "user", text: "text", replyTo: "count?" },
  /** Another text for a private message, or none if it is deleted. */
  "private-edit": {
    user: "user",
    to: "user",
    /** The id of the message. */
    target: "count",
    text: "text?",
    /** Whether the recipient has got the message. */
    isHeard: "flag",
  },
  /** Another text for something said, or none if it is deleted. */
  edit: { user: "user", place: "place", target: "count", text: "text?" },
  /** The key of a secret by which another device joins the session of a user. */
  link: { user: "count", key: "text" },
  /** Whether a user wants to hear nothing of another one. */
  ignore: { user: "count", other: "count", isOn: "flag" },
  /** Whether only those may enter a room who are invited. */
  lock: { user: "count", place: "place", isOn: "flag" },
  /** Lets a user into a locked room. */
  invite: { user: "user", to: "user", place: "place" },
  /** Takes the right to write from a user for a time, or gives it back with 0. */
  mute: { user: "count", minutes: "count", note: "text?" },
  operator: { user: "count" },
  kick: { user: "count", note: "text?" },
  /** Bans the address of a user. */
  ban: { user: "count", minutes: "count", note: "text?" },
  notice: { text: "text" },
  /** The end of a session whose user is away, since the entry with that id. */
  expire: { user: "count", since: "count" },
  /** A server is dead: its later membership entries do not count. */
  gone: { server: "text" },
} as const;

/** The types of entries that change who is where, and under which name. */
export const MEMBERSHIP: ReadonlySet<ChatEntry["type"]> = new Set(
  ["enter", "rename", "join", "leave", "depart"] as const,
);

/** The members of every entry. */
export type EntryBase = MembersOf<typeof ENTRY_BASE>;

/** The entries of a type. */
export type EntryOf<Type extends keyof typeof ENTRIES> = {
  [Each in Type]:
    & { readonly type: Each }
    & EntryBase
    & MembersOf<(typeof ENTRIES)[Each]>;
}[Type];

/** An entry that a server proposes. */
export type ChatEntry = EntryOf<keyof typeof ENTRIES>;

/** A nickname with the keys that it takes, which no other user may have. */
export type NicknameClaim = ValueOf<"claim">;

/** One opening of a room: a room that is closed and opened again is another one. */
export type RoomPlace = ValueOf<"place">;

/** The place of an entry in the log. */
export interface EntryPlace {
  /** The server that proposed it. */
  readonly origin: string;
  /** Rises with each entry. */
  readonly id: number;
  /** The time of the server that applies it. */
  readonly now: number;
}
