import { callHandler } from "../../_handlers.ts";
import { Tally } from "./_tally.ts";
import type { ChatMessage } from "../../room/chat_message.ts";
import type { ChatServerEvent } from "../chat_server_event.ts";

type EventParts<E> = E extends ChatServerEvent ? Omit<E, "time"> : never;

/** How many who are turned away are told of within a second. */
const MAX_REFUSALS_TOLD = 20;

/** Counts what happens on a server, and tells those who watch it. */
export class Monitor {
  readonly #startedAt = performance.now();
  readonly #onEvent: ((event: ChatServerEvent) => void) | undefined;

  #refusedSince = -Infinity;
  #refusedTold = 0;

  /** Connections that were turned away, by reason. */
  readonly refused: Tally = new Tally();
  /** Users who left, by reason. */
  readonly left: Tally = new Tally();
  /** What users wrote, by kind. */
  readonly messages: Tally = new Tally();
  /** What users did not get, by code. */
  readonly errors: Tally = new Tally();
  /** Messages, once for everyone they were sent to. */
  deliveries = 0;
  /** Connections that were let in. */
  accepted = 0;

  constructor(onEvent: ((event: ChatServerEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  /** Seconds since the beginning. */
  get uptime(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether anybody is told of what happens. */
  get isWatched(): boolean {
    return this.#onEvent !== undefined;
  }

  /** Tells of an event. */
  tell(event: EventParts<ChatServerEvent>): void {
    if (this.#onEvent === undefined) return;
    const told = { time: Date.now(), ...event } as ChatServerEvent;
    callHandler("onEvent of serveChat()", this.#onEvent, told);
  }

  /**
   * Counts, and tells of, somebody who was turned away: of 20 a second at most,
   * so that nobody fills a log by knocking at the door.
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

  /** Counts a message that came of what a user sent. */
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
