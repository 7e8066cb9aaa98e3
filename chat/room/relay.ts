import type { RoomMessage } from "./chat_message.ts";

/**
 * A message for the rooms of other servers.
 *
 * @example Usage
 * ```ts
 * import { InProcessRelay, type RelayEnvelope } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const relay = new InProcessRelay();
 * const seen: RelayEnvelope[] = [];
 * relay.subscribe((envelope) => seen.push(envelope));
 * const envelope: RelayEnvelope = {
 *   origin: "east",
 *   message: {
 *     id: 1,
 *     time: 0,
 *     room: "lobby",
 *     type: "joined",
 *     user: { id: 1, nickname: "alice" },
 *   },
 * };
 * relay.publish(envelope);
 * assertEquals(seen, [envelope]);
 * ```
 */
export interface RelayEnvelope {
  /** The server that published it, which ignores it. */
  readonly origin: string;
  /** The message, with the ids of that server. */
  readonly message: RoomMessage;
}

/**
 * Carries messages between servers with the same rooms. A relay keeps the order of
 * the messages of one server. It may return a server's own messages to it, which
 * the server ignores.
 *
 * @example Usage
 * ```ts
 * import { InProcessRelay, type Relay } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const relay: Relay = new InProcessRelay();
 * const unsubscribe = relay.subscribe(() => {});
 * assertEquals(unsubscribe(), undefined);
 * ```
 */
export interface Relay {
  /** Publishes a message. It must not throw: a relay handles its own failures. */
  publish(envelope: RelayEnvelope): void;
  /** Calls the listener for each message until the returned function is called. */
  subscribe(listener: (envelope: RelayEnvelope) => void): () => void;
}

/**
 * A relay for rooms of one process. With a single room it does nothing: that is the
 * default.
 *
 * @example Usage
 * ```ts
 * import { InProcessRelay } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const relay = new InProcessRelay();
 * let calls = 0;
 * const unsubscribe = relay.subscribe(() => calls++);
 * unsubscribe();
 * relay.publish({
 *   origin: "east",
 *   message: {
 *     id: 1,
 *     time: 0,
 *     room: "lobby",
 *     type: "joined",
 *     user: { id: 1, nickname: "alice" },
 *   },
 * });
 * assertEquals(calls, 0);
 * ```
 */
export class InProcessRelay implements Relay {
  readonly #listeners = new Set<(envelope: RelayEnvelope) => void>();

  /**
   * Calls all listeners with a message before it returns.
   *
   * @param envelope The message.
   *
   * @example Usage
   * ```ts
   * import { InProcessRelay } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const relay = new InProcessRelay();
   * const nicknames: string[] = [];
   * relay.subscribe(({ message }) => nicknames.push(message.user.nickname));
   * relay.publish({
   *   origin: "east",
   *   message: {
   *     id: 1,
   *     time: 0,
   *     room: "lobby",
   *     type: "joined",
   *     user: { id: 1, nickname: "alice" },
   *   },
   * });
   * assertEquals(nicknames, ["alice"]);
   * ```
   */
  publish(envelope: RelayEnvelope): void {
    for (const listener of [...this.#listeners]) listener(envelope);
  }

  /**
   * Adds a listener.
   *
   * @param listener Called with each message.
   * @returns A function that removes the listener.
   *
   * @example Usage
   * ```ts
   * import { InProcessRelay } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const unsubscribe = new InProcessRelay().subscribe(() => {});
   * assertEquals(typeof unsubscribe, "function");
   * ```
   */
  subscribe(listener: (envelope: RelayEnvelope) => void): () => void {
    // A new function, so that each subscription counts.
    const own = (envelope: RelayEnvelope) => listener(envelope);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
