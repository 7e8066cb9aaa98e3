import type {
  ChatLease,
  ChatLog,
  ChatSnapshot,
} from "../../../chat/cluster/chat_log.ts";

/** A log in memory, which fails when it is told to. */
export class MemoryLog implements ChatLog {
  readonly epoch = "first";
  readonly maxBatchBytes = 100_000;
  /** Whether calls reject, except `read`, which waits. */
  isDown = false;
  /** How many appends are stored and then reject. */
  lostAcks = 0;
  /** The batches that are kept, by sequence number. */
  readonly batches = new Map<number, Uint8Array>();
  /** The ends of leases by server. */
  readonly leases = new Map<string, () => void>();
  snapshots: ChatSnapshot[] = [];
  readonly #ids = new Set<string>();
  #end = 0;
  #first = 1;
  /** Rejects all reads. */
  #broken = Promise.withResolvers<never>();
  #changed = Promise.withResolvers<void>();

  constructor() {
    this.#broken.promise.catch(() => {});
  }

  get isConnected(): boolean {
    return !this.isDown;
  }

  /** Makes all reads reject. */
  break(error: Error): void {
    this.#broken.reject(error);
  }

  async append(batch: Uint8Array, id: string): Promise<void> {
    await this.#reach();
    if (!this.#ids.has(id)) {
      this.#ids.add(id);
      this.batches.set(++this.#end, batch.slice());
      this.#change();
    }
    if (this.lostAcks === 0) return;
    this.lostAcks--;
    throw new Error("The acknowledgement was lost");
  }

  async read(
    after: number,
    take: (sequence: number, batch: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (after + 1 < this.#first) throw new Error("These batches were trimmed");
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    let position = after;
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      while (position < this.#end && !signal.aborted) {
        position++;
        take(position, this.batches.get(position) ?? new Uint8Array());
      }
      await Promise.race([changed, aborted, this.#broken.promise]);
    }
  }

  async end(): Promise<number> {
    await this.#reach();
    return this.#end;
  }

  async first(): Promise<number> {
    await this.#reach();
    return this.#first;
  }

  async trim(before: number): Promise<void> {
    await this.#reach();
    for (; this.#first < before; this.#first++) {
      this.batches.delete(this.#first);
    }
  }

  async lease(server: string): Promise<ChatLease> {
    await this.#reach();
    const { promise: lost, resolve } = Promise.withResolvers<void>();
    this.leases.set(server, resolve);
    const release = () => {
      this.leases.delete(server);
      return Promise.resolve();
    };
    return { lost, release };
  }

  async servers(): Promise<readonly string[]> {
    await this.#reach();
    return [...this.leases.keys()];
  }

  async loadSnapshots(): Promise<readonly ChatSnapshot[]> {
    await this.#reach();
    return this.snapshots;
  }

  async saveSnapshot(snapshot: ChatSnapshot): Promise<boolean> {
    await this.#reach();
    if ((this.snapshots[0]?.sequence ?? 0) >= snapshot.sequence) return false;
    this.snapshots = [snapshot, ...this.snapshots.slice(0, 1)];
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #reach(): Promise<void> {
    return this.isDown
      ? Promise.reject(new Error("The log can't be reached"))
      : Promise.resolve();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
