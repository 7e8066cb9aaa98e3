import type { ChatClient } from "../client/chat_client.ts";
import type {
  ChatClientEvent,
  ChatRoomRecord,
} from "../client/chat_client_message.ts";
import type { UserRef } from "../room/chat_message.ts";
import { roomKey } from "../room/names/_name_key.ts";
import { RecentMessages } from "./_recent_messages.ts";

/** The most nicknames of a room that are remembered for completion. */
const MAX_NICKNAMES = 2000;

/** A room that the user is in. */
interface KnownRoom {
  /** The nicknames that are known. */
  readonly people: Set<string>;
  topic: string;
  /** How many users are in it, which a large room tells now and then. */
  online: number;
  /** The id before which `/history` goes on. */
  oldest: number | undefined;
}

/** The state of a conversation, which the events of its client change. */
export class ConversationState {
  readonly #client: ChatClient;
  readonly #rooms = new Map<string, KnownRoom>();
  #epoch: string | undefined;
  /** The room that was chosen by `/room`. */
  #chosen: string | undefined;

  readonly recent = new RecentMessages();
  /** Whether the next line is a nickname. */
  needsNickname = false;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** The user, once there is a nickname. */
  get user(): UserRef | undefined {
    return this.#client.user;
  }

  /** The room in which the user talks. */
  get room(): string | undefined {
    return this.#chosen ?? this.#client.room;
  }

  /** The rooms of which something is known. */
  get rooms(): Iterable<string> {
    return new Set([...this.#rooms.keys(), ...this.#client.rooms]);
  }

  /** The nicknames of all others that are known. */
  get nicknames(): Iterable<string> {
    const names = new Set<string>();
    for (const { people } of this.#rooms.values()) {
      for (const name of people) names.add(name);
    }
    names.delete(this.user?.nickname ?? "");
    return names;
  }

  /** A room of the user. */
  known(room: string): KnownRoom | undefined {
    return this.#rooms.get(room);
  }

  /** Goes to a room that the user is in; `undefined` if it is not. */
  choose(typed: string): string | undefined {
    const key = roomKey(typed);
    const room = this.#client.rooms.find((name) => roomKey(name) === key);
    this.#chosen = room ?? this.#chosen;
    return room;
  }

  /** Learns from an event. */
  learn(event: ChatClientEvent): void {
    switch (event.type) {
      case "greeting":
        return this.#beginEpoch(event.epoch);
      case "welcome":
        this.needsNickname = false;
        return;
      case "nickname-request":
        this.needsNickname = true;
        return;
      case "entered":
        return this.#enter(event);
      case "exited":
        this.#rooms.delete(event.room);
        if (this.#chosen === event.room) this.#chosen = undefined;
        return;
      case "online":
      case "topic":
      case "joined":
      case "left":
      case "renamed":
        return this.#update(this.#rooms.get(event.room), event);
      case "edited":
      case "private-edited":
        return this.recent.change(event.target, event.text);
      case "private":
        return this.recent.add(event);
      case "said":
      case "action":
        this.#update(this.#rooms.get(event.room), event);
        return this.recent.add(event);
    }
  }

  /** Ids of another epoch have nothing to do with those of this one. */
  #beginEpoch(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.recent.clear();
    for (const room of this.#rooms.values()) room.oldest = undefined;
  }

  #enter(event: ChatClientEvent & { type: "entered" }): void {
    const { room, topic, users, online, history } = event;
    const names = users.slice(0, MAX_NICKNAMES).map((user) => user.nickname);
    const oldest = this.#rooms.get(room)?.oldest ?? history[0]?.id;
    this.#rooms.set(room, { people: new Set(names), topic, online, oldest });
    for (const record of history) {
      if (record.type !== "topic") this.recent.add(record);
    }
    this.#chosen = undefined;
  }

  #update(
    room: KnownRoom | undefined,
    event: ChatRoomRecord | ChatClientEvent & { readonly type: "online" },
  ): void {
    if (room === undefined) return;
    if (event.type === "online") room.online = event.online;
    else if (event.type === "topic") room.topic = event.text;
    else room.oldest ??= event.id;
    if (event.type === "left") room.people.delete(event.user.nickname);
    if (event.type === "renamed") room.people.delete(event.previous);
    const isHere = event.type === "joined" || event.type === "renamed";
    if (isHere && room.people.size < MAX_NICKNAMES) {
      room.people.add(event.user.nickname);
    }
  }
}
