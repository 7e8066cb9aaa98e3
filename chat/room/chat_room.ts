import { RoomReplica } from "./_room_replica.ts";
import { readRules } from "./_room_rules.ts";
import type { ChatCommand } from "./chat_command.ts";
import type { ChatErrorCode } from "./chat_error_code.ts";
import type { Delivery } from "./chat_message.ts";
import type {
  ChatRoomOptions,
  JoinOptions,
  JoinOutcome,
  RefuseOptions,
} from "./chat_room_options.ts";
import type { ChatUser } from "./chat_user.ts";
import type { LeaveReason } from "./leave_reason.ts";

/** The public side of a replica that a server uses. */
export let roomOver: (replica: RoomReplica) => ChatRoom;

/**
 * A chat without I/O: users join, send lines and leave, and each of these calls
 * returns the messages to deliver. There is no clock and there are no timers: the
 * caller passes the time of each event, in milliseconds since the epoch. So the
 * same events always give the same deliveries, except for the tokens of sessions.
 *
 * A user who joins is greeted and asked for a nickname, which must follow the
 * rules of {@linkcode parseNickname} and be free: no two users have the same
 * nickname or ones that look alike. Then the user is in the lobby, and may enter
 * other rooms, up to 10 in all. Users get the messages of all others in their
 * rooms, in the same order as everyone, but not their own.
 *
 * A room keeps its last 100 messages, and shows 20 of them to a user who enters.
 * It is created when the first user enters, and closed when the last one leaves;
 * the lobby is always open.
 *
 * A user who began with a `hello` may come back after a lost connection, and gets
 * the missed messages. A user who sends too fast is warned, and then disconnected:
 * see {@linkcode ChatRoom.delay}.
 *
 * The caller sends the deliveries of one call, in order, before those of the next
 * call. After a `goodbye` it closes the user's connection. An id that is not in use
 * (any more) is ignored, as events may cross on the network.
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
  #replica: RoomReplica;

  static {
    roomOver = (replica) => {
      const room = new ChatRoom();
      room.#replica = replica;
      return room;
    };
  }

  /**
   * Creates a chat without users.
   *
   * @param options Names, rules and limits.
   * @throws {TypeError} If an option has the wrong type.
   * @throws {SyntaxError} If the name of the lobby or a reserved nickname breaks
   * the rules.
   * @throws {RangeError} If a limit is out of range, or the operators' token is
   * too short.
   */
  constructor(options: ChatRoomOptions = {}) {
    this.#replica = new RoomReplica(readRules(options));
  }

  /**
   * The name of the lobby, the room that all users enter first.
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
    return this.#replica.name;
  }

  /**
   * The name of the sequence of ids: a new one for each chat without a store.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertNotEquals } from "@std/assert";
   *
   * assertNotEquals(new ChatRoom().epoch, new ChatRoom().epoch);
   * ```
   */
  get epoch(): string {
    return this.#replica.epoch;
  }

  /**
   * How many rooms are open: the lobby, and rooms with users.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * room.line(id, "alice", 1);
   * room.line(id, "/join cats", 2);
   * assertEquals(room.roomCount, 2);
   * ```
   */
  get roomCount(): number {
    return this.#replica.roomCount;
  }

  /**
   * How many users are connected, with and without a nickname.
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
    return this.#replica.connected;
  }

  /**
   * How many users with a nickname are connected.
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
    return this.#replica.online;
  }

  /**
   * Finds a user.
   *
   * @param id The id that {@linkcode ChatRoom.join} returned.
   * @returns The user, or `undefined` if there is none.
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
    return this.#replica.user(id);
  }

  /**
   * Adds a user, who must choose a nickname next. A user whose address is banned gets
   * a `goodbye` instead.
   *
   * @param address The network address, which other users do not see.
   * @param now The time.
   * @param options Details of the connection.
   * @returns The user's id, and the messages to deliver.
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
  join(address: string, now: number, options: JoinOptions = {}): JoinOutcome {
    return this.#replica.join(address, now, options);
  }

  /**
   * Handles a line that a user typed, as {@linkcode parseCommand} reads it, with two
   * exceptions. `c:NAME:TEXT` is text if there is no user NAME, and `n:NAME` if NAME
   * is no nickname by the rules. After `/syntax plain`, the lines `l` and `byebye` and
   * those that begin with `b:`, `c:` or `n:` are text.
   *
   * @param id The user's id.
   * @param text The line without its end.
   * @param now The time.
   * @returns The messages to deliver.
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
    return this.#replica.command(id, { type: "line", text }, now);
  }

  /**
   * Handles a command of a user, for frontends without lines. The answer to a
   * command with a `ref` contains the `ref`, or is followed by an `ack`. A command
   * of type `"say"`, `"me"` or `"msg"` whose `ref` the session knows already is not
   * carried out again, and gets the same `ack`.
   *
   * @param id The user's id.
   * @param command The command.
   * @param now The time.
   * @returns The messages to deliver.
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
    return this.#replica.command(id, command, now);
  }

  /**
   * Tells a user that the input could not be read.
   *
   * @param id The user's id.
   * @param code The reason, such as the code of a {@linkcode LineDecoder}'s error.
   * @param now The time.
   * @param options Details of the input.
   * @returns The messages to deliver.
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
  refuse(
    id: number,
    code: ChatErrorCode,
    now: number,
    options: RefuseOptions = {},
  ): Delivery[] {
    return this.#replica.refuse(id, code, now, options);
  }

  /**
   * How long to wait before reading more from a user, to limit the rate: call it
   * after each line, command and refusal. A user whose messages are delayed without
   * a pause is warned at the third in a row, and disconnected at the tenth.
   *
   * @param id The user's id.
   * @param now The time.
   * @returns Milliseconds; 0 for a user who has left.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * for (const line of ["alice", "a", "b", "c", "d"]) room.line(id, line, 0);
   * assertEquals(room.delay(id, 100), 400);
   * ```
   */
  delay(id: number, now: number): number {
    return this.#replica.delay(id, now);
  }

  /**
   * Removes a user. The others are told if the user had a nickname; the user gets a
   * last message, unless the connection is gone already (`"closed"`, `"lost"`). A
   * user who began with a `hello` may come back for some time if the reason is
   * `"closed"`, `"lost"` or `"slow"`: until then, the nickname stays taken.
   *
   * @param id The user's id.
   * @param reason The reason.
   * @param now The time.
   * @returns The messages to deliver.
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
    return this.#replica.leave(id, reason, now);
  }

  /**
   * Removes everyone, as the server stops.
   *
   * @param now The time.
   * @returns A last message to everyone.
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
    return this.#replica.shutdown(now);
  }

  /**
   * Sends a notice of the server to everyone, such as that it will stop.
   *
   * @param text One line of text.
   * @param now The time.
   * @returns The messages to deliver.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * const { id } = room.join("192.0.2.1:50000", 0);
   * const [{ to, message }] = room.notice("Back in a minute", 1);
   * assertEquals(to, [id]);
   * assertEquals(message.type, "notice");
   * ```
   */
  notice(text: string, now: number): Delivery[] {
    return this.#replica.notice(text, now);
  }

  /**
   * Tells the users of large rooms how many they are, and frees the memory of
   * sessions and bans that have ended: call it now and then, such as every second.
   *
   * @param now The time.
   * @returns The messages to deliver.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * assertEquals(room.tick(1000), []);
   * ```
   */
  tick(now: number): Delivery[] {
    return this.#replica.tick(now);
  }

  /**
   * Until when an address is banned, so that a connection can be rejected before
   * {@linkcode ChatRoom.join}.
   *
   * @param addressKey The key of the address.
   * @param now The time.
   * @returns When the ban ends, or `undefined` if there is none.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom({ operatorToken: "open sesame" });
   * const { id } = room.join("192.0.2.1:50000", 0);
   * room.line(id, "alice", 0);
   * room.line(id, "/operator open sesame", 0);
   * room.join("192.0.2.2:50000", 0, { addressKey: "192.0.2.2" });
   * room.line(2, "mallory", 0);
   * room.line(id, "/ban mallory 10", 0);
   * assertEquals(room.bannedUntil("192.0.2.2", 1), 600_000);
   * assertEquals(room.bannedUntil("192.0.2.2", 600_000), undefined);
   * ```
   */
  bannedUntil(addressKey: string, now: number): number | undefined {
    return this.#replica.bannedUntil(addressKey, now);
  }
}
