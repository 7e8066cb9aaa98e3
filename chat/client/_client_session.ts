import type { ChatClientEvent } from "./chat_client_message.ts";
import type { UserRef } from "../room/chat_message.ts";

/** Something to ask the server for: members as the protocol has them. */
export interface SessionRequest {
  readonly type: string;
  readonly [member: string]: string | number | undefined;
}

/** What came of a request. */
export interface SessionAnswer {
  /** The id of the message that came of it, if the server tells. */
  readonly id?: number | undefined;
  /** When that was. */
  readonly time?: number | undefined;
  /** What the server answered, if not only that it was done. */
  readonly message?: ChatClientEvent | undefined;
}

/** What a client wants of its sessions. */
export interface SessionOptions {
  readonly nickname?: string | undefined;
  /** Rooms to be in, beside the one where everybody begins. */
  readonly rooms?: readonly string[] | undefined;
}

/**
 * A client's side of the protocol, without I/O: messages of the server in, events
 * and messages to the server out. It outlives connections.
 */
export interface ClientSession {
  /** Who the user is, once the nickname is taken. */
  readonly user: UserRef | undefined;
  /** Where what is said without a room goes. */
  readonly room: string | undefined;
  /** The rooms that the user is in. */
  readonly rooms: ReadonlySet<string>;
  /** Whether this connection knows if the user has a nickname. */
  readonly isSettled: boolean;
  /**
   * Whether the user is not yet in all rooms to be in, as far as the server
   * allows. What is said meanwhile waits.
   */
  readonly isEntering: boolean;
  /** How many requests wait for an answer. */
  readonly pendingCount: number;
  /** Begins a connection. */
  open(): void;
  /** Takes a message of the server. */
  receive(message: string): ChatClientEvent[];
  /** Notes the end of a connection. */
  lose(): void;
  /**
   * Asks for something; a request that would do harm twice is not repeated.
   *
   * @param signal Withdraws the request: it is not sent any more, and an answer
   * that is on its way already is nobody else's.
   */
  submit(request: SessionRequest, signal?: AbortSignal): Promise<SessionAnswer>;
  /** The request that goes out next, if one may now. */
  readonly next: SessionRequest | undefined;
  /** Sends the next request. */
  sendNext(): void;
  /** Takes what is to be sent now. */
  takeOutgoing(): string[];
  /** Gives up all requests. */
  fail(error: Error): void;
}

/** A request that has no answer yet. */
export class PendingRequest {
  request: SessionRequest;
  readonly #settled = Promise.withResolvers<SessionAnswer>();
  /** The connection on which it was sent last, 0 for none. */
  sentOn = 0;
  /** Whether nobody waits for the answer any more. */
  isWithdrawn = false;

  constructor(request: SessionRequest) {
    this.request = request;
  }

  get settled(): Promise<SessionAnswer> {
    return this.#settled.promise;
  }

  /** Rejects when a signal aborts, and tells the session. */
  withdrawBy(signal: AbortSignal, onWithdrawn: () => void): void {
    signal.addEventListener("abort", () => {
      this.isWithdrawn = true;
      this.reject(signal.reason);
      onWithdrawn();
    }, { once: true });
  }

  resolve(answer: SessionAnswer): void {
    this.#settled.resolve(answer);
  }

  reject(error: unknown): void {
    // Nobody has to look.
    this.#settled.promise.catch(() => {});
    this.#settled.reject(error);
  }
}

/** How many of some requests are still waited for. */
export function countWaiting(all: Iterable<PendingRequest>): number {
  let count = 0;
  for (const { isWithdrawn } of all) if (!isWithdrawn) count++;
  return count;
}
