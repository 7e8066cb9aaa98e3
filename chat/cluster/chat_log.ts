/** A lease, which shows the other servers of a cluster that its server lives. */
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

/** A saved state of the servers of a cluster. */
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
 * log is closed.
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
