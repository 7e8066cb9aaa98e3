/**
 * A lease, which shows the other servers of a cluster that its server runs; see
 * {@linkcode ChatLog}.
 *
 * @example Usage
 * ```ts
 * import type { ChatLease } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const { promise: lost, resolve } = Promise.withResolvers<void>();
 * const lease: ChatLease = { lost, release: () => Promise.resolve() };
 * resolve(); // such as when the process has not run for too long
 * assertEquals(await lease.lost, undefined);
 * ```
 */
export interface ChatLease {
  /**
   * Resolves when the lease has ended without `release()`: the process did not run
   * for longer than the lease lasts, or another process has taken the lease. The
   * server must then leave the cluster.
   *
   * An outage of the log alone does not end a lease: whether a server is out of the
   * cluster is decided by the entries of the log.
   */
  readonly lost: Promise<void>;
  /** Ends the lease. If the log can't be reached, it lapses later. */
  release(): Promise<void>;
}

/**
 * A saved state of the servers of a cluster, for {@linkcode ChatLog}.
 *
 * @example Usage
 * ```ts
 * import type { ChatSnapshot } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const snapshot: ChatSnapshot = { sequence: 7, data: new Uint8Array(2) };
 * assertEquals(snapshot.sequence, 7);
 * ```
 */
export interface ChatSnapshot {
  /** The sequence number of the last batch in it. */
  readonly sequence: number;
  /** The state. */
  readonly data: Uint8Array;
}

/**
 * The ordered log that the servers of a cluster share. To the log, a batch is bytes.
 *
 * All promises reject when the log can't be reached, some at once and others after a
 * limit of the log; the caller tries again. They reject with `ClosedError` once the
 * log is closed. {@linkcode natsLog} makes one for servers on several machines.
 *
 * @example A log for two servers in one process, such as in a test
 * ```ts
 * import { ChatClient, type ChatLog, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const log = memoryLog();
 * const [tcp, limits] = [{ port: 0 }, { timeout: 5000 }];
 * await using east = serveChat({ tcp, cluster: { log, name: "east" } });
 * await using west = serveChat({ tcp, cluster: { log, name: "west" } });
 * await using alice = new ChatClient(`127.0.0.1:${east.tcpAddr.port}`, {
 *   nickname: "alice",
 * });
 * await alice.connect(limits);
 * await using bob = new ChatClient(`127.0.0.1:${west.tcpAddr.port}`, {
 *   nickname: "bob",
 * });
 * await bob.connect(limits);
 * const users = await bob.users("lobby", limits);
 * assertEquals(users.map(({ nickname }) => nickname), ["alice", "bob"]);
 *
 * function memoryLog(): ChatLog {
 *   const batches: Uint8Array[] = [];
 *   const ids = new Set<string>();
 *   const leases = new Set<string>();
 *   const appended = new EventTarget();
 *   return {
 *     epoch: crypto.randomUUID(),
 *     maxBatchBytes: 500_000,
 *     isConnected: true,
 *     append(batch, id) {
 *       if (!ids.has(id)) batches.push(batch.slice());
 *       ids.add(id);
 *       appended.dispatchEvent(new Event("batch"));
 *       return Promise.resolve();
 *     },
 *     async read(after, take, signal) {
 *       for (let sequence = after; !signal.aborted;) {
 *         if (sequence < batches.length) {
 *           take(sequence + 1, batches[sequence++].slice());
 *           continue;
 *         }
 *         await new Promise<Event>((resolve) => {
 *           appended.addEventListener("batch", resolve, { once: true });
 *           signal.addEventListener("abort", resolve, { once: true });
 *         });
 *       }
 *     },
 *     end: () => Promise.resolve(batches.length),
 *     first: () => Promise.resolve(1),
 *     trim: () => Promise.resolve(),
 *     lease(server) {
 *       leases.add(server);
 *       return Promise.resolve({
 *         lost: new Promise<void>(() => {}),
 *         release: () => Promise.resolve(void leases.delete(server)),
 *       });
 *     },
 *     servers: () => Promise.resolve([...leases]),
 *     loadSnapshots: () => Promise.resolve([]),
 *     saveSnapshot: () => Promise.resolve(false),
 *     close: () => Promise.resolve(),
 *   };
 * }
 * ```
 */
export interface ChatLog {
  /** Names this log: a log that was created anew has another epoch. */
  readonly epoch: string;
  /** The most bytes of a batch. */
  readonly maxBatchBytes: number;
  /** Whether the log can be reached now, as far as is known. */
  readonly isConnected: boolean;
  /**
   * Stores a batch at the end, at least once: after a rejection it may be stored, or
   * be stored soon. A second batch with the same id, within minutes, is dropped. So
   * one that was rejected is appended again, before any other of its server.
   *
   * The batch is copied. It rejects with `RangeError` if it is larger than
   * `maxBatchBytes`.
   */
  append(batch: Uint8Array, id: string): Promise<void>;
  /**
   * Passes on all batches after a sequence number, in order and each once, also
   * those that are appended later, until the signal is aborted. Then it resolves.
   *
   * While the log can't be reached, it waits. It rejects if the log was deleted or
   * created anew, if it ends before `after`, if batches after `after` have been
   * removed, and with an error of `take`. A batch belongs to `take`.
   */
  read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** The sequence number of the last batch that was stored; 0 if there is none. */
  end(): Promise<number>;
  /** The sequence number of the first batch that is kept, or of the next one. */
  first(): Promise<number>;
  /** Removes all batches before a sequence number. */
  trim(before: number): Promise<void>;
  /**
   * Takes a lease, and renews it until it is released or lost, or the log is closed:
   * then it lapses. It rejects if a process has the lease of that server.
   *
   * @param server Names of letters, digits, `-` and `_`, with `.` between them.
   */
  lease(server: string): Promise<ChatLease>;
  /**
   * The servers that have a lease. A server that is not among them could not renew
   * its lease, though the log was there: after an outage, this waits until all could.
   */
  servers(): Promise<readonly string[]>;
  /** The saved states of this log, at most two, the latest first. */
  loadSnapshots(): Promise<readonly ChatSnapshot[]>;
  /**
   * Saves a state in place of the older one, unless there is one of this sequence
   * number or a later one. The state is copied. After a rejection it may be saved.
   *
   * @returns Whether it was saved.
   */
  saveSnapshot(snapshot: ChatSnapshot): Promise<boolean>;
  /** Ends all that the log does. The connection to the broker is the caller's. */
  close(): Promise<void>;
}
