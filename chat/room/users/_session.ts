import { dropOldest } from "../../_drop_oldest.ts";

/** The most requests that a session remembers. */
const MAX_RECEIPTS = 64;

/** The message that came of a request. */
export interface Receipt {
  readonly id: number;
  /** In milliseconds since the epoch. */
  readonly time: number;
}

/** The state of a user that outlives a lost connection. */
export class Session {
  /** The keys of the secrets that resume the session: one for each device. */
  readonly keys: string[];
  readonly #receipts = new Map<string, Receipt>();

  constructor(keys: readonly string[]) {
    this.keys = [...keys];
  }

  /** The last requests by their `ref`, the oldest first. */
  get receipts(): ReadonlyMap<string, Receipt> {
    return this.#receipts;
  }

  /** Remembers the outcome of a request, so that it is not carried out again. */
  remember(ref: string, receipt: Receipt): void {
    this.#receipts.set(ref, receipt);
    dropOldest(this.#receipts, MAX_RECEIPTS);
  }
}
