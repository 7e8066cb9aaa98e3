import { SlotMap } from "../../../internal/slot_map.ts";
import { LIMITS } from "../_limits.ts";
import type {
  Delivery,
  KeptMessage,
  RoomMessage,
  UserEntry,
} from "../chat_message.ts";
import type { RoomPlace } from "../log/_chat_entry.ts";
import type { RoomName } from "../names/room_name.ts";
import { RoomHistory } from "./_room_history.ts";

/** The parts of a user that a room needs. */
interface RoomUser {
  readonly id: number;
  /** The connections to this server. */
  readonly connections: readonly number[];
  readonly entry: UserEntry;
}

/**
 * One room and its users. All deliveries to a room are made here, so that its
 * order is the same for everyone.
 */
export class RoomChannel {
  readonly name: string;
  /** Equal for all spellings of the name. */
  readonly key: string;
  /** Equal for all names that look like this one. */
  readonly look: string;
  readonly history: RoomHistory;
  /** The users in the room, by id. */
  readonly #users = new SlotMap<number, RoomUser>();
  /** Users who may come back. */
  readonly #away = new Set<RoomUser>();
  /** The topic; empty if there is none. */
  topic: string;
  /** The id of the user who opened the room. */
  owner = 0;
  /** The id of the entry by which it was opened. */
  opened = 0;
  /** The ids of users who may enter; `undefined` if everyone may. */
  invited: Set<number> | undefined;
  /** Whether users have come or gone without having been announced. */
  #isCountUntold = false;
  /** Their connections to this server; `undefined` after a change. */
  #connections: readonly number[] | undefined;

  constructor(
    { text, key, look }: RoomName,
    topic: string,
    messages?: readonly KeptMessage[],
  ) {
    this.name = text;
    this.key = key;
    this.look = look;
    this.history = new RoomHistory(messages);
    this.topic = topic;
  }

  /** How many users are in the room. */
  get size(): number {
    return this.#users.size;
  }

  /** Whether the users who come and go are too many to tell of each. */
  get isLarge(): boolean {
    return this.#users.size > LIMITS.noticedUsers;
  }

  /** This opening of the room, for entries. */
  get place(): RoomPlace {
    const { name: room, opened, invited } = this;
    return invited === undefined
      ? { room, opened }
      : { room, opened, locked: true };
  }

  /** The connections of all users to this server. */
  get connections(): readonly number[] {
    return this.#recipients();
  }

  /** Whether no user is in the room or may come back to it. */
  get isDeserted(): boolean {
    return this.#users.size === 0 && this.#away.size === 0;
  }

  /** Some users in the room, in the order in which they entered. */
  list(limit: number = LIMITS.listedUsers, skip = 0): readonly UserEntry[] {
    const users: UserEntry[] = [];
    for (const { entry } of this.#users.values()) {
      if (skip-- > 0) continue;
      if (users.length >= limit) break;
      users.push(entry);
    }
    return users;
  }

  /** Whether a user is in the room, and not away. */
  has({ id }: RoomUser): boolean {
    return this.#users.has(id);
  }

  /** Adds a user, or one who comes back. */
  enter(user: RoomUser): void {
    this.#away.delete(user);
    this.#users.set(user.id, user);
    this.#connections = undefined;
  }

  /** The users in the room, in the order in which they entered. */
  users(): IterableIterator<RoomUser> {
    return this.#users.values();
  }

  /** Removes a user. */
  exit(user: RoomUser): void {
    this.#away.delete(user);
    if (this.#users.delete(user.id)) this.#connections = undefined;
  }

  /** Notes that the connections of a user who is in the room have changed. */
  refresh(): void {
    this.#connections = undefined;
  }

  /** Removes a user who may come back. */
  suspend(user: RoomUser): void {
    this.exit(user);
    this.#away.add(user);
  }

  /** Addresses an event to everyone in the room, except some connections. */
  announce(message: RoomMessage, except: readonly number[] = []): Delivery {
    if (isKept(message)) {
      if (message.type === "topic") this.topic = message.text;
      this.history.add(message);
    }
    return { to: this.#recipients(except), message };
  }

  /** Notes that a user has come or gone without having been announced. */
  noteCount(): void {
    this.#isCountUntold = true;
  }

  /** Addresses the number of users to everyone in the room, if it is not known. */
  tellCount(time: number): Delivery[] {
    if (!this.#isCountUntold) return [];
    this.#isCountUntold = false;
    const { name: room, size: online } = this;
    const to = this.#recipients();
    return [{ to, message: { type: "online", time, room, online } }];
  }

  #recipients(except: readonly number[] = []): readonly number[] {
    const all = this.#connections ??= this.#listConnections();
    if (except.length > 1) {
      const others = new Set(except);
      return all.filter((one) => !others.has(one));
    }
    const index = except.length === 0 ? -1 : all.indexOf(except[0]);
    return index === -1 ? all : all.toSpliced(index, 1);
  }

  #listConnections(): readonly number[] {
    // V8 copies arrays made by push() several times faster than those of flatMap().
    const connections: number[] = [];
    for (const user of this.#users.values()) {
      for (const connection of user.connections) connections.push(connection);
    }
    return connections;
  }
}

/** Whether rooms keep a message: if it contains a text of a user. */
export function isKept(message: RoomMessage): message is KeptMessage {
  return message.type === "said" || message.type === "action" ||
    message.type === "topic";
}
