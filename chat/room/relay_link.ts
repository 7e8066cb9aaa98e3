import type { Delivery } from "./chat_message.ts";
import type { ChatRoom } from "./chat_room.ts";
import type { Relay } from "./relay.ts";

/**
 * Options for {@linkcode RelayLink}.
 *
 * @example Usage
 * ```ts
 * import {
 *   ChatRoom,
 *   InProcessRelay,
 *   RelayLink,
 *   type RelayLinkOptions,
 * } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: RelayLinkOptions = {
 *   relay: new InProcessRelay(),
 *   origin: "east",
 *   deliver: () => {},
 * };
 * using link = new RelayLink(new ChatRoom(), options);
 * assertEquals(link.origin, "east");
 * ```
 */
export interface RelayLinkOptions {
  /** The relay. */
  relay: Relay;
  /**
   * The unique name of this server on the relay: a random UUID by default.
   */
  origin?: string;
  /**
   * Sends one message to users of this server, ignoring those who have left. It must
   * not throw.
   */
  deliver: (delivery: Delivery) => void;
}

/**
 * Connects a room to the rooms of the same name on other servers: messages are
 * delivered to local users first and then published; messages of other servers are
 * delivered here and not published again.
 *
 * All deliveries of the room go through the link, one after the other. If `deliver`
 * causes more of them (it disconnects a user whose queue is full), those wait until
 * the earlier ones are done.
 *
 * @example Usage
 * ```ts
 * import {
 *   ChatRoom,
 *   type Delivery,
 *   InProcessRelay,
 *   RelayLink,
 * } from "@vnet/net/chat";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const relay = new InProcessRelay();
 * const east = new ChatRoom();
 * using eastLink = new RelayLink(east, { relay, deliver: () => {} });
 * const west = new ChatRoom();
 * const seen: Delivery[] = [];
 * using westLink = new RelayLink(west, {
 *   relay,
 *   deliver: (delivery) => seen.push(delivery),
 * });
 *
 * const bob = west.join("192.0.2.2:50000", 0).id;
 * westLink.send(west.line(bob, "bob", 1));
 * const alice = east.join("192.0.2.1:50000", 2).id;
 * eastLink.send(east.line(alice, "alice", 3));
 *
 * assertObjectMatch(seen[2], {
 *   to: [bob],
 *   message: {
 *     type: "joined",
 *     user: { nickname: "alice", origin: eastLink.origin },
 *   },
 * });
 * ```
 */
export class RelayLink implements Disposable {
  /**
   * The name of this server on the relay.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom, InProcessRelay, RelayLink } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * using link = new RelayLink(new ChatRoom(), {
   *   relay: new InProcessRelay(),
   *   origin: "east",
   *   deliver: () => {},
   * });
   * assertEquals(link.origin, "east");
   * ```
   */
  readonly origin: string;
  readonly #relay: Relay;
  readonly #deliver: (delivery: Delivery) => void;
  readonly #unsubscribe: () => void;
  readonly #waiting: (readonly Delivery[])[] = [];
  #busy = false;

  /**
   * Connects a room until the link is closed.
   *
   * @param room The room.
   * @param options The relay, and how to deliver.
   */
  constructor(room: ChatRoom, options: RelayLinkOptions) {
    const { relay, origin = crypto.randomUUID(), deliver } = options;
    this.origin = origin;
    this.#relay = relay;
    this.#deliver = deliver;
    this.#unsubscribe = relay.subscribe((envelope) => {
      if (envelope.origin === origin) return;
      this.send(room.receive(envelope.message, envelope.origin));
    });
  }

  /**
   * Delivers the deliveries of a call to the room, and publishes those for the whole
   * room.
   *
   * @param deliveries The deliveries, in the order that the room returned.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom, InProcessRelay, RelayLink } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const types: string[] = [];
   * const room = new ChatRoom();
   * using link = new RelayLink(room, {
   *   relay: new InProcessRelay(),
   *   deliver: ({ message }) => types.push(message.type),
   * });
   * link.send(room.join("192.0.2.1:50000", 0).deliveries);
   * assertEquals(types, ["greeting", "nickname-request"]);
   * ```
   */
  send(deliveries: readonly Delivery[]): void {
    this.#waiting.push(deliveries);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        for (const delivery of next) {
          if (delivery.to.length > 0) this.#deliver(delivery);
        }
        for (const delivery of next) {
          if (!delivery.publish) continue;
          this.#relay.publish({
            origin: this.origin,
            message: delivery.message,
          });
        }
      }
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Stops receiving messages from the relay. Deliveries are still sent and
   * published. It may be called again.
   *
   * @example Usage
   * ```ts
   * import { ChatRoom, InProcessRelay, RelayLink } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const link = new RelayLink(new ChatRoom(), {
   *   relay: new InProcessRelay(),
   *   deliver: () => {},
   * });
   * link.close();
   * assertEquals(link.close(), undefined);
   * ```
   */
  close(): void {
    this.#unsubscribe();
  }

  /** Closes the link. */
  [Symbol.dispose](): void {
    this.close();
  }
}
