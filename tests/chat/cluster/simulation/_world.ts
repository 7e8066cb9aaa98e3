import { entryId } from "../../../../chat/cluster/_batch.ts";
import type { ChatCommand } from "../../../../chat/room/chat_command.ts";
import { Random } from "../../../property/_random.ts";
import { EventQueue } from "./_event_queue.ts";
import { SimulatedLog } from "./_simulated_log.ts";
import {
  REAL_PARTS,
  type ServerParts,
  simulatedRules,
  SimulatedServer,
} from "./_simulated_server.ts";
import { SimulatedUser, type Stay } from "./_simulated_user.ts";

const SERVERS = ["east", "west", "south"];
const USERS = 5;

/** A text that was acknowledged. */
interface Acknowledged {
  readonly text: string;
  readonly id: number;
  /** The room, or `undefined` for a private message. */
  readonly room: string | undefined;
  readonly author: SimulatedUser;
}

/** Some servers of a cluster, their users and all that goes wrong, in virtual time. */
export class World {
  readonly random: Random;
  readonly events = new EventQueue();
  readonly log = new SimulatedLog();
  readonly servers = new Map<string, SimulatedServer>();
  readonly users: SimulatedUser[] = [];
  readonly parts: ServerParts;
  readonly rules = simulatedRules();
  /** Whether nothing goes wrong any more. */
  isCalm = false;
  /** What happened, if asked for. */
  readonly lines: string[] | undefined;
  readonly #seed: number;
  readonly #acknowledged: Acknowledged[] = [];
  /** What a private text may be at the end, by its id, if it was changed. */
  readonly #changes = new Map<number, (string | undefined)[]>();
  /** Texts by id, as anybody has seen them. */
  readonly #texts = new Map<number, string>();
  readonly #ids = new Map<string, number>();
  /** The texts that a server has refused, as `u1-7`. */
  readonly #refused = new Set<string>();
  /** States by the sequence number of their last batch. */
  readonly #states = new Map<number, string>();
  #count = 0;

  constructor(seed: number, parts: Partial<ServerParts>, isTraced: boolean) {
    this.#seed = seed;
    this.random = new Random(seed);
    this.parts = { ...REAL_PARTS, ...parts };
    this.lines = isTraced ? [] : undefined;
  }

  /** A new number. */
  count(): number {
    return ++this.#count;
  }

  /** The time of a message on the network. */
  delay(): number {
    return this.random.pick([1, 1, 2, 5, 20, 100]);
  }

  trace(line: string): void {
    this.lines?.push(`${this.events.now}: ${line}`);
  }

  /** Lets the world go on for a time, then calms it, and checks how it has ended. */
  play(): void {
    for (const name of SERVERS) this.#startServer(name);
    this.events.run(500);
    for (let number = 1; number <= USERS; number++) {
      const user = new SimulatedUser(this, `u${number}`);
      this.users.push(user);
      this.#repeat(1_200, () => user.act());
    }
    this.#repeat(4_000, () => this.#fail());
    // Long enough for a start from snapshots, now and then.
    this.events.run(this.#seed % 4 === 0 ? 110_000 : 40_000);
    this.isCalm = true;
    this.trace("calm");
    this.events.run(50_000);
    this.#checkEnd();
  }

  /** Stores a batch, and tells the servers. */
  store(id: string, bytes: Uint8Array): void {
    const { end } = this.log;
    this.log.store(id, bytes, this.events.now);
    if (this.log.end === end) return;
    this.trace(`stored ${this.log.end}: ${new TextDecoder().decode(bytes)}`);
    for (const server of this.servers.values()) server.pull();
  }

  /** Notes that a text was acknowledged. */
  acknowledge(
    author: SimulatedUser,
    command: ChatCommand,
    text: string,
    id: number,
  ): void {
    this.see(id, text);
    const room = command.type === "say" ? command.room : undefined;
    this.#acknowledged.push({ text, id, room, author });
  }

  /** Notes that a private text may be changed, or is not. */
  change(id: number, text: string): void {
    const texts = this.#changes.get(id) ?? [undefined];
    this.#changes.set(id, [...texts, text]);
  }

  /** Notes that a private text was changed. */
  confirm(id: number, text: string): void {
    const texts = this.#changes.get(id) ?? [];
    this.#changes.set(id, texts.slice(texts.indexOf(text)));
  }

  /** Notes that somebody has seen a text: it has one id, and the id is its own. */
  see(id: number, text: string): void {
    const other = this.#texts.get(id);
    const before = this.#ids.get(text);
    if (other !== undefined && other !== text) {
      throw new Error(`${id} is ${other} to some and ${text} to others`);
    }
    if (before !== undefined && before !== id) {
      throw new Error(`${text} is there twice: ${before} and ${id}`);
    }
    this.#texts.set(id, text);
    this.#ids.set(text, id);
  }

  /** Notes that a server refuses a request: it may be carried out when repeated. */
  refuse(name: string | undefined, ref: string | undefined): void {
    if (ref !== undefined) this.#refused.add(`${name}-${ref.slice(1)}`);
  }

  /** Checks the state of a server after a batch, now and then. */
  applied(server: SimulatedServer, sequence: number): void {
    if (sequence % 16 === 0) this.#checkState(server, sequence);
  }

  /** Compares the state of a server with that of others at the same position. */
  #checkState(server: SimulatedServer, sequence: number): void {
    const saved = server.node.replica.save();
    const state = JSON.stringify(saved);
    const other = this.#states.get(sequence);
    if (other !== undefined && other !== state) {
      throw new Error(
        `Two states after ${sequence}, at ${server.origin}: ${state} and ${other}`,
      );
    }
    this.#states.set(sequence, state);
    const claims = saved.users.flatMap(({ claims }) => claims);
    if (new Set(claims).size < claims.length) {
      throw new Error(`Two users look alike after ${sequence}: ${state}`);
    }
  }

  #startServer(name: string): void {
    this.servers.set(name, new SimulatedServer(this, name));
    this.trace(`${this.servers.get(name)?.origin} starts`);
  }

  /** Something goes wrong with a server. */
  #fail(): void {
    for (const [name, { isDead }] of this.servers) {
      if (isDead && (this.isCalm || this.random.chance(0.5))) {
        this.#startServer(name);
      }
    }
    if (this.isCalm) return;
    const server = this.random.pick([...this.servers.values()]);
    if (server.isDead || server.isPaused) return;
    const chance = this.random.next();
    if (chance >= 0.6) return;
    if (chance >= 0.45) return this.#cutOff(server);
    if (chance >= 0.4) return server.close();
    // In the middle of something.
    for (const user of this.users) {
      if (this.random.chance(0.3)) user.reconnect(server);
      else user.speakOn(server);
    }
    this.events.after(1, () => {
      if (this.random.chance(0.5)) server.hold();
      if (chance < 0.2) this.#crash(server);
      else this.#pause(server);
    });
  }

  #cutOff(server: SimulatedServer): void {
    const duration = this.random.pick([2_000, 8_000, 14_000]);
    const all = this.random.chance(0.5) ? this.servers.values() : [server];
    for (const one of all) {
      this.trace(`${one.origin} has no log for ${duration}`);
      one.cutOff(duration);
    }
  }

  #crash(server: SimulatedServer): void {
    this.trace(`${server.origin} crashes`);
    server.crash();
    for (const user of this.users) user.serverEnded(server);
  }

  #pause(server: SimulatedServer): void {
    const duration = this.random.pick([500, 3_000, 9_000, 14_000]);
    this.trace(`${server.origin} pauses for ${duration}`);
    server.pause(duration);
  }

  #repeat(interval: number, act: () => void): void {
    this.events.after(this.random.int(1, interval * 2), () => {
      act();
      this.#repeat(interval, act);
    });
  }

  #checkEnd(): void {
    const servers = [...this.servers.values()];
    const origins = servers.map(({ origin }) => origin);
    for (const server of servers) {
      const { origin, node, isOpen } = server;
      if (!isOpen || node.position !== this.log.end || !node.isSettled) {
        throw new Error(`${origin} has not come to rest`);
      }
      const dead = node.replica.servers.filter((name) =>
        !origins.includes(name)
      );
      if (dead.length > 0) throw new Error(`Users are left at ${dead}`);
      this.#checkState(server, this.log.end);
    }
    for (const user of this.users) {
      if (!user.isContent) throw new Error(`${user.name} is not content`);
      for (const stay of user.stays) this.#checkStay(stay);
      this.#checkPrivates(user);
    }
    this.#checkOrder();
    this.#checkStores(servers);
  }

  /** Checks that all servers have stored the same texts. */
  #checkStores(servers: readonly SimulatedServer[]): void {
    const first = Math.max(...servers.map(({ first }) => first));
    const [one, ...others] = servers.map(({ store }) =>
      JSON.stringify([...store.texts].filter(([id]) => id >= entryId(first, 0)))
    );
    for (const other of others) {
      if (other === one) continue;
      throw new Error(`Two servers have stored ${one} and ${other}`);
    }
  }

  /** Checks that a user has seen each acknowledged text of a room. */
  #checkStay({ user, room, seen, from, to, holes, isOver }: Stay): void {
    for (const { text, id, room: place, author } of this.#acknowledged) {
      if (place !== room || author === user || id < from) continue;
      if (isOver && id > to) continue;
      if (holes.some(([from, to]) => from <= id && id <= to)) continue;
      if (seen.get(id) === text) continue;
      throw new Error(`${user.name} has not seen ${id} (${text}) of ${room}`);
    }
  }

  #checkPrivates({ name, id: userId, privates }: SimulatedUser): void {
    for (const [id, text] of this.#privateTexts(userId)) {
      const texts = this.#changes.get(id) ?? [text];
      const last = texts.map((changed) => changed ?? text);
      const seen = privates.get(id);
      if (seen !== undefined && last.includes(seen)) continue;
      throw new Error(`${name} has ${seen} for ${id}, and not ${last}`);
    }
  }

  /** The acknowledged private messages to a user. */
  *#privateTexts(userId: number): Generator<[id: number, text: string]> {
    for (const { id, text, room } of this.#acknowledged) {
      if (room === undefined && this.log.recipients.get(id) === userId) {
        yield [id, text];
      }
    }
  }

  /** Checks that the texts of each user are in the order in which they were sent. */
  #checkOrder(): void {
    const last = new Map<string, number>();
    const ids = [...this.#texts].sort(([left], [right]) => left - right);
    for (const [id, text] of ids) {
      const [name, session, number, once] = text.split("-");
      if (once !== undefined) continue;
      // One that was refused is made again, later, if the refusal was lost; nobody
      // is told if the recipient has left the chat, and then the author.
      const isRefused = this.#refused.has(`${name}-${number}`) ||
        this.log.redirected.has(text);
      if (isRefused) continue;
      const key = `${name}-${session}`;
      const before = last.get(key) ?? 0;
      if (Number(number) < before) {
        throw new Error(`${id} (${text}) is after number ${before}`);
      }
      last.set(key, Number(number));
    }
  }
}

/** The outcome of a seed. */
export interface Outcome {
  /** What went wrong; `undefined` if nothing did. */
  readonly error: unknown;
  /** What happened, if asked for. */
  readonly lines: readonly string[];
}

/** Plays a seed. */
export function simulate(
  seed: number,
  parts: Partial<ServerParts> = {},
  isTraced = false,
): Outcome {
  const world = new World(seed, parts, isTraced);
  const { lines = [] } = world;
  try {
    world.play();
    return { error: undefined, lines };
  } catch (error) {
    return { error, lines };
  }
}
