import type { ChatEntry } from "../room/log/_chat_entry.ts";
import type { Batch } from "./_batch.ts";
import { ServerTable } from "./_server_table.ts";

/**
 * Finds what is new in batches from before a snapshot: not all that was stored was
 * applied then. What has no effect a second time, such as a topic, may come twice.
 */
export class RecalledBatches {
  readonly #servers = new ServerTable();
  /** The requests of users that were found. */
  readonly #requests = new Set<string>();

  /** The entries of a batch that are the first of their kind, with their indexes. */
  *take({ origin, n, entries }: Batch): Generator<[number, ChatEntry]> {
    if (!this.#servers.accept(origin, n)) return;
    for (const [index, entry] of entries.entries()) {
      if (this.#isNew(entry)) yield [index, entry];
    }
  }

  #isNew(entry: ChatEntry): boolean {
    if (entry.ref === undefined) return true;
    switch (entry.type) {
      case "said":
      case "action":
      case "private": {
        const request = `${entry.user.id} ${entry.ref}`;
        const isNew = !this.#requests.has(request);
        this.#requests.add(request);
        return isNew;
      }
      default:
        return true;
    }
  }
}
