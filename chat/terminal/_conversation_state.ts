import type { ChatClient } from "../client/chat_client.ts";
import type { ChatClientEvent } from "../client/chat_client_message.ts";
import type { UserRef } from "../room/chat_message.ts";
import { roomKey } from "../room/names/_name_key.ts";
import { RecentMessages } from "./_recent_messages.ts";

/** The most nicknames of a room that are remembered for completion. */
const MAX_NICKNAMES = 2000;

/** The state of a conversation, which the events of its client change. */
export class ConversationState {
  readonly #client: ChatClient;
  readonly #people = new Map<string, Set<string>>();
  readonly #topics = new Map<string, string>();
  /** How many users are in a room, which a large room tells now and then. */
  readonly #online = new Map<string, number>();
  /** The ids before which `/history` goes on. */
  readonly #oldest = new Map<string, number>();
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
    return new Set([...this.#people.keys(), ...this.#client.rooms]);
  }

  /** The nicknames of all others that are known. */
  get nicknames(): Iterable<string> {
    const names = new Set<string>();
    for (const people of this.#people.values()) {
      for (const name of people) names.add(name);
    }
    names.delete(this.user?.nickname ?? "");
    return names;
  }

  topicOf(room: string): string {
    return this.#topics.get(room) ?? "";
  }

  onlineIn(room: string): number {
    return this.#online.get(room) ?? 0;
  }

  oldestIn(room: string): number | undefined {
    return this.#oldest.get(room);
  }

  /** Notes the first message of a history that was read. */
  setOldest(room: string, id: number): void {
    this.#oldest.set(room, id);
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
        return this.#leave(event.room);
      case "online":
        this.#online.set(event.room, event.online);
        return;
      case "topic":
        this.#topics.set(event.room, event.text);
        return;
      case "joined":
      case "left":
      case "renamed":
        this.#noteOldest(event.room, event.id);
        return this.#learnPerson(event);
      case "edited":
      case "private-edited":
        return this.recent.change(event.target, event.text);
      case "private":
        return this.recent.add(event);
      case "said":
      case "action":
        this.#noteOldest(event.room, event.id);
        return this.recent.add(event);
    }
  }

  /** Ids of another epoch have nothing to do with those of this one. */
  #beginEpoch(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.recent.clear();
    this.#oldest.clear();
  }

  #enter(event: ChatClientEvent & { type: "entered" }): void {
    const { room, topic, users, online, history } = event;
    const names = users.slice(0, MAX_NICKNAMES).map((user) => user.nickname);
    this.#people.set(room, new Set(names));
    this.#topics.set(room, topic);
    this.#online.set(room, online);
    this.#noteOldest(room, history[0]?.id);
    for (const record of history) {
      if (record.type !== "topic") this.recent.add(record);
    }
    this.#chosen = undefined;
  }

  #leave(room: string): void {
    for (
      const about of [this.#people, this.#topics, this.#online, this.#oldest]
    ) about.delete(room);
    if (this.#chosen === room) this.#chosen = undefined;
  }

  #learnPerson(
    event: ChatClientEvent & { type: "joined" | "left" | "renamed" },
  ): void {
    const people = this.#people.get(event.room);
    if (people === undefined) return;
    const { nickname } = event.user;
    if (event.type === "left") people.delete(nickname);
    else if (people.size < MAX_NICKNAMES) people.add(nickname);
    if (event.type === "renamed") people.delete(event.previous);
  }

  #noteOldest(room: string, id: number | undefined): void {
    if (id !== undefined && !this.#oldest.has(room)) this.#oldest.set(room, id);
  }
}
