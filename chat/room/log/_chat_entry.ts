import type { UserRef } from "../chat_message.ts";
import type { LeaveReason } from "../leave_reason.ts";
import type { RoomName } from "../names/room_name.ts";

/** A nickname with the keys that it takes, which no other user may have. */
export interface NicknameClaim {
  readonly text: string;
  readonly claims: readonly string[];
}

/** One opening of a room: a room that is closed and opened again is another one. */
export interface RoomPlace {
  /** The name of the room. */
  readonly room: string;
  /** The id of the entry by which it was opened. */
  readonly opened: number;
  /** Whether it was locked, so that nobody else may ever read of it. */
  readonly locked?: boolean | undefined;
}

/** What every entry has. */
export interface EntryBase {
  /** When it was proposed, in milliseconds since the epoch. */
  readonly time: number;
  /** The connection of the proposing server whose request it is. */
  readonly connection?: number | undefined;
  /** The `ref` of that request. */
  readonly ref?: string | undefined;
}

/** Entries that change who is where, and under which name. */
export type MembershipEntry =
  & EntryBase
  & (
    | {
      /** Enters the chat, or resumes a session over another connection. */
      readonly type: "enter";
      readonly connection: number;
      /** When the connection was made, in milliseconds since the epoch. */
      readonly enteredAt: number;
      /** Equal for all addresses of the same owner. */
      readonly addressKey: string;
      /** The name of the user whom a proxy has signed in. */
      readonly account?: string | undefined;
      /** The nickname, if the user has named one. */
      readonly nickname?: NicknameClaim | undefined;
      /** The key of the session to begin. */
      readonly session?: string | undefined;
      /** The key of the session to resume. */
      readonly resumes?: string | undefined;
      /** The key of the secret of another device whose session to join. */
      readonly link?: string | undefined;
      /**
       * The id of the entry by which the session got its last connection when this
       * was proposed; missing if the session was not known.
       */
      readonly follows?: number | undefined;
      /** The name that the client gives to its tab or device. */
      readonly device?: string | undefined;
      /** The highest id that the user has seen. */
      readonly after?: number | undefined;
    }
    | {
      readonly type: "rename";
      readonly user: number;
      readonly nickname: NicknameClaim;
    }
    | {
      readonly type: "join";
      readonly user: number;
      readonly room: RoomName;
      /** The topic if the room has to be opened. */
      readonly topic: string;
    }
    | {
      readonly type: "leave";
      readonly user: number;
      /** The key of the room. */
      readonly room: string;
    }
    | {
      /** The end of a user's connection. */
      readonly type: "depart";
      /** The server of the connection. */
      readonly server: string;
      /** The connection's number there. */
      readonly departs: number;
      readonly reason: LeaveReason;
      readonly note?: string | undefined;
    }
  );

/** What a server proposes: it is ordered by the log, and then applied by all. */
export type ChatEntry =
  | MembershipEntry
  | EntryBase
    & (
      | {
        /** Something that is said in a room. */
        readonly type: "said" | "action" | "topic";
        /** The id of the message that it answers. */
        readonly replyTo?: number | undefined;
        readonly user: UserRef;
        readonly place: RoomPlace;
        readonly text: string;
      }
      | {
        readonly type: "private";
        readonly user: UserRef;
        readonly to: UserRef;
        readonly text: string;
        /** The id of the message that it answers. */
        readonly replyTo?: number | undefined;
      }
      | {
        /** Another text for a private message, or none if it is deleted. */
        readonly type: "private-edit";
        readonly user: UserRef;
        readonly to: UserRef;
        /** The id of the message. */
        readonly target: number;
        readonly text?: string | undefined;
        /** Whether the recipient has got the message. */
        readonly isHeard: boolean;
      }
      | {
        /** Another text for something said, or none if it is deleted. */
        readonly type: "edit";
        readonly user: UserRef;
        readonly place: RoomPlace;
        /** The id of the message. */
        readonly target: number;
        readonly text?: string | undefined;
      }
      | {
        /** A secret by which another device joins the session of a user. */
        readonly type: "link";
        readonly user: number;
        /** The key of the secret. */
        readonly key: string;
      }
      | {
        /** Whether a user wants to hear nothing of another one. */
        readonly type: "ignore";
        readonly user: number;
        readonly other: number;
        readonly isOn: boolean;
      }
      | {
        /** Whether only those may enter a room who are invited. */
        readonly type: "lock";
        readonly user: number;
        readonly place: RoomPlace;
        readonly isOn: boolean;
      }
      | {
        /** Lets a user into a locked room. */
        readonly type: "invite";
        readonly user: UserRef;
        readonly to: UserRef;
        readonly place: RoomPlace;
      }
      | {
        /** Takes the right to write from a user for a time, or gives it back. */
        readonly type: "mute";
        /** The user who is muted. */
        readonly user: number;
        /** 0 to end it. */
        readonly minutes: number;
        readonly note?: string | undefined;
      }
      | {
        readonly type: "operator";
        readonly user: number;
      }
      | {
        readonly type: "kick";
        /** The user who is kicked. */
        readonly user: number;
        readonly note?: string | undefined;
      }
      | {
        readonly type: "ban";
        /** The user whose address is banned. */
        readonly user: number;
        readonly minutes: number;
        readonly note?: string | undefined;
      }
      | {
        readonly type: "notice";
        readonly text: string;
      }
      | {
        /** The end of a session whose user is away. */
        readonly type: "expire";
        readonly user: number;
        /** The id of the entry by which the user has departed. */
        readonly since: number;
      }
      | {
        /** A server is dead: its later membership entries do not count. */
        readonly type: "gone";
        readonly server: string;
      }
    );

/** The entries of a type, which may share their shape with others. */
export type EntryOf<Type, Entry = ChatEntry> = Entry extends
  { readonly type: infer T } ? Type extends T ? Entry : never
  : never;

/** Where an entry is in the log. */
export interface EntryPlace {
  /** The server that proposed it. */
  readonly origin: string;
  /** Rises with each entry. */
  readonly id: number;
  /** The time of the server that applies it. */
  readonly now: number;
}
