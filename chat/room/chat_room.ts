import { cleanText } from "./text/_clean_text.ts";
import { tell } from "./commands/_deliveries.ts";
import { tellEveryone } from "./commands/_handle_operator.ts";
import { rulesOf } from "./_room_rules.ts";
import { RoomState } from "./_room_state.ts";
import { takeCommand, takeFault } from "./commands/_handle_request.ts";
import { type ChatCommand, parseCommand } from "./chat_command.ts";
import type {
  ChatErrorCode,
  Delivery,
  LeaveReason,
  RoomMessage,
} from "./chat_message.ts";
import type {
  ChatRoomOptions,
  JoinOptions,
  JoinOutcome,
  RefuseOptions,
} from "./chat_room_options.ts";
import type { ChatUser } from "./chat_user.ts";
import { parseRoomName } from "./names/room_name.ts";

export type { ChatRoomOptions, JoinOutcome };

/**
 * A chat without any I/O: users join, send lines and leave; each of these calls
 * returns who is to be sent what. It has no clock and no timers (the caller says
 * when an event happens, in milliseconds since the epoch), so the same events
 * always give the same deliveries, but for the secrets of sessions.
 *
 * A user who joined is greeted and asked for a nickname, which must keep the
 * rules of {@linkcode parseNickname} and be free: no two users have the same
 * nickname or ones that look alike. From then on the user is in the lobby, and
 * may enter other rooms, 10 at most. Each hears what the others in these rooms
 * say, in the same order as everyone; never what they say themselves.
 *
 * A room keeps its last 100 messages, and shows 20 of them to who enters. It is
 * made by the first who enters, and closed when the last has left; the lobby is
 * always there.
 *
 * A user who began with a `hello` may come back after the connection was lost,
 * and is told what was missed. A user who sends too fast is warned, and then has
 * to leave: see {@linkcode ChatRoom.delay}.
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

  /**
   * Makes a chat that nobody is in yet.
   *
   * @param options Its names, rules and limits.
   * @throws {SyntaxError} If the name of the lobby or a reserved nickname breaks
   * the rules by itself.
   * @throws {RangeError} If a limit is out of range, or the operators' token is
   * too short.
   */
  constructor(options: ChatRoomOptions = {}) {
    this.#state = new RoomState(rulesOf(options));
  }

  /**
   * What the room is called that everyone enters first.
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
    return this.#state.rooms.lobby.name;
  }

  /**
   * The name of the sequence that all ids belong to: another one for each chat
   * without a store.
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
    return this.#state.rules.store.epoch;
  }

  /**
   * How many rooms are open: the lobby, and those that somebody is in.
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
    return this.#state.rooms.size;
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
   * How many users are in the chat: those with a nickname.
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
    return this.#state.users.online;
  }

  /**
   * Finds a user.
   *
   * @param id The connection, as {@linkcode ChatRoom.join} named it.
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
    const guest = this.#state.users.get(id);
    if (guest === undefined) return undefined;
    const { address, enteredAt, entry } = guest;
    return { id: guest.id, address, enteredAt, nickname: entry?.nickname };
  }

  /**
   * Takes in a user, who still has to choose a nickname.
   *
   * @param address The network address, shown to nobody else.
   * @param now When it happens.
   * @param options What else is known of the user.
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
  join(
    address: string,
    now: number,
    { addressKey = address, expectHello = false }: JoinOptions = {},
  ): JoinOutcome {
    this.#state.expire(now);
    const { id } = this.#state.users.add({
      address,
      addressKey,
      expectsHello: expectHello,
      now,
      steady: this.#state.clock.at(now),
    });
    const greeting = this.#state.greet(id, address, now);
    if (expectHello) return { id, deliveries: [greeting] };
    const message = { type: "nickname-request", time: now } as const;
    return { id, deliveries: [greeting, tell([id], message)] };
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
   * Takes what a user asks for, from a front end that has no lines. A command with
   * a `ref` gets it in the answer, or an `ack` after the answer; one of type
   * `"say"`, `"me"` or `"msg"` whose `ref` the session knows already gets the same
   * `ack` again, and nothing else happens.
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
    return takeCommand(this.#state, id, command, now);
  }

  /**
   * Tells a user that what they sent could not be taken as a line at all.
   *
   * @param id The user's id.
   * @param code Why, such as the code of a {@linkcode LineDecoder}'s error.
   * @param now When it happens.
   * @param options What it was about.
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
  refuse(
    id: number,
    code: ChatErrorCode,
    now: number,
    options: RefuseOptions = {},
  ): Delivery[] {
    return takeFault(this.#state, id, { code, ...options }, now);
  }

  /**
   * Tells how long nothing more should be read from a user, who would send too
   * fast else: to be asked after each line, command and refusal. A user whose
   * messages wait for that without a pause is warned at the third in a row, and
   * has to leave at the tenth.
   *
   * @param id The user's id.
   * @param now When it is asked.
   * @returns Milliseconds; 0 for a user who is gone.
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
    return this.#state.users.get(id)?.flood.delay(this.#state.clock.at(now)) ??
      0;
  }

  /**
   * Lets a user go. The others are told, if the user had a nickname; the user
   * gets a last message, unless the connection is gone already (`"closed"`,
   * `"lost"`). A user who began with a `hello` may come back for some time if the
   * reason is `"closed"`, `"lost"` or `"slow"`: until then, the nickname stays
   * taken.
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
    const guest = this.#state.users.get(id);
    return guest === undefined ? [] : this.#state.dismiss(guest, reason, now);
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
   * Tells everyone who is connected something from the server, such as that it
   * will stop.
   *
   * @param text One line of text.
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
   * const [{ to, message }] = room.notice("Back in a minute", 1);
   * assertEquals(to, [id]);
   * assertEquals(message.type, "notice");
   * ```
   */
  notice(text: string, now: number): Delivery[] {
    return [tellEveryone(this.#state, cleanText(text), now)];
  }

  /**
   * Forgets sessions and bans that are over. They end by themselves; this gives
   * their memory back, and is to be called now and then, such as every second.
   *
   * @param now The time.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const room = new ChatRoom();
   * assertEquals(room.tick(1000), undefined);
   * ```
   */
  tick(now: number): void {
    this.#state.expire(now);
    this.#state.bans.expire(this.#state.clock.at(now));
  }

  /**
   * Tells until when nobody may come in from an address: to be asked before
   * {@linkcode ChatRoom.join}.
   *
   * @param addressKey What stands for the address.
   * @param now When it is asked.
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
    const steady = this.#state.clock.at(now);
    const until = this.#state.bans.until(addressKey, steady);
    return until === undefined ? undefined : now + (until - steady);
  }

  /**
   * Takes what was published by a room of the same name on another server. The
   * message gets an id of this server, and so a place in the order that everyone
   * here sees; it is not published again.
   *
   * @param message What the other room announced.
   * @param origin The other server.
   * @returns What to send; nothing for a room that is not open here.
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
    const name = parseRoomName(message.room);
    if (typeof name === "string") return [];
    const room = this.#state.rooms.get(name.key);
    if (room === undefined) return [];
    return [this.#state.forward(room, message, origin)];
  }
}
