import { defined } from "../../_option_checks.ts";
import { readClientMessage } from "../../protocol/_client_messages.ts";
import type { ClientMessage } from "../../protocol/_client_messages.ts";
import { LIMITS } from "../../room/_limits.ts";
import { cleanText } from "../../room/text/_clean_text.ts";
import {
  describeError,
  type ErrorTextCode,
} from "../../room/text/_error_text.ts";
import { describeGoodbye } from "../../room/text/_goodbye_text.ts";
import type { LeaveReason } from "../../room/leave_reason.ts";
import type { Referring } from "../../protocol/_schema.ts";
import { isHello } from "../_client_request.ts";
import type { AccessGate, AccessOutcome } from "./_access_gate.ts";
import type { Redemption } from "./_invitations.ts";
import type { AccessMessage } from "./_access_message.ts";

/** Refusals after which a connection ends. */
const MAX_REFUSALS = 5;

/** Messages that are no attempt, beyond which a connection ends. */
const MAX_IDLE = 20;

/** The line that ends a connection; it is too short for a password. */
const QUIT = "/quit";

type Hello = Extract<ClientMessage, { readonly type: "hello" }> & Referring;

/** Why a message is refused. */
interface Refusal extends Referring {
  readonly code: ErrorTextCode;
  /** The part of the message that is the reason. */
  readonly subject?: string | undefined;
}

/** The client of a connection. */
export interface DialogClient {
  /** The port that the client is connected to. */
  readonly kind: "tcp" | "http";
  /** Stands for all addresses of the client's network. */
  readonly addressKey: string;
  /** The name by which a proxy has signed the user in, if it is no nickname. */
  readonly refusedName?: string | undefined;
  /** Whether the client speaks JSON from the start. */
  readonly isJson: boolean;
}

/** The results of a message. */
export interface DialogStep {
  /** The messages to send. */
  readonly answers: readonly AccessMessage[];
  /** The next state: more messages, the chat, or the end of the connection. */
  readonly next: "wait" | "enter" | "end";
  /** The first message for the chat: a `hello` without secrets, or a nickname. */
  readonly first?: string;
  /** To be told whether the user has entered. */
  readonly redemption?: Redemption | undefined;
  /** Whether the client may do nothing but join the user of its secret. */
  readonly joinsOnly?: boolean | undefined;
  /** The code of the refusal. */
  readonly refusal?: string;
}

/**
 * The dialog with a client that is not admitted yet, without I/O: it takes the lines
 * or messages of the client, and asks the {@linkcode AccessGate}. The room does not
 * know the client yet, and never gets a secret.
 */
export class AccessDialog {
  readonly #gate: AccessGate;
  readonly #client: DialogClient;
  #isFirst = true;
  #isJson: boolean;
  #refusals = 0;
  /** Messages that were no attempt. */
  #idle = 0;

  constructor(gate: AccessGate, client: DialogClient) {
    this.#gate = gate;
    this.#client = client;
    this.#isJson = client.isJson;
  }

  /** Whether the client gets JSON. */
  get isJson(): boolean {
    return this.#isJson;
  }

  /** The first messages. */
  begin(): DialogStep {
    const { refusedName } = this.#client;
    if (refusedName === undefined) {
      return { answers: [this.#need()], next: "wait" };
    }
    const code = "sign-in-name";
    const error = errorOf({ code, subject: excerpt(refusedName) });
    return this.#end("access-refused", [error], code);
  }

  /** Ends the connection. */
  end(reason: LeaveReason | "access-refused"): DialogStep {
    return this.#end(reason, []);
  }

  /** Ends the connection, which counts as rejected. */
  reject(reason: LeaveReason): DialogStep {
    return this.#end(reason, [], reason);
  }

  /** Handles a line, or a message in JSON. */
  async take(text: string): Promise<DialogStep> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && isHello(text)) this.#isJson = true;
    if (this.#isJson) return await this.#takeJson(text);
    if (text.trim() === QUIT) return this.end("quit");
    const { kind, addressKey } = this.#client;
    return this.#decide(await this.#gate.checkLine(kind, addressKey, text));
  }

  /** Tells why something can't be handled, such as a line that is no UTF-8. */
  fault(
    code: "invalid-utf8" | "line-too-long" | "not-text" | "wrong-protocol",
  ): DialogStep {
    return code === "wrong-protocol"
      ? this.reject(code)
      : this.#refuse({ code });
  }

  async #takeJson(text: string): Promise<DialogStep> {
    const { message, fault } = readClientMessage(text);
    if (fault !== undefined) {
      const subject = fault.subject && excerpt(fault.subject);
      return this.#refuse({ ...fault, subject });
    }
    const { ref } = message;
    switch (message.type) {
      case "hello":
        return await this.#takeHello(message);
      case "ping":
        return this.#answerIdle([{ type: "pong", ref }]);
      case "quit":
        return this.end("quit");
      default:
        return this.#refuse({ code: "access-needed", ref });
    }
  }

  async #takeHello({ password, invite, ...hello }: Hello): Promise<DialogStep> {
    const { kind, addressKey } = this.#client;
    const outcome = await this.#gate.check({
      kind,
      addressKey,
      password,
      invitation: invite,
      session: hello.session,
      link: hello.link,
    });
    const { ref } = hello;
    const step = this.#decide(outcome, ref);
    return step.next === "enter"
      ? { ...step, first: JSON.stringify(hello) }
      : step;
  }

  #decide(outcome: AccessOutcome, ref?: string): DialogStep {
    switch (outcome.type) {
      case "admitted": {
        const { redemption, joinsOnly } = outcome;
        return { answers: [], next: "enter", redemption, joinsOnly };
      }
      case "needed": {
        const error = errorOf({ code: "access-needed", ref });
        return this.#answerIdle([error, this.#need()]);
      }
      case "refused":
        return this.#refuse({ ...outcome, ref });
    }
  }

  /** Answers a message that is no attempt, of which there may be a few. */
  #answerIdle(answers: readonly AccessMessage[]): DialogStep {
    return ++this.#idle > MAX_IDLE
      ? this.reject("flooding")
      : { answers, next: "wait" };
  }

  #refuse(refusal: Refusal): DialogStep {
    const error = errorOf(refusal);
    const { code } = refusal;
    this.#refusals++;
    if (this.#refusals >= MAX_REFUSALS) {
      return this.#end("access-refused", [error], code);
    }
    return { answers: [error, this.#need()], next: "wait", refusal: code };
  }

  #need(): AccessMessage {
    const methods = this.#gate.methodsFor(this.#client.kind);
    return { type: "access-needed", methods };
  }

  #end(
    reason: LeaveReason | "access-refused",
    before: readonly AccessMessage[],
    code?: string,
  ): DialogStep {
    const text = describeGoodbye(reason);
    return {
      answers: [...before, { type: "goodbye", reason, text }],
      next: "end",
      ...code === undefined ? {} : { refusal: code },
    };
  }
}

function errorOf({ code, subject, ref }: Refusal): AccessMessage {
  const text = describeError(code, subject);
  return defined({ type: "error", code, subject, text, ref });
}

/** The start of a text of the client or its proxy, which can't control a terminal. */
function excerpt(text: string): string {
  return [...cleanText(text).trim()].slice(0, LIMITS.subjectLength).join("");
}
