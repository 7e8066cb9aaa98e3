import type { LeaveReason } from "../../../chat/room/leave_reason.ts";
import type { Delivery } from "../../../chat/room/chat_message.ts";
import type {
  ChatEntry,
  EntryPlace,
} from "../../../chat/room/log/_chat_entry.ts";
import type { EntryLog } from "../../../chat/room/log/_entry_log.ts";

/** A state of a chat that only knows connections and texts. */
export class ToyReplica {
  readonly log: EntryLog;
  readonly recalled: [text: string, id: number][] = [];
  readonly ticks: number[] = [];
  /** All texts, with their ids. */
  texts: [text: string, id: number][] = [];
  #connections: [server: string, connection: number][] = [];
  #skipped: [first: number, last: number][] = [];
  #isShutDown = false;

  constructor(log: EntryLog) {
    this.log = log;
  }

  apply(entry: ChatEntry, { origin, id, now }: EntryPlace): Delivery[] {
    switch (entry.type) {
      case "enter":
        this.#connections.push([origin, entry.connection]);
        return [];
      case "depart":
        this.#connections = this.#connections.filter(([server, connection]) =>
          server !== entry.server || connection !== entry.departs
        );
        return [];
      case "said": {
        this.texts.push([entry.text, id]);
        const to = this.connectionsAt(this.log.origin);
        const message = {
          type: "notice",
          time: now,
          text: entry.text,
        } as const;
        return [{ to, message }];
      }
      default:
        return [];
    }
  }

  noteSkipped(first: number, last: number): void {
    this.#skipped.push([first, last]);
  }

  recall(entry: ChatEntry, id: number): void {
    if (this.#skipped.some(([first, last]) => first <= id && id <= last)) {
      return;
    }
    if (entry.type === "said") this.recalled.push([entry.text, id]);
  }

  tick(now: number): Delivery[] {
    this.ticks.push(now);
    return [];
  }

  bury(server: string, now: number): Delivery[] {
    return this.#depart(server, "lost", now);
  }

  shutdown(now: number): Delivery[] {
    const to = this.connectionsAt(this.log.origin);
    this.#depart(this.log.origin, "shutdown", now);
    if (to.length === 0 || this.#isShutDown) return [];
    this.#isShutDown = true;
    const message = { type: "goodbye", time: now, reason: "shutdown" } as const;
    return [{ to, message }];
  }

  save(): unknown {
    return {
      texts: this.texts,
      connections: this.#connections,
      skipped: this.#skipped,
    };
  }

  restore(state: unknown): void {
    const saved = structuredClone(state) as {
      texts: ToyReplica["texts"];
      connections: [server: string, connection: number][];
      skipped: [first: number, last: number][];
    };
    this.#skipped = saved.skipped;
    this.texts = saved.texts;
    this.#connections = saved.connections;
  }

  get servers(): readonly string[] {
    return [...new Set(this.#connections.map(([server]) => server))];
  }

  connectionsAt(server: string): number[] {
    return this.#connections.flatMap(([name, connection]) =>
      name === server ? [connection] : []
    );
  }

  #depart(server: string, reason: LeaveReason, now: number): Delivery[] {
    return this.connectionsAt(server).flatMap((departs) =>
      this.log.propose({ type: "depart", time: now, server, departs, reason })
    );
  }
}
