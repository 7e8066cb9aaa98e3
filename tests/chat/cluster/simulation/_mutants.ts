import {
  decodeBatch,
  encodeBatch,
  encodeEntry,
} from "../../../../chat/cluster/_batch.ts";
import {
  ClusterNode,
  type ClusterReplica,
} from "../../../../chat/cluster/_cluster_node.ts";
import { RoomReplica } from "../../../../chat/room/_room_replica.ts";
import type { Delivery } from "../../../../chat/room/chat_message.ts";
import type {
  ChatEntry,
  EntryPlace,
} from "../../../../chat/room/log/_chat_entry.ts";
import type { ServerParts } from "./_simulated_server.ts";

type Entries = ConstructorParameters<typeof RoomReplica>[1];
type Rules = ConstructorParameters<typeof RoomReplica>[0];

/** Answers those who come back with the history that it had when they asked. */
class HastyReplica extends RoomReplica {
  readonly #origin: string | undefined;
  /** The last id that was applied when a connection asked. */
  readonly #asked = new Map<number, number>();
  #applied = 0;

  constructor(rules: Rules, log: Entries) {
    super(rules, log);
    this.#origin = log?.origin;
  }

  override command(
    ...args: Parameters<RoomReplica["command"]>
  ): Delivery[] {
    const [connection, { type }] = args;
    if (type === "hello") this.#asked.set(connection, this.#applied);
    return super.command(...args);
  }

  override apply(entry: ChatEntry, place: EntryPlace): Delivery[] {
    const deliveries = super.apply(entry, place);
    this.#applied = place.id;
    if (entry.type !== "enter" || place.origin !== this.#origin) {
      return deliveries;
    }
    const asked = this.#asked.get(entry.connection) ?? 0;
    return deliveries.map((delivery) => {
      const { to, message } = delivery;
      if (message.type !== "entered") return delivery;
      const history = message.history.filter(({ id }) => id <= asked);
      return { to, message: { ...message, history } };
    });
  }
}

/** Does not know a request that is repeated. */
class ForgetfulNode<R extends ClusterReplica> extends ClusterNode<R> {
  #count = 0;

  override propose(entry: ChatEntry): Delivery[] {
    const { ref } = entry;
    return super.propose(
      ref === undefined ? entry : { ...entry, ref: `${ref}~${this.#count++}` },
    );
  }

  override take(...args: Parameters<ClusterNode<R>["take"]>): Delivery[] {
    return super.take(...args).map((delivery) => {
      const { to, message } = delivery;
      if (!("ref" in message) || message.ref === undefined) return delivery;
      const [ref] = message.ref.split("~");
      return { to, message: { ...message, ref } } as Delivery;
    });
  }
}

/** Shows nothing of what comes late from a server that was declared dead. */
class FencingReplica extends RoomReplica {
  readonly #gone = new Set<string>();

  override apply(entry: ChatEntry, place: EntryPlace): Delivery[] {
    if (entry.type === "gone") this.#gone.add(entry.server);
    const deliveries = super.apply(entry, place);
    return this.#gone.has(place.origin) ? [] : deliveries;
  }
}

/** Recalls what was dropped when it was applied. */
class ForgivingReplica extends RoomReplica {
  override noteSkipped(): void {}
}

/** Makes all batches look new, those that are stored twice too. */
function renumber(sequence: number, bytes: Uint8Array): Uint8Array {
  const { origin, entries } = decodeBatch(bytes);
  return encodeBatch(origin, sequence, entries.map(encodeEntry));
}

/** Servers that break one rule each, by the rule. */
export const MUTANTS: Readonly<Record<string, Partial<ServerParts>>> = {
  "a resume waits for what was stored before it": { Replica: HastyReplica },
  "a repeated request is carried out once": { Node: ForgetfulNode },
  "a batch waits until the one before is stored": { sendsAhead: true },
  "messages of a server that was declared dead count": {
    Replica: FencingReplica,
  },
  "a batch that is stored twice is applied once": { pass: renumber },
  "what was dropped as late is not recalled": { Replica: ForgivingReplica },
};
