import { addressKey } from "../../../internal/address/address_key.ts";
import { isTimeout } from "../../../internal/errors/error_kinds.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { Monitor } from "../monitoring/_monitor.ts";
import {
  type ClientAddress,
  describeAddress,
} from "../monitoring/_describe_address.ts";
import type { AccessGate } from "./_access_gate.ts";
import {
  Entrance,
  type EntranceClient,
  type EntranceStep,
} from "./_entrance.ts";
import type { EntranceMessage } from "./_entrance_message.ts";
import type { SignIn } from "./_trusted_header.ts";

/** Milliseconds for a client to take an answer. */
const ANSWER_TIMEOUT = 1000;

/** The connection of a client that is not a user yet. */
export interface EntranceConn {
  /** Reads the next line or message, or what is wrong with it; `null` at the end. */
  read(wait: WaitOptions): Promise<EntranceInput | null>;
  /** Sends messages, in JSON or as text. */
  send(
    messages: readonly EntranceMessage[],
    isJson: boolean,
    wait: WaitOptions,
  ): Promise<void>;
}

/** What a client has sent. */
export type EntranceInput =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly fault: Parameters<Entrance["fault"]>[0] }
  | { readonly fault: "wrong-protocol" };

/** The client of a connection, as far as it is known. */
export interface Arrival extends Pick<EntranceClient, "kind" | "isJson"> {
  readonly address: ClientAddress;
  readonly signIn?: SignIn | undefined;
}

/** The result of an entrance that has let the client in. */
export interface Entered {
  /** The first message for the chat, if there is one already. */
  readonly first: string | undefined;
}

/** Leads clients through the {@linkcode AccessGate} of a server, on all ports. */
export class Entrances {
  readonly #gate: AccessGate;
  readonly #monitor: Monitor;
  readonly #timeout: number;
  readonly #stop = new AbortController();

  /** @param timeout Milliseconds that a client has to come in. */
  constructor(gate: AccessGate, monitor: Monitor, timeout: number) {
    this.#gate = gate;
    this.#monitor = monitor;
    this.#timeout = timeout;
  }

  /** The header field with the nicknames of users over HTTP. */
  get userHeader(): string | undefined {
    return this.#gate.userHeader;
  }

  /** Whether clients of a port need nothing to come in. */
  isOpen(kind: EntranceClient["kind"]): boolean {
    return this.#gate.methodsFor(kind).length === 0;
  }

  /** Says goodbye to all clients that are not in yet. */
  stop(): void {
    this.#stop.abort();
  }

  /** Lets a client in; `undefined` if its connection is to be closed. */
  async pass(
    conn: EntranceConn,
    { kind, isJson, address, signIn }: Arrival,
  ): Promise<Entered | undefined> {
    const key = addressKey(address.hostname);
    const entrance = new Entrance(this.#gate, {
      kind,
      addressKey: key,
      isJson,
      signIn,
    });
    const take = async (step: EntranceStep) => {
      if (step.refusal !== undefined) {
        this.#monitor.refuse(kind, describeAddress(address), step.refusal);
      }
      if (step.answers.length > 0) {
        const wait = { timeout: ANSWER_TIMEOUT };
        await conn.send(step.answers, entrance.isJson, wait);
      }
      return step;
    };
    const end = performance.now() + this.#timeout;
    try {
      let step = await take(entrance.begin());
      while (step.next === "wait") {
        const timeout = Math.max(0, end - performance.now());
        const input = await conn.read({ signal: this.#stop.signal, timeout });
        if (input === null) return undefined;
        step = await take(await this.#handle(entrance, input));
      }
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      return step.next === "enter" ? { first: step.first } : undefined;
    } catch (error) {
      const isStopping = this.#stop.signal.aborted;
      if (isStopping || isTimeout(error)) {
        const step = isStopping
          ? entrance.end("shutdown")
          : { ...entrance.end("no-nickname"), refusal: "no-nickname" };
        // The client may have gone, or may not read.
        await take(step).catch(() => {});
      }
      return undefined;
    }
  }

  #handle(
    entrance: Entrance,
    input: EntranceInput,
  ): EntranceStep | Promise<EntranceStep> {
    if (input.fault === undefined) return entrance.take(input.text);
    return input.fault === "wrong-protocol"
      ? { ...entrance.end(input.fault), refusal: input.fault }
      : entrance.fault(input.fault);
  }
}
