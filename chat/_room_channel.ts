import type { Delivery, RoomMessage } from "./chat_message.ts";

/**
 * One room: who is in it, and so who hears what is said there. All deliveries to
 * a room are made here, so that its order is the same for everyone.
 */
export class RoomChannel {
  /** What the room is called. */
  readonly name: string;
  readonly #members = new Set<number>();

  constructor(name: string) {
    this.name = name;
  }

  /** How many users are in the room. */
  get size(): number {
    return this.#members.size;
  }

  /** Ids of the users in the room, in the order in which they came. */
  members(): readonly number[] {
    return [...this.#members];
  }

  /** Lets a user in. */
  enter(id: number): void {
    this.#members.add(id);
  }

  /** Lets a user out, who hears nothing more. */
  exit(id: number): void {
    this.#members.delete(id);
  }

  /** Addresses what happened in this room to everyone in it, save one. */
  announce(message: RoomMessage, except?: number): Delivery {
    return { to: this.#everyone(except), message, publish: true };
  }

  /** Addresses what happened in the same room of another server. */
  forward(message: RoomMessage): Delivery {
    return { to: this.#everyone(), message, publish: false };
  }

  #everyone(except?: number): readonly number[] {
    const ids: number[] = [];
    for (const id of this.#members) if (id !== except) ids.push(id);
    return ids;
  }
}
