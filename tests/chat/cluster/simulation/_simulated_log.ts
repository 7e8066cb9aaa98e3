import { decodeBatch, entryId } from "../../../../chat/cluster/_batch.ts";
import type { ChatSnapshot } from "../../../../chat/cluster/chat_log.ts";

/** Milliseconds in which the log drops a batch with the id of another. */
const DEDUPLICATION = 2_000;

/** A batch of the log. */
export interface StoredBatch {
  readonly bytes: Uint8Array;
  readonly origin: string;
  /** Whether it may not change who is where: its server was dead before. */
  readonly isLate: boolean;
}

/** What the servers of a simulated cluster share. */
export class SimulatedLog {
  readonly batches: StoredBatch[] = [];
  /** When the leases end, by origin. */
  readonly leases = new Map<string, number>();
  snapshots: ChatSnapshot[] = [];
  /** The recipients of private texts, by the id of the entry. */
  readonly recipients = new Map<number, number>();
  /** Private texts that were sent again to another user with the same nickname. */
  readonly redirected = new Set<string>();
  /** The sequence number of the first batch that is kept. */
  first = 1;
  readonly #ids = new Map<string, number>();
  readonly #gone = new Set<string>();
  /** The first recipients of private texts. */
  readonly #addressed = new Map<string, number>();

  /** The sequence number of the last batch. */
  get end(): number {
    return this.batches.length;
  }

  /** Stores a batch, unless one with this id was stored just before. */
  store(id: string, bytes: Uint8Array, now: number): void {
    const before = this.#ids.get(id);
    if (before !== undefined && now - before < DEDUPLICATION) return;
    this.#ids.set(id, now);
    const { origin, entries } = decodeBatch(bytes);
    // Sessions end by themselves, whichever server says so.
    const isLate = this.#gone.has(origin) &&
      entries.every(({ type }) => type !== "expire");
    this.batches.push({ bytes, origin, isLate });
    for (const [index, entry] of entries.entries()) {
      if (entry.type === "gone") this.#gone.add(entry.server);
      if (entry.type === "private") {
        const { text, to: { id } } = entry;
        this.recipients.set(entryId(this.end, index), id);
        const first = this.#addressed.get(text) ?? id;
        this.#addressed.set(text, first);
        if (first !== id) this.redirected.add(text);
      }
    }
  }

  /** The servers with a lease. */
  alive(now: number): string[] {
    return [...this.leases].flatMap(([origin, end]) =>
      end > now ? [origin] : []
    );
  }

  /** Saves a snapshot, unless there is a later one. */
  save(snapshot: ChatSnapshot): boolean {
    if ((this.snapshots[0]?.sequence ?? 0) >= snapshot.sequence) return false;
    this.snapshots = [snapshot, ...this.snapshots.slice(0, 1)];
    return true;
  }
}
