import {
  ClusterNode,
  type ClusterNodeOptions,
} from "../../../../chat/cluster/_cluster_node.ts";
import { chooseSnapshot } from "../../../../chat/cluster/_snapshot.ts";
import { RoomReplica } from "../../../../chat/room/_room_replica.ts";
import { readRules } from "../../../../chat/room/_room_rules.ts";
import type { ChatCommand } from "../../../../chat/room/chat_command.ts";
import type {
  ChatMessage,
  Delivery,
} from "../../../../chat/room/chat_message.ts";
import type { LeaveReason } from "../../../../chat/room/leave_reason.ts";
import { RecordingStore } from "./_recording_store.ts";
import type { World } from "./_world.ts";

/** Milliseconds for which a lease holds, and between renewals. */
const LEASE = 6_000;
const BEAT = 1_500;

/** Milliseconds after which an attempt to append is given up. */
const APPEND_TIMEOUT = 800;

/** Receives the messages of a connection. */
export type Inbox = (message: ChatMessage) => void;

/** The parts of a server that mutants replace. */
export interface ServerParts {
  readonly Node: typeof ClusterNode;
  readonly Replica: typeof RoomReplica;
  /** Changes a batch that the log has, before a server takes it. */
  readonly pass: (sequence: number, bytes: Uint8Array) => Uint8Array;
  /** Whether the next batch is sent before the one before is stored. */
  readonly sendsAhead: boolean;
}

export const REAL_PARTS: ServerParts = {
  Node: ClusterNode,
  Replica: RoomReplica,
  pass: (_, bytes) => bytes,
  sendsAhead: false,
};

/** A chat server of a simulated cluster, from a start to its end. */
export class SimulatedServer {
  readonly origin: string;
  readonly node: ClusterNode<RoomReplica>;
  readonly store = new RecordingStore();
  /** The sequence number of the first batch whose texts it has. */
  readonly first: number;
  isDead = false;
  /** Whether it has applied all that the log had at its start. */
  isReady = false;
  readonly #world: World;
  readonly #inboxes = new Map<number, Inbox>();
  /** The names of those who have connected, by connection. */
  readonly #names = new Map<number, string>();
  readonly #startEnd: number;
  /** The last batch that was sent. */
  #flight = { isHeld: false };
  /** Input that came while the server was paused. */
  readonly #input: (() => void)[] = [];
  #pausedUntil = 0;
  #cutUntil = 0;
  #wasCut = false;
  #isClosing = false;
  #isPulling = false;
  #isSending = false;

  constructor(world: World, name: string) {
    this.#world = world;
    const { log, events, parts, random } = world;
    this.origin = `${name}.${world.count()}`;
    const options: ClusterNodeOptions = {
      origin: this.origin,
      epoch: "simulated",
      maxBatchBytes: 2_000,
      maxQueuedEntries: 40,
      maxQueuedBytes: 20_000,
      snapshotBatches: 15,
      // Longer than sessions last: see CLUSTER_DEFAULTS.
      snapshotInterval: 27_000,
      // So some batches are older than what a server starts from.
      keptBatches: 150,
      sessionKey: (token) => token,
      random: () => random.next(),
      onQueued: () => this.#send(),
    };
    this.node = new parts.Node(
      options,
      (log) => {
        const { store } = this;
        return new parts.Replica({ ...world.rules, store }, log);
      },
    );
    log.leases.set(this.origin, events.now + LEASE);
    const snapshot = chooseSnapshot(log.snapshots, log.first);
    if (snapshot !== undefined) {
      this.node.restore(snapshot.sequence, snapshot.data, events.now);
      world.trace(`${this.origin} restores ${snapshot.sequence}`);
    }
    this.first = log.first;
    for (let sequence = log.first; sequence <= this.node.position; sequence++) {
      this.node.recall(sequence, log.batches[sequence - 1].bytes);
    }
    this.#startEnd = log.end;
    this.pull();
    this.#repeat(BEAT, () => this.#beat());
    this.#repeat(BEAT, () => {
      if (!this.isReady || this.#isCut) return;
      this.#deliver(this.node.watch(log.alive(events.now), events.now));
    });
    this.#repeat(1_000, () => {
      if (this.isReady) this.#tick();
    });
  }

  /** Whether users can connect to it. */
  get isOpen(): boolean {
    return this.isReady && !this.isDead && !this.isPaused;
  }

  get isPaused(): boolean {
    return this.#world.events.now < this.#pausedUntil;
  }

  get #isCut(): boolean {
    return this.#world.events.now < this.#cutUntil;
  }

  /** Opens a connection, perhaps of a user whom a proxy has signed in. */
  connect(inbox: Inbox, name: string, account?: string): number {
    const { now } = this.#world.events;
    const details = { addressKey: name, expectHello: true, account };
    const { id, deliveries } = this.node.replica.join(name, now, details);
    this.#inboxes.set(id, inbox);
    this.#names.set(id, name);
    this.#deliver(deliveries);
    return id;
  }

  /** Passes a request on; one to a server that is paused comes later. */
  request(connection: number, command: ChatCommand): void {
    this.#act(() => {
      const { now } = this.#world.events;
      this.#deliver(this.node.replica.command(connection, command, now));
    });
  }

  /** A connection has ended. */
  disconnect(connection: number, reason: LeaveReason): void {
    this.#inboxes.delete(connection);
    this.#act(() => {
      const { now } = this.#world.events;
      this.#deliver(this.node.replica.leave(connection, reason, now));
    });
  }

  /** Messages of a connection go nowhere from now on. */
  forget(connection: number): void {
    this.#inboxes.delete(connection);
  }

  /** What is in flight takes longer than a lease holds. */
  hold(): void {
    this.#flight.isHeld = true;
  }

  /** Ends, whatever is in flight. */
  crash(): void {
    this.isDead = true;
    this.#inboxes.clear();
  }

  /** Ends in order: its users depart first. */
  close(): void {
    this.#world.trace(`${this.origin} closes`);
    this.isReady = false;
    this.#isClosing = true;
    this.#deliver(this.node.replica.shutdown(this.#world.events.now));
    this.#later(1_500, () => {
      this.#world.log.leases.delete(this.origin);
      this.leave("it was closed");
    });
  }

  /** Does nothing for a time. */
  pause(duration: number): void {
    this.#pausedUntil = this.#world.events.now + duration;
  }

  /** Leaves the cluster with a last message to its users. */
  leave(reason: string): void {
    if (this.isDead) return;
    this.#world.trace(`${this.origin} leaves: ${reason}`);
    this.#deliver(this.node.leave(this.#world.events.now));
    this.crash();
    for (const user of this.#world.users) user.serverEnded(this);
  }

  /** Has no connection to the log for a time. */
  cutOff(duration: number): void {
    const { now } = this.#world.events;
    this.#cutUntil = Math.max(this.#cutUntil, now + duration);
    this.#wasCut = true;
  }

  /** Plans to take what the log has. */
  pull(): void {
    if (this.#isPulling || this.isDead) return;
    this.#isPulling = true;
    const wait = Math.max(0, this.#cutUntil - this.#world.events.now);
    this.#later(wait + this.#world.delay(), () => {
      this.#isPulling = false;
      if (this.#isCut) this.pull();
      else this.#take();
    });
  }

  #take(): void {
    const { log, parts, events } = this.#world;
    const { node } = this;
    let left = this.#world.random.int(1, 8);
    while (node.position < log.end && left-- > 0 && !this.isDead) {
      const sequence = node.position + 1;
      if (sequence < log.first) return this.leave("batches were trimmed");
      const batch = log.batches[sequence - 1];
      const before = batch.isLate ? membershipOf(node.replica) : "";
      const bytes = parts.pass(sequence, batch.bytes);
      try {
        this.#deliver(node.take(sequence, bytes, events.now));
      } catch (error) {
        if (!`${error}`.includes("declared dead")) throw error;
        return this.leave(`${error}`);
      }
      if (batch.isLate && membershipOf(node.replica) !== before) {
        throw new Error(
          `Batch ${sequence} of dead ${batch.origin} changed who is there`,
        );
      }
      this.#world.applied(this, sequence);
    }
    if (!this.#isClosing && node.position >= this.#startEnd) {
      this.isReady = true;
    }
    if (node.position < log.end) this.pull();
  }

  #send(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    // What is proposed in one step is sent together.
    this.#later(0, () => {
      this.#isSending = false;
      this.#append();
    });
  }

  #append(): void {
    const { events, parts } = this.#world;
    const batch = this.node.next(events.now);
    if (batch === undefined) {
      const { retryAt } = this.node;
      if (retryAt === undefined) return;
      return this.#later(Math.max(1, retryAt - events.now), () => this.#send());
    }
    const { id, n, bytes } = batch;
    if (!parts.sendsAhead) {
      return this.#attempt(id, bytes, (isStored) => {
        if (isStored) this.node.outgoing.succeed(n);
        else this.node.outgoing.fail(n, events.now);
        this.#send();
      });
    }
    this.node.outgoing.succeed(n);
    const retry = (isStored: boolean) => {
      if (!isStored) this.#attempt(id, bytes, retry);
    };
    this.#attempt(id, bytes, retry);
    this.#send();
  }

  /** Sends a batch over a bad network. */
  #attempt(
    id: string,
    bytes: Uint8Array,
    settle: (isStored: boolean) => void,
  ): void {
    const { random, events, isCalm } = this.#world;
    const flight = { isHeld: false };
    this.#flight = flight;
    const store = () => this.#world.store(id, bytes);
    const arrive = () => {
      if (flight.isHeld) events.after(random.int(8_000, 14_000), store);
      else store();
    };
    const chance = this.#isCut ? 0 : isCalm ? 1 : random.next();
    const delay = this.#world.delay();
    if (chance < 0.05) return this.#later(APPEND_TIMEOUT, () => settle(false));
    if (chance < 0.1) {
      // The acknowledgement is lost.
      events.after(delay, store);
      return this.#later(APPEND_TIMEOUT, () => settle(false));
    }
    if (chance < 0.14) {
      events.after(random.int(500, 15_000), store);
      return this.#later(APPEND_TIMEOUT, () => settle(false));
    }
    if (chance < 0.17) events.after(random.int(2_000, 15_000), store);
    events.after(delay, arrive);
    this.#later(delay + this.#world.delay(), () => settle(!flight.isHeld));
  }

  #beat(): void {
    if (this.#isCut) return;
    const { log, events } = this.#world;
    const end = log.leases.get(this.origin) ?? 0;
    // An outage alone is no reason to leave: the log tells.
    if (end <= events.now && !this.#wasCut) {
      return this.leave("the lease has lapsed");
    }
    this.#wasCut = false;
    log.leases.set(this.origin, events.now + LEASE);
  }

  #tick(): void {
    const { log, events } = this.#world;
    this.#deliver(this.node.tick(events.now));
    const snapshot = this.node.snapshot(events.now);
    if (snapshot === undefined || this.#isCut || !log.save(snapshot)) return;
    this.#world.trace(`${this.origin} saves ${snapshot.sequence}`);
    const before = this.node.snapshotSaved(snapshot.sequence);
    log.first = Math.max(log.first, before);
  }

  #deliver(deliveries: readonly Delivery[]): void {
    for (const { to, message } of deliveries) {
      for (const connection of to) {
        if (message.type === "error") {
          // It may be lost on its way.
          this.#world.refuse(this.#names.get(connection), message.ref);
        }
        // A user may act on a message, but only after those of this step.
        const inbox = this.#inboxes.get(connection);
        if (message.type === "goodbye") this.#inboxes.delete(connection);
        inbox?.(message);
      }
    }
  }

  #repeat(interval: number, act: () => void): void {
    this.#later(interval, () => {
      act();
      this.#repeat(interval, act);
    });
  }

  /** Acts on input now, or when the server goes on, in order. */
  #act(act: () => void): void {
    if (this.isDead) return;
    if (!this.isPaused && this.#input.length === 0) return act();
    this.#input.push(act);
    if (this.#input.length > 1) return;
    this.#later(0, () => {
      for (const act of this.#input.splice(0)) act();
    });
  }

  /** Acts after a time, unless the server has ended; one that is paused acts later. */
  #later(delay: number, act: () => void): void {
    const { events } = this.#world;
    events.after(delay, () => {
      if (this.isDead) return;
      if (this.isPaused) {
        return this.#later(this.#pausedUntil - events.now, act);
      }
      act();
    });
  }
}

/** The rules of a chat for a simulation. */
export function simulatedRules(): ReturnType<typeof readRules> {
  return readRules({
    flood: { burst: Infinity },
    sessionTimeout: 6_000,
    reservedNicknames: [],
  });
}

/** Who is where, and under which name. */
function membershipOf(replica: RoomReplica): string {
  const { users, rooms, away } = replica.save();
  return JSON.stringify([
    users.map(({ id, nickname, rooms, server }) => [
      ...[id, nickname, rooms, server],
    ]),
    rooms.map(({ key, users }) => [key, users]),
    away,
  ]);
}
