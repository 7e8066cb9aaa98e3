import type { ClientMessage } from "../../protocol/_client_messages.ts";
import type { ChatClientMessage } from "../chat_client_message.ts";

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
