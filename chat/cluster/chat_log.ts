/**
 * A lease by which the other servers of a cluster know that one lives.
 */
export interface ChatLease {
  /**
   * Resolves when the lease has ended without `release()`: it could not be renewed
   * in time, or somebody else has taken it. The server must then leave.
   */
  readonly lost: Promise<void>;
  /** Ends the lease. */
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
 * The ordered log that the servers of a cluster share. A batch is bytes to it.
 *
 * All promises reject when the log can't be reached; the caller tries again.
 */
export interface ChatLog {
  /** Names this log: a log that was made anew has another epoch. */
  readonly epoch: string;
  /** The most bytes of a batch. */
  readonly maxBatchBytes: number;
  /** Whether the log can be reached now, as far as is known. */
  readonly isConnected: boolean;
  /**
   * Stores a batch at the end, at least once: after a rejection it may be stored.
   * A second batch with the same id, soon after the first, is dropped.
   */
  append(batch: Uint8Array, id: string): Promise<void>;
  /**
   * Passes on all batches after a sequence number, in order and each once, also
   * those that are appended later, until the signal is aborted. Then it resolves.
   * It rejects if the log has ended or is a new one, or if batches after `after`
   * have been trimmed.
   */
  read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** The sequence number of the last batch; 0 if there is none. */
  end(): Promise<number>;
  /** The sequence number of the first batch that is kept, or of the next one. */
  first(): Promise<number>;
  /** Removes all batches before a sequence number. */
  trim(before: number): Promise<void>;
  /** Takes a lease for a server, and renews it until it is released or lost. */
  lease(server: string): Promise<ChatLease>;
  /** The servers that have a lease. */
  servers(): Promise<readonly string[]>;
  /** The saved states, at most two, the latest first. */
  loadSnapshots(): Promise<readonly ChatSnapshot[]>;
  /**
   * Saves a state in place of the older one, unless there is one of this sequence
   * number or a later one.
   *
   * @returns Whether it was saved.
   */
  saveSnapshot(snapshot: ChatSnapshot): Promise<boolean>;
  /** Ends all that the log does. The connection to the broker is the caller's. */
  close(): Promise<void>;
}
