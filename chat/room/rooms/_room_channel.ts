import { SlotMap } from "../../../internal/slot_map.ts";
import type { Guest } from "../users/_user.ts";
import { RoomHistory } from "./_room_history.ts";
import type {
  Delivery,
  KeptMessage,
  RoomMessage,
  UserEntry,
} from "../chat_message.ts";
import type { StoredRoom } from "../../store/chat_store.ts";
import type { RoomName } from "../names/room_name.ts";

/** The most users that a list has. */
const MAX_LISTED = 1_000;

/**
 * One room: who is in it, and so who hears what is said there. All deliveries to
 * a room are made here, so that its order is the same for everyone.
 */
export class RoomChannel {
  /** What the room is called. */
  readonly name: string;
  /** Equal for all names of the room. */
  readonly key: string;
  /** Equal for all names that look like the room's. */
  readonly look: string;
  /** What was said. */
  readonly history: RoomHistory;
  /** Who is in the room, by id. */
  readonly #members = new SlotMap<number, Guest>();
  readonly #away = new Set<Guest>();
  #topic: string;
  /** The connections of all members; none if it has to be made again. */
  #everyone: readonly number[] | undefined;

  constructor({ text, key, look }: RoomName, stored?: StoredRoom) {
    this.name = text;
    this.key = key;
    this.look = look;
    this.history = new RoomHistory(stored?.messages);
    this.#topic = stored?.topic ?? "";
  }

  /** How many users are in the room. */
  get size(): number {
    return this.#members.size;
  }

  /** What the room is about; empty if it has no topic. */
  get topic(): string {
    return this.#topic;
  }

  /** Whether nobody is in the room, nor may come back to it. */
  get isDeserted(): boolean {
    return this.#members.size === 0 && this.#away.size === 0;
  }

  /** The first users in the room, in the order in which they came. */
  list(limit: number = MAX_LISTED): readonly UserEntry[] {
    const users: UserEntry[] = [];
    for (const { entry } of this.#members.values()) {
      if (users.length >= limit) break;
      if (entry !== undefined) users.push(entry);
    }
    return users;
  }

  /** Lets a user in, or in again. */
  enter(guest: Guest): void {
    this.#away.delete(guest);
    this.#members.set(guest.id, guest);
    this.#everyone = undefined;
  }

  /** Lets a user out, who hears nothing more. */
  exit(guest: Guest): void {
    this.#away.delete(guest);
    if (this.#members.delete(guest.id)) this.#everyone = undefined;
  }

  /** Lets a user out who may come back. */
  suspend(guest: Guest): void {
    this.exit(guest);
    this.#away.add(guest);
  }

  /** Takes note that a user has another connection. */
  reconnect(): void {
    this.#everyone = undefined;
  }

  /** Addresses what happened in this room to everyone in it, save one. */
  announce(message: RoomMessage, except?: number): Delivery {
    this.#take(message);
    return { to: this.#ids(except), message, publish: true };
  }

  /** Addresses what happened in the same room of another server. */
  forward(message: RoomMessage): Delivery {
    this.#take(message);
    return { to: this.#ids(), message, publish: false };
  }

  #take(message: RoomMessage): void {
    if (!isKept(message)) return;
    if (message.type === "topic") this.#topic = message.text;
    this.history.add(message);
  }

  #ids(except?: number): readonly number[] {
    const everyone = this.#everyone ??= this.#connections();
    const index = except === undefined ? -1 : everyone.indexOf(except);
    return index === -1 ? everyone : everyone.toSpliced(index, 1);
  }

  #connections(): number[] {
    const connections: number[] = [];
    for (const { connection } of this.#members.values()) {
      if (connection !== undefined) connections.push(connection);
    }
    return connections;
  }
}

/** Whether a message tells what people said, which rooms keep. */
export function isKept(message: RoomMessage): message is KeptMessage {
  return message.type === "said" || message.type === "action" ||
    message.type === "topic";
}
