import { callHandler } from "../../_handlers.ts";
import type { ChatMessage } from "../../room/chat_message.ts";
import type { ChatServerEvent } from "../chat_server_event.ts";

type EventParts<E> = E extends ChatServerEvent ? Omit<E, "time"> : never;

/** The most rejections a second that `onEvent` gets. */
const MAX_REFUSALS_TOLD = 20;

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

/** Counts what happens on a server, and passes events to `onEvent`. */
export class Monitor {
  readonly #startedAt = performance.now();
  readonly #onEvent: ((event: ChatServerEvent) => void) | undefined;
  #refusedSince = -Infinity;
  #refusedTold = 0;

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
  /** Bytes received on closed connections. */
  bytesReceived = 0;
  /** Bytes sent on closed connections. */
  bytesSent = 0;

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

  /**
   * Counts a rejected connection; `onEvent` gets at most 20 a second, so that
   * connection attempts can't fill a log.
   */
  refuse(kind: "tcp" | "http", address: string, reason: string): void {
    this.refused.add(reason);
    const now = performance.now();
    if (now - this.#refusedSince >= 1000) {
      this.#refusedSince = now;
      this.#refusedTold = 0;
    }
    if (this.#refusedTold++ >= MAX_REFUSALS_TOLD) return;
    this.tell({ type: "refuse", kind, address, reason });
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
