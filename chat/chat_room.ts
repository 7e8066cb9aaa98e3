import { fault, tell } from "./_deliveries.ts";
import { obeyCommand } from "./_obey_command.ts";
import { RoomState } from "./_room_state.ts";
import { type ChatCommand, parseCommand } from "./chat_command.ts";
import type {
  ChatErrorCode,
  Delivery,
  LeaveReason,
  RoomMessage,
} from "./chat_message.ts";
import type { ChatUser } from "./chat_user.ts";

/**
 * Options for {@linkcode ChatRoom}.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type ChatRoomOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatRoomOptions = { name: "kitchen" };
 * assertEquals(new ChatRoom(options).name, "kitchen");
 * ```
 */
export interface ChatRoomOptions {
  /**
   * What the room is called.
   *
   * @default {"lobby"}
   */
  name?: string;
  /** What the server is called, for the greeting: no name by default. */
  server?: string;
  /**
   * Nicknames that nobody may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
}

/**
 * What came of {@linkcode ChatRoom.join}.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type JoinOutcome } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const outcome: JoinOutcome = new ChatRoom().join("192.0.2.1:50000", 0);
 * assertEquals(outcome.id, 1);
 * ```
 */
export interface JoinOutcome {
  /** The id by which the new user is known from now on. */
  readonly id: number;
  /** The greeting, and the request for a nickname. */
  readonly deliveries: readonly Delivery[];
}

/**
 * A chat room without any I/O: users join, send lines and leave; each of these
 * calls returns who is to be sent what. The room has no clock and no timers (the
 * caller says when an event happens, in milliseconds since the epoch), so the
 * same events always give the same deliveries.
 *
 * A user who joined is greeted and asked for a nickname, which must keep the
 * rules of {@linkcode parseNickname} and be free: no two users have the same
 * nickname or ones that look alike. From then on the user is in the room. Each
 * hears what the others say, in the same order as everyone; never what they say
 * themselves.
 *
 * The caller sends the deliveries in the order returned, and those of one call
 * before it makes the next one or with a {@linkcode RelayLink}, which sees to
 * that. After a `goodbye` it closes that user's connection. An id that is not
 * (or no more) in use is ignored, since events cross on their way.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom } from "@vnet/net/chat";
 * import { assertEquals, assertObjectMatch } from "@std/assert";
 *
 * const room = new ChatRoom();
 * const alice = room.join("192.0.2.1:50000", 0).id;
 * const bob = room.join("192.0.2.2:50000", 1).id;
 * room.line(alice, "alice", 2);
 * room.line(bob, "bob", 3);
 *
 * const [delivery] = room.line(alice, "hello", 4);
 * assertEquals(delivery.to, [bob]);
 * assertObjectMatch(delivery.message, { type: "said", text: "hello" });
 * ```
 */
export class ChatRoom {
  readonly #state: RoomState;
  readonly #server: { readonly server?: string };

  /**
   * Makes an empty room.
   *
   * @param options Its name and rules.
   * @throws {SyntaxError} If a reserved nickname breaks the rules by itself.
   */
  constructor(options: ChatRoomOptions = {}) {
    this.#state = new RoomState(
      options.name ?? "lobby",
      options.reservedNicknames,
    );
    const { server } = options;
    this.#server = server === undefined ? {} : { server };
  }

  /**
   * What the room is called.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(new ChatRoom().name, "lobby");
   * ```
   */
  get name(): string {
    return this.#state.channel.name;
  }

  /**
   * How many users are connected, those without a nickname counted too.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * room.join("192.0.2.1:50000", 0);
   * assertEquals(room.connected, 1);
   * ```
   */
  get connected(): number {
    return this.#state.users.size;
  }

  /**
   * How many users are in the room: those with a nickname.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * assertEquals(room.online, 0);
   * room.line(id, "alice", 1);
   * assertEquals(room.online, 1);
   * ```
   */
  get online(): number {
    return this.#state.channel.size;
  }

  /**
   * Finds a user.
   *
   * @param id The user's id.
   * @returns All that is known of the user, or `undefined` if there is none.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * assertEquals(room.user(id)?.address, "192.0.2.1:50000");
   * assertEquals(room.user(99), undefined);
   * ```
   */
  user(id: number): ChatUser | undefined {
    return this.#state.users.get(id);
  }

  /**
   * Takes in a user, who still has to choose a nickname.
   *
   * @param address The network address, shown to nobody else.
   * @param now When it happens.
   * @returns The user's id, and what to send.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id, deliveries } = room.join("192.0.2.1:50000", 0);
   * assertEquals(deliveries.map(({ to }) => to), [[id], [id]]);
   * ```
   */
  join(address: string, now: number): JoinOutcome {
    const { id } = this.#state.users.add(address, now);
    const online = this.online + 1;
    const about = { ...this.#server, address, online };
    return {
      id,
      deliveries: [
        tell([id], { type: "greeting", time: now, ...about }),
        tell([id], { type: "nickname-request", time: now }),
      ],
    };
  }

  /**
   * Takes a line that a user typed, as {@linkcode parseCommand} reads it.
   *
   * @param id The user's id.
   * @param text The line without its end.
   * @param now When it happens.
   * @returns What to send.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertObjectMatch } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * room.line(id, "alice", 1);
   * const [goodbye] = room.line(id, "byebye", 2);
   * assertObjectMatch(goodbye.message, { type: "goodbye", reason: "quit" });
   * ```
   */
  line(id: number, text: string, now: number): Delivery[] {
    return this.command(id, parseCommand(text), now);
  }

  /**
   * Takes what a user asks for, from a front end that has no lines.
   *
   * @param id The user's id.
   * @param command What the user asks for.
   * @param now When it happens.
   * @returns What to send.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertObjectMatch } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * room.command(id, { type: "nick", nickname: "alice" }, 1);
   * const [list] = room.command(id, { type: "list" }, 2);
   * assertObjectMatch(list.message, {
   *   type: "users",
   *   users: [{ id, nickname: "alice", enteredAt: 0 }],
   * });
   * ```
   */
  command(id: number, command: ChatCommand, now: number): Delivery[] {
    return obeyCommand(this.#state, id, command, now);
  }

  /**
   * Tells a user that what they sent could not be taken as a line at all.
   *
   * @param id The user's id.
   * @param code Why, such as the code of a {@linkcode LineDecoder}'s error.
   * @param now When it happens.
   * @returns What to send.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertObjectMatch } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * const [notice] = room.refuse(id, "invalid-utf8", 1);
   * assertObjectMatch(notice.message, { type: "error", code: "invalid-utf8" });
   * ```
   */
  refuse(id: number, code: ChatErrorCode, now: number): Delivery[] {
    return this.#state.users.get(id) === undefined
      ? []
      : [fault(id, code, now)];
  }

  /**
   * Lets a user go. The others are told, if the user had a nickname; the user
   * gets a last message, unless the connection is gone already.
   *
   * @param id The user's id.
   * @param reason Why.
   * @param now When it happens.
   * @returns What to send.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * room.leave(id, "closed", 1);
   * assertEquals(room.connected, 0);
   * assertEquals(room.leave(id, "closed", 2), []);
   * ```
   */
  leave(id: number, reason: LeaveReason, now: number): Delivery[] {
    return this.#state.dismiss(id, reason, now);
  }

  /**
   * Lets everyone go since the server stops.
   *
   * @param now When it happens.
   * @returns A last message to all, and what other servers should hear.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * const [goodbye] = room.shutdown(1);
   * assertEquals(goodbye.to, [id]);
   * assertEquals(room.connected, 0);
   * ```
   */
  shutdown(now: number): Delivery[] {
    return this.#state.dismissAll(now);
  }

  /**
   * Takes what was published by the room of the same name on another server. The
   * message gets an id of this server, and so a place in the order that everyone
   * here sees; it is not published again.
   *
   * @param message What the other room announced.
   * @param origin The other server.
   * @returns What to send; nothing for another room.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals, assertObjectMatch } from "@std/assert";
   *
   * const east = new ChatRoom();
   * const alice = east.join("192.0.2.1:50000", 0).id;
   * east.line(alice, "alice", 1);
   * const [{ message }] = east.line(alice, "hello", 2);
   *
   * const west = new ChatRoom();
   * const bob = west.join("192.0.2.2:50000", 0).id;
   * west.line(bob, "bob", 1);
   * if (message.type === "said") {
   *   const [delivery] = west.receive(message, "east");
   *   assertEquals(delivery.to, [bob]);
   *   assertObjectMatch(delivery.message, { user: { origin: "east" } });
   * }
   * ```
   */
  receive(message: RoomMessage, origin: string): Delivery[] {
    if (message.room !== this.name) return [];
    return [this.#state.forward(message, origin)];
  }
}
