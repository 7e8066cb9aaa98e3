import { RoomChannel } from "./_room_channel.ts";
import type { RoomEntry } from "../chat_message.ts";
import type { ChatStore } from "../../store/chat_store.ts";
import type { RoomName } from "../names/room_name.ts";

/** The rooms that are open: the lobby, and those that somebody is in. */
export class RoomTable {
  /** The room that everyone enters first, and that is always open. */
  readonly lobby: RoomChannel;
  readonly #store: ChatStore;
  readonly #maxRooms: number;
  readonly #rooms = new Map<string, RoomChannel>();
  /** How their names look. */
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

  /** Finds a room that is open. */
  get(key: string): RoomChannel | undefined {
    return this.#rooms.get(key);
  }

  /** Gives a room, which is made if it is not open; or why it can't be. */
  open(name: RoomName): RoomChannel | "room-look-alike" | "rooms-full" {
    const room = this.#rooms.get(name.key);
    if (room !== undefined) return room;
    if (this.#looks.has(name.look)) return "room-look-alike";
    if (this.#rooms.size >= this.#maxRooms) return "rooms-full";
    return this.#add(name);
  }

  /** Closes a room if nobody is in it. What a store has of it stays there. */
  tidy(room: RoomChannel): void {
    if (room === this.lobby || !room.isDeserted) return;
    this.#rooms.delete(room.key);
    this.#looks.delete(room.look);
  }

  /** All rooms, those with the most people first. */
  list(): readonly RoomEntry[] {
    return [...this.#rooms.values()].map(entryOf).sort((left, right) =>
      right.online - left.online || compare(left.room, right.room)
    );
  }

  #add(name: RoomName): RoomChannel {
    const room = new RoomChannel(name, this.#store.load(name.text));
    this.#rooms.set(room.key, room);
    this.#looks.add(room.look);
    return room;
  }
}

/** A room as it is listed. */
export function entryOf({ name, topic, size }: RoomChannel): RoomEntry {
  return { room: name, topic, online: size };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
