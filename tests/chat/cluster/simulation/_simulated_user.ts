import type { ChatCommand } from "../../../../chat/room/chat_command.ts";
import type { ChatMessage } from "../../../../chat/room/chat_message.ts";
import type { SimulatedServer } from "./_simulated_server.ts";
import type { World } from "./_world.ts";

const NICKNAMES = ["alice", "Alice", "AIice", "bob", "B0B", "carol"];
const ROOMS = ["lobby", "cats", "dogs"];

/** Requests that wait for their acknowledgement at once. */
const MAX_WAITING = 6;

/** What somebody has seen of a room from one entrance to the next exit. */
export interface Stay {
  readonly user: SimulatedUser;
  readonly room: string;
  /** The ids of the texts of others, in order, and of its own. */
  readonly seen: Map<number, string>;
  /** The first id of which it is sure that it has had all since. */
  from: number;
  /** The last id up to which that holds. */
  to: number;
  /** Ranges of ids, ends included, of which the user was told that some miss. */
  readonly holes: [from: number, to: number][];
  isOver: boolean;
}

/** A text that waits for its acknowledgement. */
interface Waiting {
  readonly command: ChatCommand & { readonly ref: string };
  readonly text: string;
}

/** A private message that was acknowledged. */
export interface PrivateText {
  readonly text: string;
  readonly id: number;
}

/** Somebody who chats, over one connection after the other. */
export class SimulatedUser {
  readonly name: string;
  readonly stays: Stay[] = [];
  /** Private texts of others, by id, as they are now. */
  readonly privates = new Map<number, string>();
  /** The id of the user, of which a session has one. */
  id = 0;
  nickname = "";
  /** The highest id seen. */
  after = 0;
  isIn = false;
  readonly #world: World;
  readonly #device: string | undefined;
  /** The name by which a proxy has signed it in. */
  readonly #account: string | undefined;
  readonly #waiting: Waiting[] = [];
  /** The ids of its private texts. */
  #sent: number[] = [];
  readonly #rooms = new Map<string, Stay>();
  #session: string | undefined;
  #server: SimulatedServer | undefined;
  #connection = 0;
  #connections = 0;
  #isQuitting = false;
  /** The last text in a room that was acknowledged. */
  #said: { room: string; id: number; text: string } | undefined;
  #texts = 0;
  /** How many sessions it has begun: accounts have several as one user. */
  #sessions = 0;
  /** The highest id seen when the session was resumed. */
  #resumedAfter = 0;
  /** The rooms that the user is in after that. */
  readonly #confirmed = new Set<string>();

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.#device = world.random.chance(0.5) ? "tab" : undefined;
    this.#account = world.random.chance(0.3) ? name : undefined;
  }

  /** Whether all is well: in the chat, with nothing waiting. */
  get isContent(): boolean {
    return this.isIn && this.#waiting.length === 0;
  }

  /** A server has ended without a word. */
  serverEnded(server: SimulatedServer): void {
    if (this.#server === server) this.#lose();
  }

  /** Comes back over a server, or for the first time. */
  reconnect(server: SimulatedServer): void {
    if (!server.isOpen) return;
    if (this.#server !== undefined) this.#cut();
    this.#connectTo(server);
  }

  /** Says something, if it is in the chat over a server. */
  speakOn(server: SimulatedServer): void {
    if (this.#server === server && this.isIn) this.#say();
  }

  /** Does something at random. */
  act(): void {
    const { random, isCalm } = this.#world;
    if (this.#server === undefined) return this.#connect();
    if (isCalm || !this.isIn) return;
    const chance = random.next();
    if (chance < 0.06) return this.#cut();
    if (chance < 0.1) return this.#rename();
    if (chance < 0.18) {
      return this.#request({ type: "join", room: random.pick(ROOMS) });
    }
    if (chance < 0.22) {
      return this.#request({ type: "leave", room: random.pick(ROOMS) });
    }
    if (chance < 0.24) return this.#quit();
    if (chance < 0.29) return this.#edit();
    if (chance < 0.37) return this.#editPrivate();
    const count = random.int(1, 3);
    for (let index = 0; index < count; index++) this.#say();
  }

  #connect(): void {
    const { random, servers } = this.#world;
    const open = [...servers.values()].filter(({ isOpen }) => isOpen);
    if (open.length === 0) return;
    this.#connectTo(random.pick(open));
  }

  #connectTo(server: SimulatedServer): void {
    const number = ++this.#connections;
    this.#server = server;
    this.#connection = server.connect(
      (message) => {
        // Messages of an earlier connection are lost.
        if (number === this.#connections) this.#receive(message);
      },
      this.name,
      this.#account,
    );
    this.#hello();
  }

  #hello(): void {
    this.#request({
      type: "hello",
      version: 1,
      session: this.#session,
      nickname: this.nickname === "" ? this.#wish() : this.nickname,
      epoch: "simulated",
      after: this.after,
      device: this.#device,
    });
  }

  #wish(): string {
    const { random } = this.#world;
    return random.chance(0.7) ? random.pick(NICKNAMES) : this.name;
  }

  /** An earlier connection of the account has quit, on a server that paused. */
  #hasQuit(): void {
    if (this.#isQuitting) return;
    this.#lose();
    this.#endSession();
  }

  /** Loses the connection, which the server may notice later. */
  #cut(): void {
    const { random, events } = this.#world;
    const server = this.#server;
    const connection = this.#connection;
    this.#world.trace(`${this.name} is cut from ${server?.origin}`);
    this.#lose();
    server?.forget(connection);
    events.after(
      random.pick([0, 0, 500, 4_000]),
      () => server?.disconnect(connection, "lost"),
    );
  }

  /** Stops without a session to come back to. */
  #quit(): void {
    this.#isQuitting = true;
    this.#request({ type: "quit" });
    this.#isQuitting = false;
    this.#lose();
    this.#endSession();
  }

  #lose(): void {
    this.#server = undefined;
    this.#connections++;
    this.isIn = false;
    const { random, events, isCalm } = this.#world;
    const delay = isCalm ? 100 : random.pick([50, 200, 1_000, 1_000, 15_000]);
    const number = this.#connections;
    events.after(delay, () => {
      if (this.#connections === number) this.#connect();
    });
  }

  #endSession(): void {
    this.#session = undefined;
    this.nickname = "";
    this.#waiting.length = 0;
    this.#leaveAll();
  }

  #leaveAll(): void {
    for (const stay of this.#rooms.values()) stay.isOver = true;
    this.#rooms.clear();
  }

  #rename(): void {
    this.#request({ type: "nick", nickname: this.#wish() });
  }

  #say(): void {
    const { random, users } = this.#world;
    if (this.#waiting.length >= MAX_WAITING || this.#rooms.size === 0) return;
    const session = `${this.id}.${this.#sessions}`;
    const text = `${this.name}-${session}-${++this.#texts}`;
    const ref = `r${this.#texts}`;
    const room = random.pick([...this.#rooms.keys()]);
    if (random.chance(0.1)) {
      // It may get lost or come late, but not twice.
      return this.#request({ type: "say", text: `${text}-once`, room });
    }
    const other = random.pick(users);
    const command = random.chance(0.15) && other.isIn && other !== this
      ? { type: "msg", to: other.nickname, text, ref } as const
      : { type: "say", text, ref, room } as const;
    this.#waiting.push({ command, text });
    this.#request(command);
  }

  /** Changes the last text that was acknowledged, if it is still there. */
  #edit(): void {
    if (this.#said === undefined) return;
    const { room, id, text } = this.#said;
    const changed = `${text}~${++this.#texts}`;
    this.#request({ type: "edit", room, target: id, text: changed });
  }

  /** Changes one of its last private texts. */
  #editPrivate(): void {
    const { random } = this.#world;
    if (this.#waiting.length >= MAX_WAITING || this.#sent.length === 0) return;
    const target = random.pick(this.#sent.slice(-3));
    const number = ++this.#texts;
    const text = random.chance(0.2) ? "" : `${this.name} changed ${number}`;
    const command = { type: "edit", target, text, ref: `r${number}` } as const;
    this.#waiting.push({ command, text });
    this.#world.change(target, text);
    this.#request(command);
  }

  #request(command: ChatCommand): void {
    this.#server?.request(this.#connection, command);
  }

  #receive(message: ChatMessage): void {
    this.#world.trace(`${this.name} <- ${JSON.stringify(message)}`);
    if (message.type === "welcome") return this.#welcome(message);
    if (message.type === "goodbye") {
      if (["shutdown", "full"].includes(message.reason)) return this.#lose();
      if (message.reason === "quit") return this.#hasQuit();
      throw new Error(`${this.name} got a goodbye: ${message.reason}`);
    }
    switch (message.type) {
      case "error":
        return this.#refused(message.code, message.ref);
      case "nickname-request":
        this.nickname = "";
        this.#session = undefined;
        return this.#world.events.after(100, () => {
          if (this.#server !== undefined && !this.isIn) this.#hello();
        });
      case "entered":
        return this.#entered(message);
      case "exited":
        return this.#exited(message.room);
      case "ack":
        return this.#acknowledged(message.ref, message.id);
      case "private":
        if (message.to.id === this.id && message.user.id !== this.id) {
          this.#takePrivate(message);
        }
        return this.#note(message.id);
      case "private-edited":
        if (message.to.id === this.id && message.user.id !== this.id) {
          this.#takeChange(message.target, message.text);
        }
        return this.#note(message.id);
      case "said":
        this.#see(message.room, message.id, message.text);
        return this.#note(message.id);
      case "renamed":
        if (message.user.id === this.id) {
          this.nickname = message.user.nickname;
        }
        return this.#advance(message.room, message.id);
      case "joined":
      case "left":
      case "edited":
        return this.#advance(message.room, message.id);
    }
  }

  #welcome(
    message: Extract<ChatMessage, { readonly type: "welcome" }>,
  ): void {
    if (!message.resumed || this.#session === undefined) {
      this.#sessions++;
      this.#waiting.length = 0;
      this.#leaveAll();
    } else if (message.user.id !== this.id) {
      throw new Error(`${this.name} resumed as another user`);
    } else {
      this.#resumedAfter = this.after;
      this.#confirmed.clear();
      this.#world.events.after(0, () => this.#leaveUnconfirmed());
    }
    this.#session = message.session;
    if (message.user.id !== this.id) {
      this.privates.clear();
      this.#sent = [];
    }
    this.id = message.user.id;
    this.nickname = message.user.nickname;
    this.isIn = true;
    for (const { command } of [...this.#waiting]) this.#request(command);
  }

  #refused(code: string, ref: string | undefined): void {
    const index = this.#waiting.findIndex(({ command }) => command.ref === ref);
    // The server can't take it now: all that waits is sent again, in order.
    if (code === "unavailable" && (index !== -1 || !this.isIn)) {
      return this.#cut();
    }
    if (index === -1) return;
    this.#waiting.splice(index, 1);
  }

  #entered(message: Extract<ChatMessage, { readonly type: "entered" }>): void {
    const { room, history, complete, cause } = message;
    if (cause === "switch") return;
    const known = this.#rooms.get(room);
    if (cause !== "resume" || known === undefined) {
      const stay: Stay = {
        user: this,
        room,
        seen: new Map(),
        from: Infinity,
        to: 0,
        holes: [],
        isOver: false,
      };
      this.#rooms.set(room, stay);
      this.#confirmed.add(room);
      this.stays.push(stay);
      for (const { id } of history) this.#note(id);
      return;
    }
    this.#confirmed.add(room);
    const [first] = history;
    if (!complete) {
      known.holes.push([this.#resumedAfter + 1, first?.id ?? Infinity]);
    }
    for (const one of history) {
      const { id, text, user } = one;
      // What it said itself, it does not get otherwise.
      if (user.id === this.id) continue;
      const isEdited = one.type !== "topic" && one.edited !== undefined;
      if (isEdited && id <= this.#resumedAfter) continue;
      // Texts have their changes behind them.
      this.#see(room, id, text.split("~")[0]);
    }
  }

  /** Leaves the rooms that were left before a session was resumed. */
  #leaveUnconfirmed(): void {
    if (!this.isIn) return;
    for (const room of [...this.#rooms.keys()]) {
      if (!this.#confirmed.has(room)) this.#exited(room);
    }
  }

  #exited(room: string): void {
    const stay = this.#rooms.get(room);
    if (stay !== undefined) stay.isOver = true;
    this.#rooms.delete(room);
  }

  #acknowledged(ref: string, id: number | undefined): void {
    const index = this.#waiting.findIndex(({ command }) => command.ref === ref);
    if (index === -1) return;
    const [{ command, text }] = this.#waiting.splice(index, 1);
    if (id === undefined) throw new Error(`${this.name} has no id of ${text}`);
    if (command.type === "edit") {
      return this.#world.confirm(command.target ?? 0, text);
    }
    if (command.type === "msg") this.#sent.push(id);
    this.#world.acknowledge(this, command, text, id);
    if (command.type === "say" && command.room !== undefined) {
      this.#said = { room: command.room, id, text };
    }
  }

  #see(room: string, id: number, text: string): void {
    const stay = this.#rooms.get(room);
    if (stay === undefined) {
      throw new Error(`${this.name} got ${text} of ${room}, but is not there`);
    }
    this.#once(stay.seen, id, text);
    this.#advance(room, id);
  }

  #once(seen: Map<number, string>, id: number, text: string): void {
    const before = [...seen.keys()].at(-1) ?? 0;
    if (id <= before) {
      throw new Error(`${this.name} got ${id} (${text}) after ${before}`);
    }
    seen.set(id, text);
    this.#world.see(id, text);
  }

  #takePrivate(
    { id, text, edited }: Extract<ChatMessage, { readonly type: "private" }>,
  ): void {
    if (edited === undefined) return this.#once(this.privates, id, text);
    if (this.privates.has(id)) {
      throw new Error(`${this.name} got ${id} (${text}) again`);
    }
    this.privates.set(id, text);
  }

  #takeChange(id: number, text: string): void {
    if (!this.privates.has(id)) {
      throw new Error(`${this.name} got another text of ${id}, not the first`);
    }
    this.privates.set(id, text);
  }

  #advance(room: string, id: number): void {
    const stay = this.#rooms.get(room);
    if (stay !== undefined) {
      const hole = stay.holes.at(-1);
      // Since it came back it has all.
      if (hole?.[1] === Infinity) hole[1] = id - 1;
      stay.from = Math.min(stay.from, id);
      stay.to = Math.max(stay.to, id);
    }
    this.#note(id);
  }

  #note(id: number): void {
    this.after = Math.max(this.after, id);
  }
}
