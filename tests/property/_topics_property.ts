import { afterPoll } from "../../internal/wait/after_poll.ts";
import { State } from "../../websocket/state.ts";
import type { TopicAdapter } from "../../websocket/topics/topic_adapter.ts";
import { Topics } from "../../websocket/topics/topics.ts";
import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import type { SendPolicy } from "../../websocket/websocket_options.ts";
import { type Pair, pair } from "../websocket/support/_pairs.ts";
import { within } from "./_outcome.ts";
import { assertSame, property } from "./_property.ts";
import type { Random } from "./_random.ts";

type Step = { action: number; index: number; topic: number; size: number };
type TopicsCase = { policies: string[]; maxBuffered: number; steps: Step[] };

const TOPICS = ["a", "b", "c"];
/** More than a peer takes that does not read. */
const LARGE = 400_000;

/** A broker in memory, of which each process is a member. */
class Bus {
  readonly #members: Map<string, (data: string | Uint8Array) => void>[] = [];

  join(): TopicAdapter {
    const own = new Map<string, (data: string | Uint8Array) => void>();
    this.#members.push(own);
    return {
      publish: (topic, data) => {
        for (const member of this.#members) {
          if (member !== own) member.get(topic)?.(data);
        }
      },
      subscribe: (topic, receive) => {
        own.set(topic, receive);
        return () => own.delete(topic);
      },
    };
  }

  /** Subscriptions that are left. */
  get size(): number {
    return this.#members.reduce((sum, { size }) => sum + size, 0);
  }
}

/** A subscriber, and the messages that it has to get. */
class Member {
  readonly #pair: Pair;
  readonly topics: Topics;
  readonly policy: SendPolicy;
  readonly names = new Set<string>();
  readonly expected: string[] = [];
  readonly received: string[] = [];
  /** Whether it was cut, by its policy or by the test. */
  isCut = false;

  constructor(topics: Topics, policy: SendPolicy, maxBuffered: number) {
    this.topics = topics;
    this.policy = policy;
    this.#pair = pair({
      maxBufferedBytes: maxBuffered,
      sendPolicy: policy,
    });
  }

  get conn(): WebSocketConn {
    return this.#pair.server;
  }

  subscribe(name: string): void {
    const isOpen = this.conn.state === State.open;
    assertSame(this.topics.subscribe(this.conn, name), isOpen);
    if (isOpen) this.names.add(name);
  }

  unsubscribe(name: string): void {
    const had = this.names.delete(name);
    const unsubscribed = this.topics.unsubscribe(this.conn, name);
    // At its end, its subscriptions go a little later.
    if (this.conn.state !== State.closed) assertSame(unsubscribed, had);
  }

  terminate(): void {
    if (this.conn.state !== State.closed) this.isCut = true;
    this.conn.terminate();
  }

  /** Reads all that has arrived. */
  async read(): Promise<void> {
    try {
      while (true) {
        const message = await this.#pair.client.read({ timeout: 0 });
        if (message === null) return;
        this.received.push(show(message));
      }
    } catch {
      // Nothing is there, or it has been cut.
    }
  }

  /** Reads to the end, and compares. */
  async finish(): Promise<void> {
    const closing = this.conn.close();
    const { client } = this.#pair;
    try {
      for await (const message of client) this.received.push(show(message));
    } catch (error) {
      if (!this.isCut) throw error;
    }
    await within(closing);
    const { expected, received } = this;
    if (!this.isCut) assertSame(received, expected);
    // Of one that was cut, the last may be missing.
    assertSame(received, expected.slice(0, received.length));
    client.terminate();
    await within(client.closed);
    this.names.clear();
  }
}

function show(message: string | Uint8Array): string {
  return message.length > 40
    ? `${message.slice(0, 40)} ${message.length}`
    : `${message}`;
}

/** All members, in two processes that a bus connects. */
class World {
  readonly bus = new Bus();
  readonly registries = [new Topics(), new Topics()];
  readonly members: readonly Member[];
  #published = 0;

  constructor({ policies, maxBuffered }: TopicsCase) {
    for (const topics of this.registries) topics.relay(this.bus.join());
    this.members = policies.map((policy, index) =>
      new Member(this.registries[index % 2], toPolicy(policy), maxBuffered)
    );
  }

  publish(topic: string, size: number, from: number, except?: Member): void {
    const message = `${++this.#published} ${"x".repeat(size)}`;
    const registry = this.registries[from];
    const before = this.members.map(({ conn }) => ({
      isOpen: conn.state === State.open,
      sent: conn.messagesSent,
      dropped: conn.messagesDropped,
    }));
    const count = registry.publish(
      topic,
      message,
      except && { except: except.conn },
    );
    let local = 0;
    for (const [index, member] of this.members.entries()) {
      const { conn, policy } = member;
      const { isOpen, sent, dropped } = before[index];
      // Only this process knows the connections that are left out.
      const isLeftOut = member === except && member.topics === registry;
      const isMeant = isOpen && member.names.has(topic) && !isLeftOut;
      const copies = conn.messagesSent - sent;
      const misses = conn.messagesDropped - dropped;
      if (copies === 1) {
        member.expected.push(show(message));
        if (member.topics === registry) local++;
      }
      const isCut = isOpen && conn.state !== State.open;
      if (isCut) member.isCut = true;
      const isSlow = isCut && policy !== "drop" ||
        misses === 1 && policy === "drop";
      assertSame([copies, isMeant && isSlow ? 1 : misses], [
        isMeant && !isSlow ? 1 : 0,
        isMeant && isSlow ? 1 : 0,
      ]);
    }
    assertSame(count, local);
  }

  /** Ends all, after which nothing is left. */
  async finish(): Promise<void> {
    for (const { topics, conn, names } of this.members) {
      if (conn.state === State.open) {
        assertSame(topics.topicsOf(conn), [...names]);
      }
    }
    for (const member of this.members) await member.finish();
    assertSame(this.registries.map(({ size }) => size), [0, 0]);
    assertSame(this.bus.size, 0);
  }
}

function poll(): Promise<void> {
  return new Promise(afterPoll);
}

function toPolicy(name: string): SendPolicy {
  return name === "close" || name === "drop" ? name : "wait";
}

type Act = (world: World, member: Member, step: Step) => unknown;

const subscribe: Act = (_world, member, { topic }) =>
  member.subscribe(TOPICS[topic]);
const publish: Act = (world, _member, { topic, size, index }) =>
  world.publish(TOPICS[topic], size, index % 2);

/** Publishes more than slow peers take, and lets the limits look twice. */
const flood: Act = async (world, _member, { topic }) => {
  for (let count = 0; count < 4; count++) {
    world.publish(TOPICS[topic], LARGE, count % 2);
  }
  for (let round = 0; round < 2; round++) {
    await poll();
    await poll();
    world.publish(TOPICS[topic], 10, round);
  }
};

/** What a step may do, in the order of its numbers. */
const ACTIONS: readonly Act[] = [
  subscribe,
  subscribe,
  subscribe,
  publish,
  publish,
  publish,
  publish,
  (world, member, { topic, size, index }) =>
    world.publish(TOPICS[topic], size, index % 2, member),
  flood,
  flood,
  (_world, member, { topic }) => member.unsubscribe(TOPICS[topic]),
  (_world, member) => member.read(),
  (_world, member) => member.read(),
  poll,
  (_world, member, { size }) => {
    if (size % 3 === 0) return member.terminate();
    // Its end is awaited at the end of all.
    if (size % 3 === 1) void member.conn.close();
  },
];

/** Registries with connections that come, go and read slowly. */
export const topicsProperty = property<TopicsCase>({
  name:
    "each subscriber of the moment gets each message once and in order, or is cut or left out by its policy",
  runs: 100,
  generate: (random: Random) => ({
    policies: Array.from(
      { length: random.int(1, 6) },
      () => random.pick(["wait", "close", "drop"]),
    ),
    maxBuffered: random.pick([0, 1000, 100_000, 1_000_000]),
    steps: Array.from({ length: random.int(1, 60) }, () => ({
      action: random.below(ACTIONS.length),
      index: random.below(12),
      topic: random.below(random.pick([1, TOPICS.length])),
      size: random.pick([0, 10, 100, 1000, LARGE, random.below(50)]),
    })),
  }),
  async check(value) {
    const world = new World(value);
    try {
      for (const member of world.members) member.subscribe(TOPICS[0]);
      for (const step of value.steps) {
        const index = Math.abs(Math.trunc(step.index));
        const member = world.members[index % world.members.length];
        const act = ACTIONS[Math.abs(step.action) % ACTIONS.length];
        const topic = Math.abs(step.topic) % TOPICS.length;
        const size = Math.abs(Math.trunc(step.size));
        if (member !== undefined) {
          await act(world, member, { ...step, index, topic, size });
        }
      }
      await world.finish();
    } finally {
      for (const { conn } of world.members) conn.terminate();
    }
  },
});
