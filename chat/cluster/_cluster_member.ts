import { createHash } from "node:crypto";
import type { Delivery } from "../room/chat_message.ts";
import type { EntryLog } from "../room/log/_entry_log.ts";
import type { ChatClusterStats } from "./chat_cluster_stats.ts";
import type { ChatLease, ChatLog } from "./chat_log.ts";
import {
  CLUSTER_DEFAULTS,
  ClusterNode,
  type ClusterReplica,
} from "./_cluster_node.ts";
import { pause } from "./_pause.ts";
import { chooseSnapshot } from "./_snapshot.ts";

/** How a server takes part in a cluster. */
export interface ClusterMemberOptions<R extends ClusterReplica> {
  /** The log of the cluster; the caller closes it. */
  readonly log: ChatLog;
  /** The name of the server: 1 to 32 ASCII letters, digits, `-` and `_`. */
  readonly name: string;
  /** Makes the state of the chat. */
  makeReplica(log: EntryLog): R;
  /**
   * Sends the messages of one step to this server's connections.
   *
   * @param isOwn Whether they come of requests to this server.
   */
  deliver(deliveries: readonly Delivery[], isOwn: boolean): void;
  /**
   * The sequence number up to which a data file has the messages: later ones are
   * recalled.
   */
  readonly position?: number | undefined;
  /** The sequence numbers of batches to skip if they can't be read. */
  readonly skip?: readonly number[] | undefined;
  /** Called when a batch has been applied or recalled. */
  onApplied?(sequence: number): void;
  /** Called once, when all is applied that the log had at the start. */
  onCaughtUp?(): void;
  /** Limits other than {@linkcode CLUSTER_DEFAULTS}. */
  readonly limits?: Partial<typeof CLUSTER_DEFAULTS> | undefined;
  /** Intervals other than {@linkcode INTERVALS}. */
  readonly intervals?: Partial<typeof INTERVALS> | undefined;
}

/** Milliseconds between repeated steps, and those that closing may take. */
export const INTERVALS = {
  watch: 1_500,
  tick: 1_000,
  close: 5_000,
};

const NAME = /^[\w-]{1,32}$/;

/** Reads the log until it is told not to. */
type Loop = (signal: AbortSignal) => Promise<void>;

/**
 * A chat server in a cluster: it keeps a replica of the chat's state equal to that
 * of the other servers. If it can't any more, it leaves the cluster: its users get
 * a `goodbye`, nothing more is proposed, and {@linkcode ClusterMember.left}
 * resolves with the error.
 */
export class ClusterMember<R extends ClusterReplica> {
  readonly #options: ClusterMemberOptions<R>;
  readonly #intervals: typeof INTERVALS;
  readonly #log: ChatLog;
  readonly #node: ClusterNode<R>;
  readonly #stop = new AbortController();
  readonly #left = Promise.withResolvers<Error | undefined>();
  #lease: ChatLease | undefined;
  #loops: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Wakes the loop that appends batches. */
  #queued = Promise.withResolvers<void>();
  /** Resolves at the next step of the log. */
  #stepped = Promise.withResolvers<void>();
  #end = 0;
  #hasCaughtUp = false;
  #appendTime = 0;

  /**
   * Prepares a server: nothing is read or written before {@linkcode start}.
   *
   * @throws {SyntaxError} If the name breaks the rules.
   */
  constructor(options: ClusterMemberOptions<R>) {
    const { name } = options;
    if (!NAME.test(name)) {
      throw new SyntaxError(
        `Cannot use "${name}" as the name of a server: expected 1 to 32 ASCII letters, digits, "-" and "_"`,
      );
    }
    this.#options = options;
    this.#intervals = { ...INTERVALS, ...options.intervals };
    this.#log = options.log;
    const { epoch, maxBatchBytes } = options.log;
    this.#node = new ClusterNode({
      ...CLUSTER_DEFAULTS,
      ...options.limits,
      origin: `${name}.${crypto.randomUUID().slice(0, 8)}`,
      epoch,
      maxBatchBytes,
      skip: options.skip,
      sessionKey: hashOf,
      random: Math.random,
      onQueued: () => this.#queued.resolve(),
    }, (log) => options.makeReplica(log));
  }

  /**
   * Joins the cluster: resolves when all is applied that the log had at first.
   *
   * @param signal Stops the start, which then rejects with the signal's reason.
   * @throws {Error} If the log can't be reached or can't be followed.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const abort = () => this.#leave(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      signal?.throwIfAborted();
      this.#lease = await this.#log.lease(this.#node.origin);
      signal?.throwIfAborted();
      await this.#start(this.#lease);
    } catch (error) {
      this.#leave(error);
      await this.#loops;
      await this.#lease?.release().catch(() => {});
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The state of the chat. */
  get replica(): R {
    return this.#node.replica;
  }

  /** Resolves when the server has left the cluster, with the error if there is one. */
  get left(): Promise<Error | undefined> {
    return this.#left.promise;
  }

  /** The state of this server in the cluster. */
  get stats(): ChatClusterStats {
    const { origin, position, outgoing } = this.#node;
    return {
      origin,
      position,
      lag: Math.max(0, this.#end - position),
      batches: outgoing.stored,
      retries: outgoing.retries,
      queued: outgoing.size,
      isConnected: this.#log.isConnected,
      appendTime: this.#appendTime,
    };
  }

  /**
   * Leaves the cluster in order: proposes the departure of this server's users, waits
   * until that is applied, at most 5 seconds, and ends the lease.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const { signal } = this.#stop;
    if (!signal.aborted) {
      this.#deliver(this.replica.shutdown(Date.now()));
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), this.#intervals.close);
      const waiting = AbortSignal.any([signal, limit.signal]);
      while (!this.#node.isSettled && !waiting.aborted) {
        await until(this.#stepped.promise, waiting);
      }
      clearTimeout(timer);
    }
    this.#leave(undefined);
    await this.#loops;
    // Without it, the lease ends by itself.
    await this.#lease?.release().catch(() => {});
  }

  async #start(lease: ChatLease): Promise<void> {
    const from = await this.#restore();
    this.#end = await this.#log.end();
    this.#catchUp();
    const { signal } = this.#stop;
    lease.lost.then(() =>
      this.#leave(
        new Error(
          `Cannot stay in the cluster: the lease of "${this.#node.origin}" has ended, as this server did not run for its time or another one took it`,
        ),
      )
    );
    const reading = this.#run((signal) => this.#read(from, signal));
    this.#loops = reading;
    while (!this.#hasCaughtUp && !signal.aborted) {
      await until(this.#stepped.promise, signal);
    }
    signal.throwIfAborted();
    this.#loops = Promise.all([
      reading,
      this.#run((signal) => this.#append(signal)),
      this.#run((signal) =>
        every(this.#intervals.watch, () => this.#watch(), signal)
      ),
      this.#run((signal) =>
        every(this.#intervals.tick, () => this.#tick(), signal)
      ),
    ]);
  }

  /**
   * Takes a saved state over.
   *
   * @returns The sequence number after which to read.
   */
  async #restore(): Promise<number> {
    const first = await this.#log.first();
    const snapshots = await this.#log.loadSnapshots();
    const snapshot = chooseSnapshot(snapshots, first);
    if (snapshot !== undefined) {
      this.#node.restore(snapshot.sequence, snapshot.data, Date.now());
    }
    const { position = Infinity } = this.#options;
    return Math.max(first - 1, Math.min(this.#node.position, position));
  }

  async #read(from: number, signal: AbortSignal): Promise<void> {
    const snapshot = this.#node.position;
    await this.#log.read(from, (sequence, bytes) => {
      if (signal.aborted) return;
      try {
        if (sequence <= snapshot) this.#node.recall(sequence, bytes);
        else this.#take(sequence, bytes);
        this.#options.onApplied?.(sequence);
        this.#catchUp();
      } catch (error) {
        this.#leave(error);
      }
      this.#step();
    }, signal);
  }

  async #append(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#queued = Promise.withResolvers();
      const batch = this.#node.next(performance.now());
      if (batch === undefined) {
        const { retryAt } = this.#node;
        await (retryAt === undefined
          ? until(this.#queued.promise, signal)
          : pause(retryAt - performance.now(), signal));
        continue;
      }
      const start = performance.now();
      const append = this.#log.append(batch.bytes, batch.id).then(
        () => {
          this.#appendTime = performance.now() - start;
          this.#node.outgoing.succeed(batch.n);
        },
        // The cause is that the log can't be reached, which `stats` shows.
        () => this.#node.outgoing.fail(batch.n, performance.now()),
      );
      await until(append, signal);
      this.#step();
    }
  }

  async #watch(): Promise<void> {
    // After an outage, the servers are known later than the end.
    this.#end = await attempt(this.#log.end()) ?? this.#end;
    const servers = await attempt(this.#log.servers());
    if (servers === undefined) return;
    this.#deliver(this.#node.watch(servers, Date.now()));
  }

  async #tick(): Promise<void> {
    this.#deliver(this.#node.tick(Date.now()));
    const snapshot = this.#node.snapshot(performance.now());
    if (snapshot === undefined) return;
    if (!await attempt(this.#log.saveSnapshot(snapshot))) return;
    const before = this.#node.snapshotSaved(snapshot.sequence);
    if (before > 1) await attempt(this.#log.trim(before));
  }

  #take(sequence: number, bytes: Uint8Array): void {
    const before = this.#node.ownApplied;
    const deliveries = this.#node.take(sequence, bytes, Date.now());
    this.#options.deliver(deliveries, this.#node.ownApplied !== before);
  }

  #deliver(deliveries: readonly Delivery[]): void {
    if (deliveries.length > 0) this.#options.deliver(deliveries, false);
  }

  /** Notes when all is applied that the log had at the start. */
  #catchUp(): void {
    if (this.#hasCaughtUp || this.#node.position < this.#end) return;
    this.#hasCaughtUp = true;
    this.#options.onCaughtUp?.();
  }

  #step(): void {
    this.#stepped.resolve();
    this.#stepped = Promise.withResolvers();
  }

  /** Runs a loop; its error makes the server leave. */
  async #run(loop: Loop): Promise<void> {
    const { signal } = this.#stop;
    try {
      await loop(signal);
      if (!signal.aborted) {
        this.#leave(new Error("Cannot stay in the cluster: its log has ended"));
      }
    } catch (error) {
      this.#leave(error);
    }
  }

  #leave(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    const error = reason === undefined || reason instanceof Error
      ? reason
      : new Error("Cannot stay in the cluster", { cause: reason });
    this.#stop.abort(reason);
    this.#deliver(this.#node.leave(Date.now()));
    this.#left.resolve(error);
  }
}

/**
 * Waits for the log.
 *
 * @returns The outcome; `undefined` if the log can't be reached, which `isConnected`
 * tells: the next round tries again.
 */
function attempt<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch(() => undefined);
}

/** Does something at regular intervals. */
async function every(
  interval: number,
  act: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (await pause(interval, signal)) await until(act(), signal);
}

/** Waits for a promise, or until the signal is aborted. */
async function until(
  promise: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([promise, aborted]);
  signal.removeEventListener("abort", stop);
}

/** The log has no tokens, by which somebody else could take a session over. */
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
