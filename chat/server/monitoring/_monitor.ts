import { callHandler } from "../../_handlers.ts";
import type { OperatorEvent } from "../../room/apply/_operator_event.ts";
import type { ChatMessage } from "../../room/chat_message.ts";
import type { ChatUser } from "../../room/chat_user.ts";
import type { ChatServerEvent } from "../chat_server_event.ts";

type EventParts<E> = E extends ChatServerEvent ? Omit<E, "time"> : never;

/** The most events of one type a second that a peer can cause. */
const MAX_TOLD = 20;

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** Limits events to a number a second, so that peers can't fill a log. */
class EventLimit {
  #since = -Infinity;
  #told = 0;

  /** Whether another event may be told now. */
  take(): boolean {
    const now = performance.now();
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#told = 0;
    }
    return this.#told++ < MAX_TOLD;
  }
}

/** Counts the events of a server, and passes them to `onEvent`. */
export class Monitor {
  readonly #startedAt = performance.now();
  readonly #onEvent: ((event: ChatServerEvent) => void) | undefined;
  readonly #refusals = new EventLimit();
  readonly #wrongTokens = new EventLimit();

  /** Rejected connections, by reason. */
  readonly refused: Tally = new Tally();
  /** Users who left, by reason. */
  readonly left: Tally = new Tally();
  /** Messages that users wrote, by type. */
  readonly messages: Tally = new Tally();
  /** Errors that users got, by code. */
  readonly errors: Tally = new Tally();
  /** Messages, counted once for each recipient. */
  deliveries = 0;
  /** Admitted connections. */
  accepted = 0;

  constructor(onEvent: ((event: ChatServerEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  /** Seconds since the start. */
  get uptime(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether there is an `onEvent`. */
  get isWatched(): boolean {
    return this.#onEvent !== undefined;
  }

  /** Passes an event to `onEvent`. */
  tell(event: EventParts<ChatServerEvent>): void {
    if (this.#onEvent === undefined) return;
    const told = { time: Date.now(), ...event } as ChatServerEvent;
    callHandler("onEvent of serveChat()", this.#onEvent, told);
  }

  /** Counts a rejected connection; `onEvent` gets at most 20 a second. */
  refuse(kind: "tcp" | "http", address: string, reason: string): void {
    this.refused.add(reason);
    if (!this.#refusals.take()) return;
    this.tell({ type: "refuse", kind, address, reason });
  }

  /** Passes an act of an operator to `onEvent`. */
  operatorEvent({ server, by, ...act }: OperatorEvent): void {
    const about = server === "" ? by : { ...by, server };
    this.tell({ type: "operator", ...about, ...act });
  }

  /** Passes a wrong operators' token to `onEvent`, at most 20 a second. */
  wrongToken({ id, nickname, address }: ChatUser): void {
    if (!this.#wrongTokens.take()) return;
    this.tell({ type: "wrong-token", id, nickname, address });
  }

  /** Counts a message that a user's request produced. */
  count(message: ChatMessage): void {
    switch (message.type) {
      case "said":
      case "action":
      case "private":
        this.messages.add(message.type);
        return;
      case "error":
        this.errors.add(message.code);
    }
  }
}
