import type { FloodGuard } from "../moderation/_flood_guard.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import type { Session } from "./_session.ts";
import type { UserEntry } from "../chat_message.ts";

/** Somebody who is connected, or whose session waits for a connection. */
export interface Guest {
  /** What others know the user by; a session keeps it. */
  readonly id: number;
  /** The connection, by which deliveries name it; none while the user is away. */
  connection: number | undefined;
  /** The network address, for the server's eyes only. */
  address: string;
  /** What stands for all addresses of the same owner. */
  addressKey: string;
  /** When the user connected, in milliseconds since the epoch. */
  readonly enteredAt: number;
  /** What others see; `undefined` until there is a nickname. */
  entry: UserEntry | undefined;
  /** What nobody else may have beside the user's nickname. */
  claims: readonly string[];
  /** The rooms the user is in, the one joined last at the end. */
  readonly rooms: Set<RoomChannel>;
  /** How fast the user sends. */
  readonly flood: FloodGuard;
  /** Whether the greeting said that a `hello` is expected. */
  readonly expectsHello: boolean;
  /** Whether a `hello` came, so that the user may come back. */
  saidHello: boolean;
  /** What outlives a lost connection. */
  session: Session | undefined;
  /** Whether the user knows the operators' token. */
  isOperator: boolean;
  /** When the session of a user who is away ends, in steady time. */
  awayUntil: number;
}

/** A guest who is in the chat. */
export interface NamedGuest extends Guest {
  entry: UserEntry;
}

/** A guest who is in the chat, and is connected. */
export interface Member extends NamedGuest {
  connection: number;
}

/** Whether a guest has a nickname. */
export function isNamed(guest: Guest): guest is NamedGuest {
  return guest.entry !== undefined;
}

/** Whether a guest has a nickname and a connection. */
export function isMember(guest: Guest): guest is Member {
  return guest.entry !== undefined && guest.connection !== undefined;
}

/** The room where what the user says is heard. */
export function currentRoom(guest: Guest): RoomChannel | undefined {
  return [...guest.rooms].at(-1);
}
