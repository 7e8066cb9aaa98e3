import { assert, assertEquals } from "@std/assert";
import type {
  Delivery,
  LeaveReason,
  RoomMessage,
} from "../../chat/chat_message.ts";
import { ChatRoom } from "../../chat/chat_room.ts";
import { type Nickname, parseNickname } from "../../chat/nickname.ts";
import { Random } from "./_random.ts";

const NICKNAMES = [
  ...["Bob", "bob", "ＢＯＢ", "\u0412ob", "B0B", "bobby", "Robert"],
  ...["alice", "AIice", "\u0430lice", "Alice", "Zo\u00eb", "Zoe\u0308"],
  ...["__proto__", "constructor", "李雷", "System", "", "two words", "a:b"],
];

const REASONS: readonly LeaveReason[] = [
  "closed",
  "lost",
  "slow",
  "line-too-long",
];

/** What one user has seen, and so must believe. */
interface View {
  /** Nicknames of those in the room by id; none before the welcome. */
  readonly members: Map<number, string>;
  /** Ids of the room's messages in the order of their arrival. */
  readonly heard: number[];
  /** A goodbye was sent: nothing may come after it. */
  ended: boolean;
}

/** Plays random events against a room and checks every delivery. */
class Schedule {
  readonly room = new ChatRoom();
  readonly log: Delivery[] = [];
  readonly #random: Random;
  readonly #views = new Map<number, View>();
  #now = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  step(): void {
    this.#now += this.#random.below(3);
    const choice = this.#random.below(100);
    const user = this.#random.pick([...this.#views.keys(), 999]);
    if (choice < 15 && this.#views.size < 12) this.#join();
    else if (choice < 20) this.#leave(user);
    else this.#line(user, this.#someLine(choice));
    this.#checkNicknames();
  }

  /** Everyone must believe the same of the room, and it must be true. */
  checkViews(): void {
    const truth = new Map<number, string>();
    for (const id of this.#views.keys()) {
      const nickname = this.room.user(id)?.nickname;
      if (nickname !== undefined) truth.set(id, nickname);
    }
    for (const id of truth.keys()) {
      assertEquals(this.#views.get(id)?.members, truth);
    }
    assertEquals(this.room.online, truth.size);
    assertEquals(this.room.connected, this.#views.size);
  }

  #join(): void {
    const { id, deliveries } = this.room.join("192.0.2.1:1", this.#now);
    assert(!this.#views.has(id));
    this.#views.set(id, { members: new Map(), heard: [], ended: false });
    this.#check(deliveries);
  }

  #leave(id: number): void {
    this.#check(this.room.leave(id, this.#random.pick(REASONS), this.#now));
    this.#views.delete(id);
  }

  #line(id: number, line: string): void {
    const members = this.#members();
    const speaks = members.includes(id) && line.startsWith("b:");
    const deliveries = this.room.line(id, line, this.#now);
    this.#check(deliveries);
    if (speaks) {
      const others = members.filter((member) => member !== id);
      assertEquals(deliveries.map(({ to }) => to), [others]);
    }
    if (line === "byebye") this.#views.delete(id);
  }

  #someLine(choice: number): string {
    const nickname = this.#random.pick(NICKNAMES);
    if (choice < 45) return `/nick ${nickname}`;
    if (choice < 55) return nickname;
    if (choice < 75) return `b:line ${this.#now}`;
    if (choice < 85) return `c:${nickname}:psst`;
    if (choice < 95) {
      return this.#random.pick(["l", "/help", "", "/x", "/me x"]);
    }
    return "byebye";
  }

  #members(): number[] {
    return [...this.#views.keys()].filter((id) =>
      this.room.user(id)?.nickname !== undefined
    ).sort((left, right) => this.#entered(left) - this.#entered(right));
  }

  /** When a user chose the first nickname, counted in deliveries. */
  #entered(id: number): number {
    return this.log.findIndex(({ to, message }) =>
      message.type === "welcome" && to.includes(id)
    );
  }

  #check(deliveries: readonly Delivery[]): void {
    this.log.push(...deliveries);
    for (const { to, message } of deliveries) {
      assertEquals(new Set(to).size, to.length);
      for (const id of to) {
        const view = this.#views.get(id);
        assert(view !== undefined, `${id} gets ${message.type} after leaving`);
        assert(!view.ended, `${id} gets ${message.type} after the goodbye`);
        if (message.type === "goodbye") view.ended = true;
        if (message.type === "welcome") this.#welcome(view);
        if ("room" in message && "id" in message) hear(view, id, message);
      }
    }
  }

  /** A newcomer asks who is there, so to say. */
  #welcome(view: View): void {
    for (const id of this.#views.keys()) {
      const nickname = this.room.user(id)?.nickname;
      if (nickname !== undefined) view.members.set(id, nickname);
    }
  }

  #checkNicknames(): void {
    const claimed = new Set<string>();
    for (const id of this.#views.keys()) {
      const text = this.room.user(id)?.nickname;
      if (text === undefined) continue;
      const { key, looks } = parseNickname(text) as Nickname;
      for (const claim of [key, ...looks]) {
        assert(!claimed.has(claim), `Two users own ${claim}`);
      }
      claimed.add(key);
      for (const look of looks) claimed.add(look);
    }
  }
}

function hear(view: View, id: number, message: RoomMessage): void {
  const previous = view.heard.at(-1) ?? 0;
  assert(message.id > previous, `${id} hears ${message.id} after ${previous}`);
  view.heard.push(message.id);
  const { user, type } = message;
  assert(
    view.members.size > 0,
    `${id} hears the room before the welcome`,
  );
  if (type === "joined") {
    assert(!view.members.has(user.id));
    view.members.set(user.id, user.nickname);
    return;
  }
  assert(view.members.has(user.id), `${id} hears of a stranger`);
  if (type === "left") view.members.delete(user.id);
  if (type === "renamed") {
    assertEquals(view.members.get(user.id), message.previous);
    view.members.set(user.id, user.nickname);
  }
  if (type === "said" || type === "action") {
    assert(user.id !== id, `${id} hears the own words`);
    assertEquals(view.members.get(user.id), user.nickname);
  }
}

Deno.test("ChatRoom keeps its promises over random schedules", () => {
  const types = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const schedule = new Schedule(seed);
    for (let step = 0; step < 400; step++) {
      schedule.step();
      schedule.checkViews();
    }
    for (const { message } of schedule.log) types.add(message.type);
  }
  // Every kind of message came up.
  assertEquals(types.size, 13);
});

Deno.test("ChatRoom gives the same deliveries for the same events", () => {
  const [first, second] = [new Schedule(5), new Schedule(5)];
  for (let step = 0; step < 400; step++) {
    first.step();
    second.step();
  }
  assertEquals(first.log, second.log);
});

Deno.test("ChatRoom forgets 1,000 users who joined and left", () => {
  const room = new ChatRoom();
  for (let round = 0; round < 1_000; round++) {
    const { id } = room.join("192.0.2.1:1", round);
    assertEquals(room.line(id, "same", round).length, 2);
    assertEquals(room.leave(id, "closed", round).length, 1);
  }
  assertEquals([room.connected, room.online], [0, 0]);
});
