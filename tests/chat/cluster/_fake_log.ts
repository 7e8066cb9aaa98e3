import type {
  ChatLease,
  ChatLog,
  ChatSnapshot,
} from "../../../chat/cluster/chat_log.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { Notifier } from "../../../internal/wait/notifier.ts";

/** A log in memory, which any number of servers open. It knows no time. */
export class FakeBroker {
  readonly #changes = new Notifier();
  readonly #ids = new Set<string>();
  readonly #leases = new Map<string, FakeLease>();
  #created = 1;

  /** The batches that are kept, by their sequence numbers. */
  readonly batches = new Map<number, Uint8Array>();
  /** The saved states, the latest first. */
  snapshots: readonly ChatSnapshot[] = [];
  /** The sequence number of the last batch. */
  last = 0;
  maxBatchBytes = 512 * 1024;

  /** Names the present log. */
  get epoch(): string {
    return `epoch-${this.#created}`;
  }

  /** The servers that have a lease. */
  get servers(): readonly string[] {
    return [...this.#leases.keys()];
  }

  /** Opens the log for one server. */
  open(): FakeLog {
    return new FakeLog(this);
  }

  /** Resolves when something has changed. */
  changed(): Promise<void> {
    return this.#changes.changed();
  }

  /** Wakes all that wait for a change. */
  notify(): void {
    this.#changes.notify();
  }

  /** Stores a batch, unless there was one with its id. */
  store(batch: Uint8Array, id: string): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.batches.set(++this.last, batch);
    this.notify();
  }

  /** Gives a lease to a server. */
  grant(server: string): ChatLease {
    if (this.#leases.has(server)) {
      throw new Error(`Cannot take a lease for "${server}": it is taken`);
    }
    const lease = new FakeLease(() => {
      if (this.#leases.get(server) === lease) this.#leases.delete(server);
    });
    this.#leases.set(server, lease);
    return lease;
  }

  /** Lets a lease lapse, as that of a server which has died or was paused. */
  expire(server: string): void {
    this.#leases.get(server)?.lose();
    this.#leases.delete(server);
  }

  /** Replaces the log by an empty one. */
  recreate(): void {
    this.#created++;
    this.#ids.clear();
    this.batches.clear();
    this.last = 0;
    this.snapshots = [];
    this.notify();
  }
}

class FakeLease implements ChatLease {
  readonly #remove: () => void;
  readonly #lost = Promise.withResolvers<void>();

  constructor(remove: () => void) {
    this.#remove = remove;
  }

  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  lose(): void {
    this.#lost.resolve();
  }

  release(): Promise<void> {
    this.#remove();
    return Promise.resolve();
  }
}

/** The log as one server has it, with faults on demand. */
export class FakeLog implements ChatLog {
  readonly #broker: FakeBroker;
  readonly #end = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failures = 0;
  #lostAnswers = 0;
  #isHeld = false;

  readonly epoch: string;
  readonly maxBatchBytes: number;
  isConnected = true;

  constructor(broker: FakeBroker) {
    this.#broker = broker;
    this.epoch = broker.epoch;
    this.maxBatchBytes = broker.maxBatchBytes;
  }

  /** Cuts the connection: requests are refused, and reading waits. */
  disconnect(): void {
    this.isConnected = false;
  }

  /** Makes the connection again. */
  reconnect(): void {
    this.isConnected = true;
    this.#broker.notify();
  }

  /** Delays requests and reading until `resume()`. */
  pause(): void {
    this.#isHeld = true;
  }

  /** Lets requests and reading go on. */
  resume(): void {
    this.#isHeld = false;
    this.#broker.notify();
  }

  /** Makes the next request fail, without an effect. */
  failNext(): void {
    this.#failures++;
  }

  /** Makes the next batch be stored, but rejects. */
  loseNextAnswer(): void {
    this.#lostAnswers++;
  }

  append(batch: Uint8Array, id: string): Promise<void> {
    const payload = batch.slice();
    return this.#request(() => {
      if (payload.length > this.maxBatchBytes) {
        throw new RangeError(
          `Cannot append a batch of ${payload.length} bytes: expected at most ${this.maxBatchBytes}`,
        );
      }
      this.#broker.store(payload, id);
      if (this.#lostAnswers === 0) return;
      this.#lostAnswers--;
      throw new Error("Cannot append a batch: the answer was lost");
    });
  }

  async read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const reading = this.#read(after, take, signal);
    this.#running.add(reading);
    try {
      await reading;
    } finally {
      this.#running.delete(reading);
    }
  }

  end(): Promise<number> {
    return this.#request(() => this.#broker.last);
  }

  first(): Promise<number> {
    return this.#request(() => this.#firstKept());
  }

  trim(before: number): Promise<void> {
    return this.#request(() => {
      for (const sequence of this.#broker.batches.keys()) {
        if (sequence < before) this.#broker.batches.delete(sequence);
      }
    });
  }

  lease(server: string): Promise<ChatLease> {
    return this.#request(() => this.#broker.grant(server));
  }

  servers(): Promise<readonly string[]> {
    return this.#request(() => this.#broker.servers);
  }

  loadSnapshots(): Promise<readonly ChatSnapshot[]> {
    return this.#request(() => this.#broker.snapshots);
  }

  saveSnapshot({ sequence, data }: ChatSnapshot): Promise<boolean> {
    const snapshot = { sequence, data: data.slice() };
    return this.#request(() => {
      const [latest] = this.#broker.snapshots;
      if (latest === undefined) this.#broker.snapshots = [snapshot];
      else if (latest.sequence >= sequence) return false;
      else this.#broker.snapshots = [snapshot, latest];
      return true;
    });
  }

  async close(): Promise<void> {
    this.isConnected = false;
    this.#end.abort(new ClosedError("Cannot use the log: it was closed"));
    this.#broker.notify();
    await Promise.allSettled(this.#running);
  }

  #firstKept(): number {
    const [first = this.#broker.last + 1] = this.#broker.batches.keys();
    return first;
  }

  /** Makes a request, once it is not held any more. */
  async #request<T>(answer: () => T): Promise<T> {
    await Promise.resolve();
    while (this.#isHeld && !this.#end.signal.aborted) {
      await this.#broker.changed();
    }
    this.#check();
    if (!this.isConnected) throw new Error("Cannot reach the log");
    if (this.#failures === 0) return answer();
    this.#failures--;
    throw new Error("Cannot use the log: this request was to fail");
  }

  /** Throws if the log is closed, or another one. */
  #check(): void {
    this.#end.signal.throwIfAborted();
    if (this.epoch === this.#broker.epoch) return;
    throw new Error(
      `Cannot use the log of ${this.epoch}: there is that of ${this.#broker.epoch}`,
    );
  }

  async #read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let position = after;
    const wake = () => this.#broker.notify();
    signal.addEventListener("abort", wake);
    try {
      // Batches come later, as from a real log.
      await Promise.resolve();
      while (!signal.aborted) {
        const isOff = this.#isHeld || !this.isConnected;
        if (isOff) this.#end.signal.throwIfAborted();
        else {
          this.#check();
          position = this.#pass(position, take, signal);
        }
        if (!signal.aborted) await this.#broker.changed();
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** Passes on the batches that there are. */
  #pass(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): number {
    const { batches, last } = this.#broker;
    if (after > last) {
      throw new Error(`Cannot read after batch ${after}: the last is ${last}`);
    }
    let position = after;
    while (position < this.#broker.last && !signal.aborted) {
      const batch = batches.get(position + 1);
      if (batch === undefined) {
        throw new Error(`Cannot read batch ${position + 1}: it was removed`);
      }
      if (this.#isHeld || !this.isConnected) break;
      take(++position, batch);
    }
    return position;
  }
}
