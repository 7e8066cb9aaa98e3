import type { ClientMessage } from "../../protocol/_client_messages.ts";
import { type Outcome, PendingRequest } from "./_pending_request.ts";

/**
 * The most requests under way: a server remembers so many, to know those that
 * are repeated.
 */
const MAX_IN_FLIGHT = 64;

type RequestType = ClientMessage["type"];

/** Requests that may go out before there is a nickname. */
const EARLY: ReadonlySet<RequestType> = new Set<RequestType>([
  ...["nick", "line", "ping", "quit"] as const,
]);

/**
 * Requests that do no harm if they are carried out twice, in another session too.
 * Others fail if it is unknown whether they were carried out.
 */
const HARMLESS: ReadonlySet<RequestType> = new Set<RequestType>([
  ...["rooms", "users", "history", "search", "ping"] as const,
  ...["join", "nick", "operator", "link", "quit"] as const,
]);

/** Requests that may be sent again in the same session. */
const REPEATABLE: ReadonlySet<RequestType> = new Set<RequestType>([
  ...HARMLESS,
  ...["say", "me", "msg", "topic", "edit"] as const,
  ...["ignore", "unignore", "lock", "unlock", "invite"] as const,
]);

/** The state of a request that an earlier queue has left. */
export interface EarlierRequest {
  readonly ref?: string | undefined;
  /** Whether it was sent. */
  readonly wasSent?: boolean | undefined;
}

/**
 * The requests of a session that have no answer yet, in their order. It outlives
 * connections: requests that were not answered on one are sent on the next.
 */
export class RequestQueue {
  readonly #pending = new Map<string, PendingRequest>();
  /** Refs of the joins that precede all other requests. */
  readonly #entering = new Set<string>();
  readonly #refPrefix: string;
  /** The number of this connection; none has 0. */
  #connection = 1;
  #inFlight = 0;
  #lastRef = 0;

  /** @param refPrefix The start of all refs. */
  constructor(refPrefix: string) {
    this.#refPrefix = refPrefix;
  }

  /** How many requests have no answer yet. */
  get count(): number {
    let count = 0;
    for (const { isWithdrawn } of this.#pending.values()) {
      if (!isWithdrawn) count++;
    }
    return count;
  }

  /** Whether joins precede all other requests. */
  get isEntering(): boolean {
    return this.#entering.size > 0;
  }

  /** Whether a request is one of these joins. */
  enters(ref = ""): boolean {
    return this.#entering.has(ref);
  }

  add(
    request: ClientMessage,
    onSettled: (outcome: Outcome) => void = () => {},
    { ref = this.#refPrefix + ++this.#lastRef, wasSent }: EarlierRequest = {},
  ): PendingRequest {
    const sentOn = wasSent ? -1 : 0;
    const pending = new PendingRequest(ref, request, onSettled, sentOn);
    this.#pending.set(ref, pending);
    return pending;
  }

  /**
   * Withdraws a request. It is not sent any more; one that is under way keeps its
   * place until its answer has come, which is ignored.
   */
  withdraw(pending: PendingRequest): void {
    pending.isWithdrawn = true;
    if (!this.isUnderWay(pending)) this.#pending.delete(pending.ref);
  }

  /** Whether a request was sent on this connection. */
  isUnderWay({ sentOn }: PendingRequest): boolean {
    return sentOn === this.#connection;
  }

  /** Notes the end of a connection. */
  lose(): void {
    this.#connection++;
    this.#inFlight = 0;
    for (const [ref, { isWithdrawn }] of this.#pending) {
      if (isWithdrawn) this.#pending.delete(ref);
    }
    this.#giveUp(REPEATABLE);
  }

  /** Begins another session, with joins that precede all other requests. */
  begin(rooms: readonly string[]): void {
    // The server only remembers the requests of its own session.
    this.#giveUp(HARMLESS);
    for (const ref of this.#entering) this.#pending.delete(ref);
    this.#entering.clear();
    for (const room of rooms) {
      this.#entering.add(this.add({ type: "join", room }).ref);
    }
  }

  /** Gives up all requests. */
  fail(code: string, text: string): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    this.#entering.clear();
    for (const pending of all) pending.settle({ refusal: { code, text } });
  }

  /**
   * The next request to send: joins of wanted rooms, then in order.
   *
   * @param isWelcome Whether the user is in the chat.
   */
  next(isWelcome: boolean): PendingRequest | undefined {
    if (this.#inFlight >= MAX_IN_FLIGHT) return undefined;
    if (isWelcome && this.isEntering) return this.#nextWhileEntering();
    for (const pending of this.#pending.values()) {
      if (this.isUnderWay(pending)) continue;
      if (isWelcome || EARLY.has(pending.request.type)) return pending;
    }
    return undefined;
  }

  /** Notes that a request is sent now. */
  markSent(pending: PendingRequest): void {
    pending.isRepeated = pending.sentOn !== 0;
    pending.sentOn = this.#connection;
    this.#inFlight++;
  }

  /** Whether an error means that the request has been carried out. */
  isDone(ref: string | undefined, code: string): boolean {
    if (code === "nickname-unchanged") return true;
    const pending = this.#pending.get(ref ?? "");
    if (pending === undefined || code !== "no-such-message") return false;
    // The message was deleted by the request that the connection was lost with.
    const { request, isRepeated } = pending;
    return isRepeated && request.type === "edit" && request.text === "";
  }

  /**
   * Lets a request be sent again that the server could not take now.
   *
   * @returns Whether that is possible.
   */
  postpone(ref: string | undefined): boolean {
    const pending = this.#pending.get(ref ?? "");
    if (pending === undefined || !REPEATABLE.has(pending.request.type)) {
      return false;
    }
    if (this.isUnderWay(pending)) this.#inFlight--;
    pending.sentOn = -1;
    return true;
  }

  /** Settles the request with a ref, and returns it. */
  settle(
    ref: string | undefined,
    outcome: Outcome,
  ): PendingRequest | undefined {
    const pending = this.#pending.get(ref ?? "");
    if (ref === undefined || pending === undefined) return undefined;
    this.#pending.delete(ref);
    this.#entering.delete(ref);
    if (this.isUnderWay(pending)) this.#inFlight--;
    pending.settle(outcome);
    return pending;
  }

  #nextWhileEntering(): PendingRequest | undefined {
    for (const ref of this.#entering) {
      const pending = this.#pending.get(ref);
      if (pending !== undefined && !this.isUnderWay(pending)) return pending;
    }
    // The user can leave even if the server does not answer.
    for (const pending of this.#pending.values()) {
      if (this.isUnderWay(pending)) continue;
      return pending.request.type === "quit" ? pending : undefined;
    }
    return undefined;
  }

  /** Gives up requests sent on earlier connections, except of these types. */
  #giveUp(except: ReadonlySet<RequestType>): void {
    for (const [ref, pending] of this.#pending) {
      if (pending.sentOn === 0 || this.isUnderWay(pending)) continue;
      if (except.has(pending.request.type)) continue;
      this.#pending.delete(ref);
      const text = "the session was lost before its answer";
      pending.settle({ refusal: { code: "lost", text } });
    }
  }
}
