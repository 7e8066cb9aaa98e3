import { abortable, delay } from "@std/async";
import { JsonUser } from "../chat/_json_user.ts";
import { ChaosCluster } from "./_chaos_cluster.ts";
import { ChaosUser, type ChaosWorld, LOBBY } from "./_chaos_user.ts";
import type { Fault } from "./_faults.ts";
import { Journal } from "./_journal.ts";

/** Users of one room, beside the lobby. */
const ROOM_SIZE = 20;
/** The part of the lines that are said in the lobby: one of so many. */
const LOBBY_SHARE = 5;
/** The part of the lines that are private messages: one of so many. */
const PRIVATE_SHARE = 8;
/** Users who vanish, and who quit, at each fault. */
const GONE = 2;
/** Milliseconds in which everything must be as it should be again. */
const SETTLE_TIMEOUT = 30_000;

/** How chaos is made. */
export interface ChaosOptions {
  readonly users: number;
  /** Lines in a second, of all users together. */
  readonly rate: number;
  /** Milliseconds before, between and after faults. */
  readonly calm: number;
  readonly faults: readonly Fault[];
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What a fault has come to. */
interface Phase {
  readonly name: string;
  readonly times: number[];
  refused: number;
}

/**
 * Lets users talk on two servers with a common log while one fault comes after the
 * other, and compares what they said with what they got.
 *
 * @returns What is wrong: nothing, if all is well.
 */
export async function runChaos(options: ChaosOptions): Promise<string[]> {
  await using cluster = new ChaosCluster(["east", "west"]);
  const run = new ChaosRun(cluster, options);
  try {
    return await abortable(run.run(), options.signal);
  } finally {
    await run.stop();
  }
}

class ChaosRun {
  readonly #cluster: ChaosCluster;
  readonly #options: ChaosOptions;
  readonly #journal = new Journal();
  readonly #users: ChaosUser[] = [];
  readonly #phases: Phase[] = [];
  #phase: Phase = { name: "", times: [], refused: 0 };
  #said = 0;

  constructor(cluster: ChaosCluster, options: ChaosOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async run(): Promise<string[]> {
    const { rate, calm, faults } = this.#options;
    await this.#cluster.start();
    await this.#enter();
    const talk = setInterval(() => this.#say(), 1000 / rate);
    try {
      this.#begin("moved to the other server");
      for (const fault of faults) {
        await delay(calm);
        await this.#suffer(fault);
        this.#begin("moved to the other server");
        this.#balance();
      }
      await delay(calm);
    } finally {
      clearInterval(talk);
    }
    await this.#settle(
      "lines were not acknowledged",
      () => this.#here.every(({ isIdle }) => isIdle),
    );
    await this.#reachEnd();
    await this.#checkLists();
    await this.#checkStates();
    return this.#report();
  }

  /** Takes all users out. */
  async stop(): Promise<void> {
    await Promise.all(this.#users.map((user) => user.vanish()));
  }

  get #here(): ChaosUser[] {
    return this.#users.filter(({ isHere }) => isHere);
  }

  async #enter(): Promise<void> {
    const world: ChaosWorld = {
      journal: this.#journal,
      ports: this.#cluster.ports,
      onResumed: (time) => void this.#phase.times.push(time),
      onRefused: () => void this.#phase.refused++,
    };
    for (let index = 0; index < this.#options.users; index++) {
      const room = `room-${Math.floor(index / ROOM_SIZE)}`;
      this.#users.push(new ChaosUser(index, room, world));
    }
    await Promise.all(this.#users.map((user) => user.enter()));
  }

  #begin(name: string): void {
    const known = this.#phases.find((phase) => phase.name === name);
    this.#journal.phase = name;
    this.#phase = known ?? { name, times: [], refused: 0 };
    if (known === undefined) this.#phases.push(this.#phase);
  }

  #say(): void {
    const number = ++this.#said;
    const user = pick(this.#here);
    if (number % PRIVATE_SHARE === 0) user.tell(pick(this.#here));
    else user.say(number % LOBBY_SHARE === 0);
  }

  /** Lets a fault happen, and waits until all users are back. */
  async #suffer(fault: Fault): Promise<void> {
    const { log } = this.#options;
    const server = this.#fullest();
    const start = performance.now();
    this.#begin(fault.name);
    const hit = this.#here.filter((user) => user.server === server);
    // So that lines are under way when it happens.
    for (const user of this.#here) user.say(false);
    const failing = fault.run(this.#cluster, server);
    await this.#loseSome(hit);
    const problem = await failing;
    if (problem !== undefined) {
      this.#journal.fault(`${fault.name}: ${problem}`);
    }
    await this.#settle(
      `users did not come back after ${fault.name}`,
      () => this.#here.every((user) => user.server !== undefined),
    );
    const seconds = (performance.now() - start) / 1000;
    log(`${seconds.toFixed(1).padStart(6)} s  ${fault.name}`);
  }

  /** Some users of a server that fails vanish, and some of another quit. */
  async #loseSome(hit: readonly ChaosUser[]): Promise<void> {
    const others = this.#here.filter((user) => !hit.includes(user));
    await Promise.all([
      ...hit.slice(0, GONE).map((user) => user.vanish()),
      ...others.slice(0, GONE).map((user) => user.quit()),
    ]);
  }

  /** The server with the most users. */
  #fullest(): number {
    return this.#count(0) >= this.#count(1) ? 0 : 1;
  }

  #count(server: number): number {
    return this.#here.filter((user) => user.server === server).length;
  }

  /** Moves users until both servers have about as many. */
  #balance(): void {
    const from = this.#fullest();
    const excess = (this.#count(from) - this.#count(1 - from)) / 2;
    this.#here.filter((user) => user.server === from)
      .slice(0, Math.floor(excess))
      .forEach((user) => user.cut());
  }

  /** Waits until something is the case. */
  async #settle(problem: string, isSettled: () => boolean): Promise<boolean> {
    const end = performance.now() + SETTLE_TIMEOUT;
    while (performance.now() < end) {
      if (isSettled()) return true;
      await delay(50);
    }
    this.#journal.fault(problem);
    return false;
  }

  /** Waits until all users have got the last line: then they have all before. */
  async #reachEnd(): Promise<void> {
    const [author, ...others] = this.#here;
    author.say(true);
    await this.#settle(
      "the last line was not acknowledged",
      () => author.isIdle,
    );
    const end = author.position;
    await this.#settle(
      "the last line did not reach all users",
      () => others.every(({ position }) => position >= end),
    );
  }

  /** Compares the users that each server lists with those that are there. */
  async #checkLists(): Promise<void> {
    const observers = ["observer-0", "observer-1"];
    const here = this.#here.map(({ nickname }) => nickname);
    const expected = [...here, ...observers].sort().join();
    const users = await Promise.all(observers.map((nickname, index) => {
      const port = this.#cluster.ports[index];
      const addr = { transport: "tcp", hostname: "127.0.0.1", port } as const;
      return JsonUser.enter(addr, nickname);
    }));
    for (const [index, user] of users.entries()) {
      const end = performance.now() + SETTLE_TIMEOUT;
      let listed = "";
      while (listed !== expected && performance.now() < end) {
        user.send({ type: "users", room: LOBBY });
        const { users } = await user.until("users");
        listed = users.map(({ nickname }: { nickname: string }) => nickname)
          .sort().join();
        if (listed !== expected) await delay(200);
      }
      if (listed === expected) continue;
      this.#journal.fault(
        `server ${index} lists ${listed}; expected ${expected}`,
      );
    }
    for (const user of users) user.close();
  }

  /** Compares the states of the servers after the same batch. */
  async #checkStates(): Promise<void> {
    const end = performance.now() + SETTLE_TIMEOUT;
    while (performance.now() < end) {
      const [east, west] = await Promise.all([
        this.#cluster.state(0),
        this.#cluster.state(1),
      ]);
      if (east.position === west.position) {
        const difference = findDifference(east.state, west.state);
        if (difference === undefined) return;
        return this.#journal.fault(`the states differ: ${difference}`);
      }
      await delay(100);
    }
    this.#journal.fault("the servers were never at the same position");
  }

  #report(): string[] {
    const { log } = this.#options;
    this.#journal.phase = "";
    const { lost, doubled, disordered } = this.#journal.judge();
    log(
      "\nfault                           resumed  p50 ms  p95 ms  refused",
    );
    for (const { name, times, refused } of this.#phases) {
      times.sort((a, b) => a - b);
      const cells = [
        times.length,
        at(times, 0.5),
        at(times, 0.95),
        refused,
      ];
      const widths = [9, 8, 8, 9];
      const row = cells.map((cell, index) => `${cell}`.padStart(widths[index]));
      log(`${name.padEnd(30)}${row.join("")}`);
    }
    const { size, holes, faults } = this.#journal;
    log(
      `\n${size} lines, ${this.#here.length} of ${this.#users.length} users are left: ` +
        `${lost} lost, ${doubled} doubled, ${disordered} out of order, ${holes} told holes`,
    );
    return faults;
  }
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)];
}

function at(sorted: readonly number[], share: number): string {
  if (sorted.length === 0) return "-";
  return sorted[Math.floor(sorted.length * share)].toFixed(0);
}

/** Where two values of JSON differ first. */
function findDifference(
  one: unknown,
  other: unknown,
  path = "",
): string | undefined {
  if (typeof one !== "object" || typeof other !== "object") {
    return one === other
      ? undefined
      : `${path} is ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
  }
  const keys = new Set([
    ...Object.keys(one ?? {}),
    ...Object.keys(other ?? {}),
  ]);
  for (const key of keys) {
    const difference = findDifference(
      Reflect.get(Object(one), key),
      Reflect.get(Object(other), key),
      `${path}/${key}`,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}
