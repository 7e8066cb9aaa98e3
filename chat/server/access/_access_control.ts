import { addressKey } from "../../../internal/address/address_key.ts";
import { isTimeout } from "../../../internal/errors/error_kinds.ts";
import { limited } from "../../../internal/wait/limited.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { Texts } from "../../text/_texts.ts";
import type { Monitor } from "../monitoring/_monitor.ts";
import {
  type ClientAddress,
  describeAddress,
} from "../monitoring/_describe_address.ts";
import type { Admitted } from "../_chat_hub.ts";
import type { AccessGate } from "./_access_gate.ts";
import {
  AccessDialog,
  type DialogClient,
  type DialogStep,
} from "./_access_dialog.ts";
import {
  type AccessMessage,
  type AccessNote,
  accessText,
  describeInvitation,
} from "./_access_message.ts";

/** Milliseconds that an invitation of an operator is valid: a week. */
const INVITATION_TIME = 7 * 24 * 60 * 60_000;

/** Milliseconds for a client to take an answer. */
const ANSWER_TIMEOUT = 1000;

/** The connection of a client that is not a user yet. */
export interface AccessConn {
  /** Reads the next line or message; `null` at the end. */
  read(wait: WaitOptions): Promise<AccessInput | null>;
  /** Sends messages, each a line of text or of JSON. */
  send(
    lines: readonly string[],
    isJson: boolean,
    wait: WaitOptions,
  ): Promise<void>;
}

/** A line or message of a client, or its fault. */
export type AccessInput =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly fault: Parameters<AccessDialog["fault"]>[0] };

/** The client of a connection, as far as it is known. */
export interface AccessClient extends Omit<DialogClient, "addressKey"> {
  readonly address: ClientAddress;
}

/** Options for {@linkcode AccessControl}. */
export interface AccessControlOptions {
  /** Milliseconds in which a client must be admitted. */
  readonly timeout: number;
  /** The texts for clients that do not speak JSON. */
  readonly texts: Texts;
}

/** The result of a dialog that has admitted the client. */
export interface Entered extends Admitted {
  /** The first message for the chat, if there is one already. */
  readonly first?: string | undefined;
}

/**
 * Runs the {@linkcode AccessDialog} of each client that is not admitted yet, on all
 * ports of a server.
 */
export class AccessControl {
  readonly #gate: AccessGate;
  readonly #monitor: Monitor;
  readonly #timeout: number;
  readonly #texts: Texts;
  readonly #stop = new AbortController();

  constructor(
    gate: AccessGate,
    monitor: Monitor,
    { timeout, texts }: AccessControlOptions,
  ) {
    this.#gate = gate;
    this.#monitor = monitor;
    this.#timeout = timeout;
    this.#texts = texts;
  }

  /** The header field with the nicknames of users over HTTP. */
  get userHeader(): string | undefined {
    return this.#gate.userHeader;
  }

  /**
   * Makes an invitation for one user.
   *
   * @returns `undefined` if there are none on this server, or too many.
   */
  async invite(): Promise<AccessNote | undefined> {
    if (!this.#gate.hasInvitations) return undefined;
    const expires = Date.now() + INVITATION_TIME;
    const terms = { time: INVITATION_TIME, uses: 1 };
    const { onError } = this.#gate;
    const token = await this.#gate.invite(terms).catch(onError);
    if (typeof token !== "string") return undefined;
    const text = describeInvitation({ token, expires });
    return { type: "invitation", token, expires, text };
  }

  /** Whether all clients of a port are admitted. */
  isOpen(kind: DialogClient["kind"]): boolean {
    return this.#gate.methodsFor(kind).length === 0;
  }

  /** Says goodbye to all clients that are not admitted yet. */
  stop(): void {
    this.#stop.abort();
  }

  /** Admits a client; `undefined` if its connection is to be closed. */
  async pass(
    conn: AccessConn,
    { address, ...client }: AccessClient,
  ): Promise<Entered | undefined> {
    const key = addressKey(address.hostname);
    const dialog = new AccessDialog(this.#gate, { ...client, addressKey: key });
    const take = async (step: DialogStep) => {
      if (step.refusal !== undefined) {
        const shown = describeAddress(address);
        this.#monitor.refuse(client.kind, shown, step.refusal);
      }
      const { isJson } = dialog;
      const lines = step.answers.map((it) => this.#render(it, isJson))
        .filter((line) => line !== "");
      if (lines.length > 0) {
        await conn.send(lines, isJson, { timeout: ANSWER_TIMEOUT });
      }
      return step;
    };
    const end = performance.now() + this.#timeout;
    let step: DialogStep | undefined;
    try {
      step = await take(dialog.begin());
      while (step.next === "wait") {
        const input = await conn.read(this.#waitUntil(end));
        if (input === null) return undefined;
        const handle = async () =>
          input.fault === undefined
            ? await dialog.take(input.text)
            : dialog.fault(input.fault);
        // A store of invitations may never answer.
        const wait = this.#waitUntil(end);
        step = await take(
          await limited("Cannot decide", wait, handle, abandon),
        );
      }
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      const { next, first, redemption, joinsOnly } = step;
      return next === "enter" ? { first, redemption, joinsOnly } : undefined;
    } catch (error) {
      if (step !== undefined) abandon(step);
      const isStopping = this.#stop.signal.aborted;
      if (isStopping || isTimeout(error)) {
        const step = isStopping
          ? dialog.end("shutdown")
          : dialog.reject("no-nickname");
        // The client may have gone, or may not read.
        await take(step).catch(() => {});
      }
      return undefined;
    }
  }

  #render(message: AccessMessage, isJson: boolean): string {
    return isJson ? JSON.stringify(message) : accessText(message, this.#texts);
  }

  #waitUntil(end: number): WaitOptions {
    const timeout = Math.max(0, end - performance.now());
    return { signal: this.#stop.signal, timeout };
  }
}

/** Gives the invitation of a client back that does not enter. */
function abandon({ redemption }: DialogStep): void {
  redemption?.abandoned();
}
