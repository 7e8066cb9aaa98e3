import { MemoryStore } from "../../../chat/store/_memory_store.ts";
import type { ChatCommand } from "../../../chat/room/chat_command.ts";
import type { ChatMessage, Delivery } from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import type {
  ChatRoomOptions,
  JoinOptions,
} from "../../../chat/room/chat_room_options.ts";

type MessageOf<T extends ChatMessage["type"]> = ChatMessage & {
  readonly type: T;
};

/** A chat without sockets, in which what everyone is sent is kept. */
export class RoomWorld {
  readonly room: ChatRoom;
  now = 1_000;
  readonly #inboxes = new Map<number, ChatMessage[]>();

  constructor(options: ChatRoomOptions = {}) {
    this.room = new ChatRoom({
      flood: { burst: Infinity },
      store: new MemoryStore("first"),
      ...options,
    });
  }

  /** Connects somebody. */
  connect(options?: JoinOptions): RoomUser {
    const { id, deliveries } = this.room.join(
      "192.0.2.1:50000",
      this.now,
      options,
    );
    this.#inboxes.set(id, []);
    this.deliver(deliveries);
    return new RoomUser(this, id);
  }

  /** Lets a second pass. */
  tick(): void {
    this.now += 1_000;
    this.deliver(this.room.tick(this.now));
  }

  /** Connects somebody with lines, and clears all inboxes. */
  enter(nickname: string, options?: JoinOptions): RoomUser {
    const user = this.connect(options);
    user.line(nickname);
    this.clear();
    return user;
  }

  /** Connects somebody with JSON, and gives the secret of the session, too. */
  hello(
    nickname: string,
    options?: JoinOptions,
  ): readonly [user: RoomUser, session: string] {
    const user = this.connect({ expectHello: true, ...options });
    user.ask({ type: "hello", version: 1, nickname });
    const { session = "" } = user.get("welcome");
    this.clear();
    return [user, session];
  }

  /** Connects somebody who comes back. */
  resume(session: string, after: number): RoomUser {
    const user = this.connect({ expectHello: true });
    user.read();
    const { epoch } = this.room;
    user.ask({ type: "hello", version: 1, session, epoch, after });
    return user;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { to, message } of deliveries) {
      for (const id of to) this.#inboxes.get(id)?.push(message);
    }
  }

  /** Takes what a connection has been sent since the last call. */
  read(id: number): ChatMessage[] {
    return this.#inboxes.get(id)?.splice(0) ?? [];
  }

  clear(): void {
    for (const id of this.#inboxes.keys()) this.read(id);
  }
}

/** Somebody at one end of a connection. */
export class RoomUser {
  readonly id: number;
  readonly #world: RoomWorld;

  constructor(world: RoomWorld, id: number) {
    this.#world = world;
    this.id = id;
  }

  line(...lines: readonly string[]): void {
    const { room, now } = this.#world;
    for (const line of lines) {
      this.#world.deliver(room.line(this.id, line, now));
    }
  }

  ask(command: ChatCommand): void {
    const { room, now } = this.#world;
    this.#world.deliver(room.command(this.id, command, now));
  }

  leave(reason: Parameters<ChatRoom["leave"]>[1]): void {
    const { room, now } = this.#world;
    this.#world.deliver(room.leave(this.id, reason, now));
  }

  /** Takes what came since the last call. */
  read(): ChatMessage[] {
    return this.#world.read(this.id);
  }

  /** Takes what came since the last call, and gives the kinds of it. */
  types(): string[] {
    return this.read().map(({ type }) => type);
  }

  /** Takes what came since the last call, which has exactly one of this kind. */
  get<T extends ChatMessage["type"]>(type: T): MessageOf<T> {
    const all = this.read();
    const found = all.filter((message): message is MessageOf<T> =>
      message.type === type
    );
    if (found.length === 1) return found[0];
    const types = all.map((message) => message.type).join(", ");
    throw new Error(`Cannot find one ${type} among: ${types}`);
  }

  /** Takes what came since the last call: what was said, and how it looks. */
  texts(): string[] {
    return this.read().flatMap((message) =>
      "text" in message ? [message.text] : []
    );
  }

  /** Takes the one error that came, as its code and subject. */
  error(): readonly (string | undefined)[] {
    const { code, subject } = this.get("error");
    return [code, subject];
  }
}
