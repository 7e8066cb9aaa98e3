import type { UserEntry, UserRef } from "../chat_message.ts";
import type { FloodGuard } from "../moderation/_flood_guard.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import { PrivateBacklog } from "./_private_backlog.ts";
import type { Session } from "./_session.ts";

/** A connection of a user, on any server. */
export interface Home {
  /** The name of the server in the log. */
  readonly server: string;
  /** The number of the connection there. */
  readonly connection: number;
  /** The name that the client gives to its tab or device, if it has one. */
  readonly device?: string | undefined;
}

/** Parts of a user that not all have. */
export interface UserOptions {
  /** The state that outlives a lost connection. */
  readonly session?: Session | undefined;
  /** The name by which a proxy has signed the user in. */
  readonly account?: string | undefined;
}

/** A user with a nickname, who is connected or whose session waits for that. */
export class User {
  /** The id that others see; a session keeps it. */
  readonly id: number;
  /** When the user connected, in milliseconds since the epoch. */
  readonly enteredAt: number;
  /** The entry in lists of users. */
  entry: UserEntry;
  /** The keys that the nickname takes. */
  claims: readonly string[] = [];
  /** The user's rooms; the one joined last is the current one. */
  readonly rooms: Set<RoomChannel> = new Set();
  /** The state that outlives a lost connection. */
  readonly session: Session | undefined;
  /** The last private messages that the user has sent and got. */
  readonly privates: PrivateBacklog = new PrivateBacklog();
  /** The name by which a proxy has signed the user in: no other user has it. */
  readonly account: string | undefined;
  /** The connections, the oldest first; none while the user is away. */
  readonly homes: Home[] = [];
  /** Equal for all addresses of the same owner. */
  addressKey: string;
  isOperator = false;
  /** Until when the user may not write, in milliseconds since the epoch. */
  mutedUntil = 0;
  /** The users whose messages this one does not get. */
  readonly ignored: Set<User> = new Set();
  /** The users who do not get this one's messages. */
  readonly ignoredBy: Set<User> = new Set();
  /** The server that the user was connected to last. */
  server = "";
  /** The id of the entry by which the user got the last connection. */
  connectedBy = 0;
  /** When that connection was made, by the clock of its server. */
  connectedAt = 0;
  /** The connection whose end made the user go away; `undefined` before and after. */
  lastHome: Home | undefined;
  /** The id of the entry by which the user went away. */
  awaySince = 0;
  /** When the session of a user who is away ends, in steady time of this server. */
  awayUntil = Infinity;
  /** Whether this server has proposed that the session ends. */
  isExpiring = false;
  /** The connections to this server. */
  readonly connections: number[] = [];
  /** How fast the user sends, if a connection is or was one of this server. */
  flood: FloodGuard | undefined;

  constructor(
    entry: UserEntry,
    addressKey: string,
    { session, account }: UserOptions = {},
  ) {
    this.id = entry.id;
    this.enteredAt = entry.enteredAt;
    this.entry = entry;
    this.addressKey = addressKey;
    this.session = session;
    this.account = account;
  }

  /** Whether the user has a connection, on any server. */
  get isConnected(): boolean {
    return this.homes.length > 0;
  }

  /** Names the owner of private messages, who alone may read them again. */
  get owner(): string | undefined {
    if (this.account !== undefined) return `account:${this.account}`;
    return this.session === undefined ? undefined : `${this.id}`;
  }

  /** The parts of a user that others see. */
  get ref(): UserRef {
    return { id: this.id, nickname: this.entry.nickname };
  }

  /** The room that the user's messages go to by default. */
  get currentRoom(): RoomChannel | undefined {
    return [...this.rooms].at(-1);
  }
}
