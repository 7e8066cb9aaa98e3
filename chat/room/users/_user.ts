import type { UserEntry, UserRef } from "../chat_message.ts";
import type { FloodGuard } from "../moderation/_flood_guard.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { Session } from "./_session.ts";

/** A new connection. */
export interface Arrival {
  readonly address: string;
  readonly addressKey: string;
  readonly expectsHello: boolean;
  /** The time, in milliseconds since the epoch. */
  readonly now: number;
}

/** A user who is connected, or whose session waits for a connection. */
export class User {
  /** The id that others see; a session keeps it. */
  readonly id: number;
  /** How fast the user sends. */
  readonly flood: FloodGuard;
  /** When the user connected, in milliseconds since the epoch. */
  readonly enteredAt: number;
  /** Whether the greeting was sent before a `hello`. */
  readonly expectsHello: boolean;
  /** The user's rooms; the one joined last is the current one. */
  readonly rooms: Set<RoomChannel> = new Set();
  /** The id of the connection; `undefined` while the user is away. */
  connection: number | undefined;
  /** The network address, which only the server sees. */
  address: string;
  /** Equal for all addresses of the same owner. */
  addressKey: string;
  /** The entry in lists of users; `undefined` until there is a nickname. */
  entry: UserEntry | undefined;
  /** The keys that the user's nickname reserves. */
  claims: readonly string[] = [];
  /** Whether a `hello` came, so that the user may come back. */
  saidHello = false;
  /** The state that outlives a lost connection. */
  session: Session | undefined;
  isOperator = false;
  /** When the session of a user who is away ends, in steady time. */
  awayUntil = Infinity;

  constructor(id: number, flood: FloodGuard, arrival: Arrival) {
    this.id = id;
    this.flood = flood;
    this.enteredAt = arrival.now;
    this.expectsHello = arrival.expectsHello;
    this.connection = id;
    this.address = arrival.address;
    this.addressKey = arrival.addressKey;
  }
}

/** A user with a nickname. */
export interface NamedUser extends User {
  entry: UserEntry;
}

/** Whether a user has a nickname. */
export function isNamed(user: User): user is NamedUser {
  return user.entry !== undefined;
}

/** The parts of a user that others see. */
export function refTo({ entry }: NamedUser): UserRef {
  return { id: entry.id, nickname: entry.nickname };
}

/** The room that the user's messages go to by default. */
export function currentRoom({ rooms }: User): RoomChannel | undefined {
  return [...rooms].at(-1);
}
