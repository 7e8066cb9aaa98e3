import type { ClientMessage } from "../../protocol/_client_messages.ts";
import type { ChatClientMessage } from "../chat_client_message.ts";

/** The longest wait that is obeyed: servers ask for five minutes at most. */
const MAX_WAIT = 10 * 60_000;

/** Refusals of a `hello` that are final for its credentials. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  ...["access-needed", "wrong-password", "wrong-invitation"],
  ...["sign-in-name", "wrong-link"],
]);

/** Refusals of a `hello` that may be said again, after the `subject` in seconds. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  ...["too-many-guesses", "access-busy"],
]);

/** Why a request was refused, or that its outcome is unknown. */
export interface Refusal {
  /** The server's error code; `"lost"` if its answer was lost with the session. */
  readonly code: string;
  readonly subject?: string | undefined;
  /** Why, in English. */
  readonly text: string;
}

/** The answer to a request. */
export interface Answer {
  /** The id of the message that came of it, if the server tells. */
  readonly id?: number | undefined;
  /** The time of that message. */
  readonly time?: number | undefined;
  /** The server's message, unless that is only an `ack`. */
  readonly message?: ChatClientMessage | undefined;
}

/** How a request has ended. */
export type Outcome =
  | { readonly answer: Answer; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly answer?: undefined };

/** A request that has no answer yet. */
export class PendingRequest {
  /** The connection on which it was sent last; 0 if it never was. */
  sentOn: number;
  /** Whether it was sent on an earlier connection, too. */
  isRepeated = false;
  /** Whether the caller has given up the request. */
  isWithdrawn = false;
  request: ClientMessage;
  readonly ref: string;
  readonly #onSettled: (outcome: Outcome) => void;

  constructor(
    ref: string,
    request: ClientMessage,
    onSettled: (outcome: Outcome) => void,
    sentOn: number,
  ) {
    this.ref = ref;
    this.request = request;
    this.#onSettled = onSettled;
    this.sentOn = sentOn;
  }

  settle(outcome: Outcome): void {
    if (!this.isWithdrawn) this.#onSettled(outcome);
  }
}

/** Whether an error of the server means that it does not let the client in. */
export function refusesHello(code: string): boolean {
  return FINAL_CODES.has(code) || PASSING_CODES.has(code);
}

/**
 * How many milliseconds to wait before the same `hello` may be said again;
 * `undefined` if that is of no use.
 */
export function retryDelay({ code, subject }: Refusal): number | undefined {
  if (!PASSING_CODES.has(code)) return undefined;
  const seconds = Number(subject ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT) : 0;
}
