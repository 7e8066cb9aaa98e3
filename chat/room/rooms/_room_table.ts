import type { ChatStore } from "../../store/chat_store.ts";
import type { RoomEntry } from "../chat_message.ts";
import type { RoomPlace } from "../log/_chat_entry.ts";
import type { RoomName } from "../names/room_name.ts";
import type { User } from "../users/_user.ts";
import { RoomChannel } from "./_room_channel.ts";

/** The open rooms: the lobby, and those with users. */
export class RoomTable {
  /** The room that all users enter first, and that is always open. */
  readonly lobby: RoomChannel;
  readonly #store: ChatStore;
  readonly #maxRooms: number;
  readonly #rooms = new Map<string, RoomChannel>();
  readonly #names = new Map<string, RoomChannel>();
  readonly #looks = new Set<string>();

  constructor(lobby: RoomName, store: ChatStore, maxRooms: number) {
    this.#store = store;
    this.#maxRooms = maxRooms;
    this.lobby = this.open(lobby);
  }

  /** How many rooms are open. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Finds an open room. */
  get(key: string): RoomChannel | undefined {
    return this.#rooms.get(key);
  }

  /** Finds an open room by its own name. */
  named(name: string): RoomChannel | undefined {
    return this.#names.get(name);
  }

  /** Finds a room that is still open since then. */
  at({ room: name, opened }: RoomPlace): RoomChannel | undefined {
    const room = this.#names.get(name);
    return room?.opened === opened ? room : undefined;
  }

  /** All open rooms. */
  all(): IterableIterator<RoomChannel> {
    return this.#rooms.values();
  }

  /** Whether no more rooms may be opened. */
  get isFull(): boolean {
    return this.#rooms.size >= this.#maxRooms;
  }

  /** Whether an open room looks like one of another name. */
  hasLookAlike({ look }: RoomName): boolean {
    return this.#looks.has(look);
  }

  /** The topic that a room had which is not open. */
  storedTopic(name: RoomName): string {
    return this.#store.load(name.text)?.topic ?? "";
  }

  /** Opens a room, with its messages in the store. */
  open(name: RoomName, topic?: string): RoomChannel {
    const stored = this.#store.load(name.text);
    const room = new RoomChannel(
      name,
      topic ?? stored?.topic ?? "",
      stored?.messages,
    );
    this.#rooms.set(room.key, room);
    this.#names.set(room.name, room);
    this.#looks.add(room.look);
    return room;
  }

  /**
   * Closes a room without users. A store keeps its history, except that of a locked
   * room, which nobody may read who opens it again.
   */
  tidy(room: RoomChannel): void {
    if (room === this.lobby || !room.isDeserted) return;
    if (room.invited !== undefined) this.#store.forget?.(room.name);
    this.#rooms.delete(room.key);
    this.#names.delete(room.name);
    this.#looks.delete(room.look);
  }

  /** Whether a room is a user's to lock; never the lobby. */
  governs(user: User, room: RoomChannel): boolean {
    return room !== this.lobby && (user.isOperator || room.owner === user.id);
  }

  /** All rooms for a list of a user, those with the most users first. */
  list(user: User): readonly RoomEntry[] {
    const entries = Array.from(this.all(), (room) => this.entryOf(room, user));
    return entries.sort((left, right) =>
      right.online - left.online || (left.room < right.room ? -1 : 1)
    );
  }

  /** A room as an entry of a list of a user. */
  entryOf(room: RoomChannel, user: User): RoomEntry {
    const { name, topic, size, invited } = room;
    return {
      ...{ room: name, topic, online: size },
      ...invited === undefined ? {} : { locked: true },
      ...this.governs(user, room) ? { canLock: true } : {},
    };
  }
}
