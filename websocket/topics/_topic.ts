import { SlotMap } from "../../internal/slot_map.ts";
import type { MessageSender } from "../engine/_message_sender.ts";
import type { Broadcast } from "../frame/_broadcast.ts";

/** A connection that has subscribed, and its topics. */
export class Subscriber<C> {
  static #count = 0;

  /** Tells it from all others. */
  readonly id: number = ++Subscriber.#count;
  /** The connection. */
  readonly conn: C;
  /** Sends to it. */
  readonly sender: MessageSender;
  /** Its topics by name. */
  readonly topics: Map<string, Topic<C>> = new Map();

  constructor(conn: C, sender: MessageSender) {
    this.conn = conn;
    this.sender = sender;
  }
}

/** A topic that has subscribers. */
export class Topic<C> {
  readonly #subscribers = new SlotMap<number, Subscriber<C>>();

  /** Ends its subscription at the broker, if it has one. */
  stop: (() => void) | undefined;

  /** How many connections have subscribed. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a subscriber. */
  add(subscriber: Subscriber<C>): void {
    this.#subscribers.set(subscriber.id, subscriber);
  }

  /** Removes a subscriber. */
  delete(subscriber: Subscriber<C>): void {
    this.#subscribers.delete(subscriber.id);
  }

  /** Sends a message to all but some, and returns to how many. */
  send(message: Broadcast, except: ReadonlySet<C> | undefined): number {
    let count = 0;
    this.#subscribers.each((subscriber) => {
      if (except?.has(subscriber.conn)) return;
      if (subscriber.sender.sendCopy(message)) count++;
    });
    return count;
  }
}
