import type { ChatStore } from "../../store/chat_store.ts";
import type { RoomEntry } from "../chat_message.ts";
import type { RoomName } from "../names/room_name.ts";
import { RoomChannel } from "./_room_channel.ts";

/** The open rooms: the lobby, and those with users. */
export class RoomTable {
  /** The room that all users enter first, and that is always open. */
  readonly lobby: RoomChannel;
  readonly #store: ChatStore;
  readonly #maxRooms: number;
  readonly #rooms = new Map<string, RoomChannel>();
  readonly #looks = new Set<string>();

  constructor(lobby: RoomName, store: ChatStore, maxRooms: number) {
    this.#store = store;
    this.#maxRooms = maxRooms;
    this.lobby = this.#add(lobby);
  }

  /** How many rooms are open. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Finds an open room. */
  get(key: string): RoomChannel | undefined {
    return this.#rooms.get(key);
  }

  /** Finds or opens a room, or tells why that is not possible. */
  open(name: RoomName): RoomChannel | "room-look-alike" | "rooms-full" {
    const room = this.#rooms.get(name.key);
    if (room !== undefined) return room;
    if (this.#looks.has(name.look)) return "room-look-alike";
    if (this.#rooms.size >= this.#maxRooms) return "rooms-full";
    return this.#add(name);
  }

  /** Closes a room without users; a store keeps its history. */
  tidy(room: RoomChannel): void {
    if (room === this.lobby || !room.isDeserted) return;
    this.#rooms.delete(room.key);
    this.#looks.delete(room.look);
  }

  /** All rooms, those with the most users first. */
  list(): readonly RoomEntry[] {
    return [...this.#rooms.values()].map(entryOf).sort((left, right) =>
      right.online - left.online || (left.room < right.room ? -1 : 1)
    );
  }

  #add(name: RoomName): RoomChannel {
    const room = new RoomChannel(name, this.#store.load(name.text));
    this.#rooms.set(room.key, room);
    this.#looks.add(room.look);
    return room;
  }
}

/** A room as an entry of a list. */
export function entryOf({ name, topic, size }: RoomChannel): RoomEntry {
  return { room: name, topic, online: size };
}
