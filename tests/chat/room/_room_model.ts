import { assert, assertEquals } from "@std/assert";
import { MemoryStore } from "../../../chat/store/_memory_store.ts";
import type { ChatCommand } from "../../../chat/room/chat_command.ts";
import type {
  ChatMessage,
  Delivery,
  KeptMessage,
  LeaveReason,
  RoomMessage,
} from "../../../chat/room/chat_message.ts";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import {
  type Nickname,
  parseNickname,
} from "../../../chat/room/names/nickname.ts";
import { Random } from "../../property/_random.ts";

const NICKNAMES = [
  ...["Bob", "bob", "ＢＯＢ", "\u0412ob", "B0B", "bobby", "Robert"],
  ...["alice", "AIice", "\u0430lice", "Alice", "Zo\u00eb", "Zoe\u0308"],
  ...["__proto__", "constructor", "李雷", "System", "", "two words", "a:b"],
];

const ROOMS = [
  ...["lobby", "cats", "Dogs", "__proto__", "constructor", "猫", "a", "b", "c"],
  ...["d", "e", "f", "g", "h", "l\u043ebby", "a:b", ""],
];

const REASONS: readonly LeaveReason[] = [
  "closed",
  "lost",
  "lost",
  "slow",
  "line-too-long",
];

/** Milliseconds for which a session is kept: a few steps. */
const TIMEOUT = 40;

/** What one user has seen of a room. */
interface RoomView {
  /** Nicknames of those in the room by their ids. */
  readonly members: Map<number, string>;
  /** Ids of what was said there, in the order of arrival. */
  seen: number[];
  /** Where in the truth that begins. */
  start: number;
}

/** A user, over as many connections as it takes. */
interface Client {
  handle: number | undefined;
  userId: number;
  session: string | undefined;
  awayUntil: number;
  rooms: Map<string, RoomView>;
  /** Ids of private messages. */
  privates: number[];
  /** The highest id that was told of anything. */
  last: number;
  /** The last request that had a ref, and the id that came of it. */
  said: { readonly command: ChatCommand; readonly id: number } | undefined;
}

/**
 * Plays random events against a chat, and checks every delivery against a simple
 * model: who is where, and what was said there.
 */
export class RoomModel {
  readonly room = new ChatRoom({
    flood: { burst: Infinity },
    store: new MemoryStore("model"),
    sessionTimeout: TIMEOUT,
  });
  readonly log: Delivery[] = [];
  readonly #random: Random;
  readonly #clients = new Set<Client>();
  /** Connections to the users at their other end. */
  readonly #handles = new Map<number, Client>();
  /** What was said in each room since it was made. */
  readonly #truth = new Map<string, number[]>();
  /** Private messages to the ids of their two ends. */
  readonly #privates = new Map<number, readonly number[]>();
  #now = 0;
  #lastId = 0;
  #refs = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Plays one event. */
  step(): void {
    this.#now += this.#random.below(4);
    this.#expire();
    const choice = this.#random.below(100);
    const connected = [...this.#handles.keys()];
    if (connected.length === 0 || (choice < 8 && connected.length < 12)) {
      this.#join();
    } else if (choice < 14) this.#disconnect(this.#random.pick(connected));
    else if (choice < 22) this.#comeBack();
    else this.#request(this.#random.pick(connected));
    this.#check();
  }

  #join(): void {
    const usesJson = this.#random.below(2) === 0;
    const { id, deliveries } = this.room.join("192.0.2.1:1", this.#now, {
      expectHello: usesJson,
    });
    assert(!this.#handles.has(id), `Connection ${id} is given out twice`);
    this.#attach(id);
    this.#take(deliveries);
    if (!usesJson) return;
    const nickname = this.#random.pick(NICKNAMES);
    this.#command(id, { type: "hello", version: 1, nickname });
  }

  #attach(handle: number): Client {
    const client: Client = {
      handle,
      userId: handle,
      session: undefined,
      awayUntil: Infinity,
      rooms: new Map(),
      privates: [],
      last: 0,
      said: undefined,
    };
    this.#clients.add(client);
    this.#handles.set(handle, client);
    return client;
  }

  #disconnect(handle: number): void {
    const reason = this.#random.pick(REASONS);
    const client = this.#handles.get(handle);
    const isKept = client?.session !== undefined && reason !== "line-too-long";
    const isGone = reason === "closed" || reason === "lost";
    if (isGone) this.#end(handle, isKept);
    this.#take(this.room.leave(handle, reason, this.#now), isKept);
    assertEquals(this.room.leave(handle, reason, this.#now), []);
  }

  /** Takes the connection from a user. */
  #end(handle: number, isKept: boolean): void {
    const client = this.#handles.get(handle);
    assert(client !== undefined);
    this.#handles.delete(handle);
    client.handle = undefined;
    if (isKept) client.awayUntil = this.#now + TIMEOUT;
    else this.#clients.delete(client);
  }

  /** Lets somebody come back who is away, or who only seems connected. */
  #comeBack(): void {
    const all = [...this.#clients].filter(({ session }) =>
      session !== undefined
    );
    if (all.length === 0) return;
    const client = this.#random.pick(all);
    const { id, deliveries } = this.room.join("192.0.2.1:1", this.#now, {
      expectHello: true,
    });
    this.#attach(id);
    this.#take(deliveries);
    const after = this.#lose(client);
    const { session } = client;
    const epoch = this.room.epoch;
    this.#command(id, { type: "hello", version: 1, session, epoch, after });
    assertEquals(client.handle, id, "The session did not go on");
    this.#repeat(client);
  }

  /** Loses the last that was sent to a user; what was seen before is the rest. */
  #lose(client: Client): number {
    const ids = [
      ...client.privates,
      ...[...client.rooms.values()].flatMap(({ seen }) => seen),
    ].sort((left, right) => left - right);
    const lost = this.#random.below(6);
    // With nothing lost, the client has seen what is of no room's history, too.
    const after = lost === 0 ? client.last : ids.at(-1 - lost) ?? 0;
    client.last = after;
    client.privates = client.privates.filter((id) => id <= after);
    for (const view of client.rooms.values()) {
      view.seen = view.seen.filter((id) => id <= after);
    }
    return after;
  }

  /** What was not acknowledged is said again, and must not be heard twice. */
  #repeat(client: Client): void {
    const { handle, said } = client;
    if (handle === undefined || said === undefined) return;
    const deliveries = this.room.command(handle, said.command, this.#now);
    assertEquals(deliveries.length, 1);
    const [{ to, message }] = deliveries;
    assert(message.type === "ack");
    assertEquals([to, message.id], [[handle], said.id]);
  }

  #request(handle: number): void {
    this.#command(handle, this.#someCommand(handle));
  }

  #someCommand(handle: number): ChatCommand {
    const choice = this.#random.below(100);
    const nickname = this.#random.pick(NICKNAMES);
    const text = `text ${this.#now}`;
    const ref = `${++this.#refs}`;
    const rooms = [...this.#handles.get(handle)?.rooms.keys() ?? []];
    const room = rooms.length > 0 && this.#random.below(4) > 0
      ? this.#random.pick(rooms)
      : this.#random.pick(ROOMS);
    if (choice < 8) return { type: "nick", nickname };
    if (choice < 12) return { type: "plain", text: nickname };
    if (choice < 35) return { type: "say", text, room, ref };
    if (choice < 40) return { type: "me", text };
    if (choice < 50) return { type: "msg", to: nickname, text, ref };
    if (choice < 72) return { type: "join", room: this.#random.pick(ROOMS) };
    if (choice < 80) return { type: "leave", room };
    if (choice < 85) return { type: "topic", text, room };
    if (choice < 95) {
      const lines = ["l", "/help", "", "/x", "/rooms", "/history", "/topic"];
      return { type: "line", text: this.#random.pick(lines), ref };
    }
    if (choice < 98) return { type: "ping", ref };
    return { type: "quit" };
  }

  #command(handle: number, command: ChatCommand): void {
    const deliveries = this.room.command(handle, command, this.#now);
    const client = this.#handles.get(handle);
    this.#take(deliveries);
    const { ref } = command;
    if (ref === undefined || client?.session === undefined) return;
    const answers = deliveries.flatMap(({ to, message }) =>
      "ref" in message && message.ref === ref ? [{ to, message }] : []
    );
    assertEquals(answers.length, 1, `${command.type} has one answer`);
    const [{ message }] = answers;
    if (message.type !== "ack" || message.id === undefined) return;
    if (command.type === "say" || command.type === "msg") {
      client.said = { command, id: message.id };
    }
  }

  #take(deliveries: readonly Delivery[], isKept = false): void {
    for (const delivery of deliveries) {
      this.log.push(delivery);
      const { to, message } = delivery;
      assertEquals(new Set(to).size, to.length);
      for (const handle of to) {
        const client = this.#handles.get(handle);
        assert(client, `${handle} gets ${message.type} after the end`);
        this.#hear(client, handle, message, isKept);
      }
      if ("room" in message && "id" in message) this.#takePublic(message, to);
    }
  }

  /** Checks that all hear it who should, and nobody else; in the right order. */
  #takePublic(message: RoomMessage, to: readonly number[]): void {
    const { id, room, type, user } = message;
    assert(id > this.#lastId, `Id ${id} comes after ${this.#lastId}`);
    this.#lastId = id;
    const speaker = [...this.#clients].find(({ userId }) => userId === user.id);
    const isHeardByAll = type === "renamed" || type === "topic";
    const expected = [...this.#clients].filter((client) =>
      client.handle !== undefined && client.rooms.has(room) &&
      (isHeardByAll || client !== speaker)
    ).map(({ handle }) => handle);
    assertEquals(new Set(to), new Set(expected), `${type} in ${room}`);
    if (type === "said" || type === "action" || type === "topic") {
      this.#truth.get(room)?.push(id);
      // The speaker does not hear it, but knows.
      if (type !== "topic") speaker?.rooms.get(room)?.seen.push(id);
    }
    if (speaker?.handle !== undefined) speaker.last = id;
  }

  #hear(
    client: Client,
    handle: number,
    message: ChatMessage,
    isKept: boolean,
  ): void {
    switch (message.type) {
      case "welcome":
        this.#welcome(client, handle, message);
        return;
      case "entered":
        this.#enter(client, message);
        return;
      case "exited":
        client.rooms.delete(message.room);
        return;
      case "goodbye":
        this.#end(handle, isKept || message.reason === "replaced");
        return;
      case "private":
        this.#hearPrivate(client, message);
        return;
      case "joined":
      case "left":
      case "renamed":
      case "said":
      case "action":
      case "topic":
        hearRoom(client, message);
    }
  }

  #welcome(
    newcomer: Client,
    handle: number,
    message: ChatMessage & { readonly type: "welcome" },
  ): void {
    const { session, resumed, user } = message;
    if (!resumed) {
      assertEquals(user.id, handle);
      newcomer.session = session;
      return;
    }
    const client = [...this.#clients].find((one) => one.session === session);
    assert(client !== undefined && session !== undefined);
    assertEquals(client.userId, user.id);
    this.#clients.delete(newcomer);
    this.#clients.add(client);
    client.handle = handle;
    client.awayUntil = Infinity;
    this.#handles.set(handle, client);
  }

  #enter(
    client: Client,
    message: ChatMessage & { readonly type: "entered" },
  ): void {
    const { room, users, history, cause, complete } = message;
    const ids = history.map(({ id }) => id);
    if (!this.#isOpen(room)) this.#truth.set(room, []);
    const truth = this.#truth.get(room) ?? [];
    const before = client.rooms.get(room);
    const members = new Map(users.map(({ id, nickname }) => [id, nickname]));
    if (cause === "switch") {
      assertEquals(ids, []);
      assertEquals(before?.members, members);
      return;
    }
    if (cause === "resume") {
      assert(before !== undefined);
      const missed = truth.slice(before.start + before.seen.length);
      assertEquals(ids, missed.slice(-100), "What was missed comes");
      assertEquals(complete, missed.length <= 100);
      const start = complete ? before.start : truth.length - ids.length;
      const seen = complete ? [...before.seen, ...ids] : ids;
      client.rooms.set(room, { members, seen, start });
      return;
    }
    assertEquals(before, undefined);
    assertEquals(ids, truth.slice(-20));
    assertEquals(complete, truth.length <= 20);
    const start = truth.length - ids.length;
    client.rooms.set(room, { members, seen: ids, start });
  }

  #hearPrivate(
    client: Client,
    { id, user, to }: ChatMessage & { readonly type: "private" },
  ): void {
    const ends = [user.id, to.id];
    assert(ends.includes(client.userId));
    const known = this.#privates.get(id);
    assertEquals(known ?? ends, ends);
    if (known === undefined) {
      assert(id > this.#lastId);
      this.#lastId = id;
      this.#privates.set(id, ends);
    }
    const last = client.privates.at(-1) ?? 0;
    assert(id > last, `Private ${id} comes after ${last}`);
    client.privates.push(id);
    client.last = Math.max(client.last, id);
  }

  #isOpen(room: string): boolean {
    return room === "lobby" ||
      [...this.#clients].some(({ rooms }) => rooms.has(room));
  }

  #expire(): void {
    for (const client of this.#clients) {
      if (client.awayUntil <= this.#now) this.#clients.delete(client);
    }
    this.room.tick(this.#now);
  }

  #check(): void {
    this.#checkNicknames();
    if (!this.#truth.has("lobby")) this.#truth.set("lobby", []);
    const connected = [...this.#clients].filter(({ handle }) =>
      handle !== undefined
    );
    const open = new Set(["lobby"]);
    for (const { rooms } of this.#clients) {
      for (const room of rooms.keys()) open.add(room);
    }
    assertEquals(this.room.roomCount, open.size);
    assertEquals(this.room.connected, connected.length);
    const named = connected.filter(({ rooms }) => rooms.size > 0);
    assertEquals(this.room.online, named.length);
    for (const client of named) {
      assert(client.rooms.size <= 10);
      for (const [room, view] of client.rooms) this.#checkView(room, view);
      const privates = [...this.#privates].flatMap(([id, ends]) =>
        ends.includes(client.userId) ? [id] : []
      );
      assertEquals(client.privates, privates);
    }
  }

  /** Everyone must believe the same of a room, and it must be true. */
  #checkView(room: string, { members, seen, start }: RoomView): void {
    const truth = new Map<number, string>();
    for (const { handle, rooms, userId } of this.#clients) {
      if (handle === undefined || !rooms.has(room)) continue;
      truth.set(userId, this.room.user(handle)?.nickname ?? "");
    }
    assertEquals(
      new Map([...members].sort(byId)),
      new Map([...truth].sort(byId)),
    );
    assertEquals(seen, this.#truth.get(room)?.slice(start), room);
  }

  #checkNicknames(): void {
    const claimed = new Set<string>();
    for (const handle of this.#handles.keys()) {
      const text = this.room.user(handle)?.nickname;
      if (text === undefined) continue;
      const { key, looks } = parseNickname(text) as Nickname;
      for (const claim of [key, ...looks]) {
        assert(!claimed.has(claim), `Two users own ${claim}`);
      }
      for (const claim of [key, ...looks]) claimed.add(claim);
    }
  }
}

/** Takes what happened in a room of a user. */
function hearRoom(client: Client, message: RoomMessage): void {
  const { user, type, id, room } = message;
  const view = client.rooms.get(room);
  assert(view !== undefined, `${type} of a room the user is not in`);
  client.last = Math.max(client.last, id);
  const { members, seen } = view;
  if (type === "joined") {
    assert(!members.has(user.id));
    members.set(user.id, user.nickname);
    return;
  }
  if (type === "left") {
    assert(members.delete(user.id));
    return;
  }
  if (type === "renamed") {
    assertEquals(members.get(user.id), message.previous);
    members.set(user.id, user.nickname);
    return;
  }
  assertEquals(members.get(user.id), user.nickname);
  if (type !== "topic") assert(user.id !== client.userId, "The own words");
  if (type === "edited") return;
  const kept: KeptMessage = message;
  assert(kept.id > (seen.at(-1) ?? 0), `${id} comes twice, or too late`);
  seen.push(id);
}

function byId([left]: [number, string], [right]: [number, string]): number {
  return left - right;
}
