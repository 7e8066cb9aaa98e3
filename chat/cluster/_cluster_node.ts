import type { Delivery } from "../room/chat_message.ts";
import {
  type ChatEntry,
  type EntryPlace,
  MEMBERSHIP,
} from "../room/log/_chat_entry.ts";
import type { EntryLog } from "../room/log/_entry_log.ts";
import {
  type Batch,
  BatchError,
  decodeBatch,
  encodeEntry,
  entryId,
} from "./_batch.ts";
import { DeadServers } from "./_dead_servers.ts";
import {
  type OutgoingBatch,
  OutgoingBatches,
  type OutgoingOptions,
} from "./_outgoing_batches.ts";
import { ServerTable } from "./_server_table.ts";
import { decodeSnapshot, encodeSnapshot } from "./_snapshot.ts";

/**
 * The default of each limit of a server in a cluster.
 *
 * A server starts from the older one of two snapshots, which have no private messages
 * for users who are away. So the interval between snapshots must be longer than users
 * can be away, and that is up to 20 seconds more than `sessionTimeout`.
 */
export const CLUSTER_DEFAULTS = {
  maxQueuedEntries: 10_000,
  maxQueuedBytes: 8 * 1024 * 1024,
  snapshotBatches: 1_000,
  snapshotInterval: 90_000,
  keptBatches: 10_000,
};

/** The state of the chat that a server keeps equal to that of the others. */
export interface ClusterReplica {
  /** Applies an entry, and returns the messages to this server's connections. */
  apply(entry: ChatEntry, place: EntryPlace): Delivery[];
  /** Notes entries, by their ids, that are not applied as they came twice. */
  noteSkipped(first: number, last: number): void;
  /**
   * Keeps the message of an entry before the restored state as history, if it counted.
   */
  recall(entry: ChatEntry, id: number): void;
  /** Proposes the end of sessions and the like whose time is over. */
  tick(now: number): Delivery[];
  /** The state as JSON, without history. */
  save(): unknown;
  /** Takes a saved state over, before any entry. */
  restore(state: unknown, now: number): void;
  /** The servers that users are connected to. */
  readonly servers: readonly string[];
  /** Proposes the departure of the users of a server that is dead. */
  bury(server: string, now: number): Delivery[];
  /** Takes leave of all connections of this server, and proposes their departure. */
  shutdown(now: number): Delivery[];
}

/** The identity and the limits of a server in a cluster. */
export interface ClusterNodeOptions extends OutgoingOptions {
  /** The name of the log. */
  readonly epoch: string;
  /** Batches between two snapshots. */
  readonly snapshotBatches: number;
  /** Milliseconds between two snapshots. */
  readonly snapshotInterval: number;
  /** Batches that are kept in the log at least. */
  readonly keptBatches: number;
  /** The sequence numbers of batches to skip if they can't be read. */
  readonly skip?: readonly number[] | undefined;
  /** Turns the token of a session into its key, which does not reveal it. */
  readonly sessionKey: (token: string) => string;
  /** Called when a batch may be ready to send. */
  readonly onQueued?: () => void;
}

/** A state to save in the cluster's store. */
export interface PendingSnapshot {
  readonly sequence: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * A chat server in a cluster, without I/O: no timers, no promises. The caller
 * appends the batches of {@linkcode ClusterNode.next} to the log, tells `outgoing`
 * of the outcome, passes all batches of the log to {@linkcode ClusterNode.take}, in
 * order, and passes the time: that of day to `take`, `tick`, `watch` and `leave`,
 * and otherwise one that only goes forward.
 *
 * An error of `take` means that this server can't follow the others any more.
 */
export class ClusterNode<R extends ClusterReplica> implements EntryLog {
  readonly replica: R;
  readonly #options: ClusterNodeOptions;
  /** The entries that this server has proposed. */
  readonly outgoing: OutgoingBatches;
  readonly #dead = new DeadServers();
  #servers = new ServerTable();
  #position = 0;
  /** How many entries were proposed. */
  #proposed = 0;
  /** How many were proposed when dead servers were last acted on. */
  #lastBurial = 0;
  /** The last batch of its own that was applied. */
  #ownApplied = 0;
  #isFirst = false;
  #hasLeft = false;
  /** The last snapshot that this server knows. */
  #snapshot = 0;
  /** When this server could last have known of a snapshot. */
  #snapshotAt: number | undefined;

  /** @param makeReplica Makes the state of the chat, which proposes to this log. */
  constructor(options: ClusterNodeOptions, makeReplica: (log: EntryLog) => R) {
    this.#options = options;
    this.outgoing = new OutgoingBatches(options);
    this.replica = makeReplica(this);
  }

  get origin(): string {
    return this.#options.origin;
  }

  get epoch(): string {
    return this.#options.epoch;
  }

  get isFull(): boolean {
    return this.#hasLeft || this.outgoing.isFull;
  }

  /** The sequence number of the last batch that was applied. */
  get position(): number {
    return this.#position;
  }

  /** The number of the last batch of its own that was applied. */
  get ownApplied(): number {
    return this.#ownApplied;
  }

  /** When to ask for the next batch again; `undefined` if nothing waits. */
  get retryAt(): number | undefined {
    return this.#hasLeft ? undefined : this.outgoing.retryAt;
  }

  /** Whether all that was proposed has been stored and applied. */
  get isSettled(): boolean {
    return this.outgoing.size === 0 &&
      this.#ownApplied >= this.outgoing.stored;
  }

  /**
   * Queues an entry for the log.
   *
   * @returns Nothing yet: {@linkcode ClusterNode.take} returns the messages.
   */
  propose(entry: ChatEntry): Delivery[] {
    if (this.#hasLeft) return [];
    this.outgoing.add(encodeEntry(entry));
    this.#proposed++;
    this.#options.onQueued?.();
    return [];
  }

  sessionKey(token: string): string {
    return this.#options.sessionKey(token);
  }

  /** The batch to append now, if there is one. */
  next(now: number): OutgoingBatch | undefined {
    return this.#hasLeft ? undefined : this.outgoing.next(now);
  }

  /**
   * Begins with a snapshot instead of the first batch.
   *
   * @throws {Error} If it can't be read.
   */
  restore(sequence: number, data: Uint8Array, now: number): void {
    const { state, servers } = decodeSnapshot(data);
    this.replica.restore(state, now);
    this.#servers = new ServerTable(servers);
    this.#position = sequence;
    this.#snapshot = sequence;
  }

  /**
   * Keeps the messages of a batch before the snapshot as history.
   *
   * @throws {BatchError} If it can't be read.
   */
  recall(sequence: number, bytes: Uint8Array): void {
    const { entries = [] } = this.#decode(sequence, bytes) ?? {};
    for (const [index, entry] of entries.entries()) {
      this.replica.recall(entry, entryId(sequence, index));
    }
  }

  /**
   * Applies a batch of the log.
   *
   * @returns The messages to this server's connections.
   * @throws {BatchError} If it can't be read.
   * @throws {Error} If it is not the next one, or declares this server dead.
   */
  take(sequence: number, bytes: Uint8Array, now: number): Delivery[] {
    if (sequence !== this.#position + 1) {
      throw new Error(
        `Cannot apply batch ${sequence} of the cluster's log: expected ${
          this.#position + 1
        }`,
      );
    }
    const batch = this.#decode(sequence, bytes);
    this.#position = sequence;
    if (batch === undefined) return [];
    const { origin, n, entries } = batch;
    if (!this.#servers.accept(origin, n)) {
      // A server that starts later reads the batch without the table that tells.
      const last = entryId(sequence, entries.length - 1);
      this.replica.noteSkipped(entryId(sequence, 0), last);
      return [];
    }
    if (origin === this.origin) {
      this.#ownApplied = n;
      this.outgoing.succeed(n);
    }
    return this.#apply(sequence, batch, now);
  }

  /** Ends sessions and the like whose time is over. */
  tick(now: number): Delivery[] {
    return this.#hasLeft ? [] : this.replica.tick(now);
  }

  /**
   * Looks for servers that have users and no lease, and proposes their end. Call it
   * at regular intervals.
   *
   * @param alive The servers that have a lease.
   * @returns The messages to deliver now.
   */
  watch(alive: Iterable<string>, now: number): Delivery[] {
    if (this.#hasLeft) return [];
    const names = new Set(alive);
    this.#isFirst = [...names].sort()[0] === this.origin;
    const others = this.replica.servers.filter((name) => name !== this.origin);
    const dead = this.#dead.find(others, names, this.#isFirst);
    if (this.isFull || this.#isBurying) {
      for (const name of dead) this.#dead.hurry(name);
      return [];
    }
    const deliveries = dead.flatMap((name) => {
      if (this.#servers.isGone(name)) return this.replica.bury(name, now);
      this.#dead.hurry(name);
      return this.propose({ type: "gone", time: now, server: name });
    });
    if (dead.length > 0) this.#lastBurial = this.#proposed;
    return deliveries;
  }

  /** Whether entries about dead servers are not known to be stored. */
  get #isBurying(): boolean {
    return this.#proposed - this.outgoing.size < this.#lastBurial;
  }

  /** The state to save, if it is time and this server's turn: ask at least each second. */
  snapshot(now: number): PendingSnapshot | undefined {
    const { snapshotBatches, snapshotInterval } = this.#options;
    // Before it was this server's turn, another may have saved one at any time.
    if (!this.#isFirst) this.#snapshotAt = now;
    this.#snapshotAt ??= now;
    const isDue = this.#isFirst && !this.#hasLeft &&
      this.#position - this.#snapshot >= snapshotBatches &&
      now - this.#snapshotAt >= snapshotInterval;
    if (!isDue) return undefined;
    this.#snapshotAt = now;
    return { sequence: this.#position, data: this.save() };
  }

  /** The state as the data of a snapshot. */
  save(): Uint8Array<ArrayBuffer> {
    return encodeSnapshot({
      state: this.replica.save(),
      servers: this.#servers.save(),
    });
  }

  /**
   * A snapshot was saved.
   *
   * @returns The sequence number before which the log is not needed any more: the
   * snapshot before, or an older one, is complete without it.
   */
  snapshotSaved(sequence: number): number {
    const previous = this.#snapshot;
    this.#snapshot = sequence;
    const kept = this.#position - this.#options.keptBatches;
    return Math.max(0, Math.min(previous, kept)) + 1;
  }

  /**
   * Leaves the cluster: from now on, nothing is proposed.
   *
   * @returns The last message to its connections.
   */
  leave(now: number): Delivery[] {
    if (this.#hasLeft) return [];
    this.#hasLeft = true;
    return this.replica.shutdown(now);
  }

  /** Decodes a batch; `undefined` for one that is to be skipped. */
  #decode(sequence: number, bytes: Uint8Array): Batch | undefined {
    try {
      return decodeBatch(bytes);
    } catch (error) {
      if (!(error instanceof BatchError)) throw error;
      if (this.#options.skip?.includes(sequence)) return undefined;
      throw new BatchError(error.code, error.fault, sequence);
    }
  }

  #apply(
    sequence: number,
    { origin, entries }: Batch,
    now: number,
  ): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.type === "gone") this.#declareGone(entry.server);
      // Messages of a server that was declared dead count: a user who repeats one
      // over another server would get its acknowledgement, and nobody else the text.
      const isMembership = MEMBERSHIP.has(entry.type);
      if (isMembership && this.#servers.isGone(origin)) continue;
      const place = { origin, id: entryId(sequence, index), now };
      for (const delivery of this.replica.apply(entry, place)) {
        deliveries.push(delivery);
      }
    }
    return deliveries;
  }

  #declareGone(server: string): void {
    if (server === this.origin) {
      throw new Error(
        `Cannot stay in the cluster: "${server}" was declared dead by another server`,
      );
    }
    this.#servers.declareGone(server);
  }
}
