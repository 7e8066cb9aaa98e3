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
  #connections: [home: string, connection: number][] = [];

  constructor(log: EntryLog) {
    this.log = log;
  }

  apply(entry: ChatEntry, { origin, id, now }: EntryPlace): Delivery[] {
    switch (entry.type) {
      case "enter":
        this.#connections.push([origin, entry.connection]);
        return [];
      case "depart":
        this.#connections = this.#connections.filter(([home, connection]) =>
          home !== entry.home || connection !== entry.departs
        );
        return [];
      case "said": {
        this.texts.push([entry.text, id]);
        const to = [...this.connectionsByServer().get(this.log.origin) ?? []];
        const message = {
          type: "notice",
          time: now,
          text: entry.text,
        } as const;
        return [{ to, message, publish: false }];
      }
      default:
        return [];
    }
  }

  recall(entry: ChatEntry, id: number): void {
    if (entry.type === "said") this.recalled.push([entry.text, id]);
  }

  tick(now: number): Delivery[] {
    this.ticks.push(now);
    return [];
  }

  shutdown(now: number): Delivery[] {
    for (const [home, departs] of this.#connections) {
      if (home !== this.log.origin) continue;
      const reason = "shutdown";
      this.log.propose({ type: "depart", time: now, home, departs, reason });
    }
    return [];
  }

  save(): unknown {
    return { texts: this.texts, connections: this.#connections };
  }

  restore(state: unknown): void {
    const saved = structuredClone(state) as {
      texts: ToyReplica["texts"];
      connections: [home: string, connection: number][];
    };
    this.texts = saved.texts;
    this.#connections = saved.connections;
  }

  connectionsByServer(): Map<string, number[]> {
    const connections = new Map<string, number[]>();
    for (const [home, connection] of this.#connections) {
      const others = connections.get(home);
      if (others === undefined) connections.set(home, [connection]);
      else others.push(connection);
    }
    return connections;
  }
}
