import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { pattern } from "../tcp/support/_bytes.ts";
import { type Outcome, outcomeOf, within } from "./_outcome.ts";

/** A call that writes, as the model sees it. */
interface Call {
  readonly data: Uint8Array;
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController;
  /** Whether it may time out by a limit of its own. */
  readonly isLimited: boolean;
  isAborted: boolean;
  /** Whether a deadline has passed while it waited. */
  isPast: boolean;
}

/**
 * What writing has to do: of each call, in order, so many bytes go out as its
 * outcome tells, and none else.
 */
export class WriteModel {
  readonly #conn: StreamConn<unknown>;
  readonly #calls: Call[] = [];
  #offset = 0;
  #isPast = false;

  constructor(conn: StreamConn<unknown>) {
    this.#conn = conn;
  }

  /** Starts a call, with a limit or without. */
  start(size: number, timeout?: number): void {
    const data = pattern(size, this.#offset);
    this.#offset += size;
    const controller = new AbortController();
    const given = data.slice();
    const { signal } = controller;
    const outcome = outcomeOf(this.#conn.write(given, { signal, timeout }));
    // Once it has settled the caller may use its buffer as it likes.
    outcome.then(() => given.fill(0xee));
    this.#calls.push({
      data,
      outcome,
      controller,
      isLimited: timeout !== undefined,
      isAborted: false,
      isPast: this.#isPast,
    });
  }

  /** Aborts one of the calls, which may have settled before. */
  async abort(index: number): Promise<void> {
    const call = this.#calls[index % (this.#calls.length || 1)];
    if (call === undefined) return;
    call.isAborted = true;
    call.controller.abort(new RangeError("Stop"));
    await within(call.outcome);
  }

  /** Moves the deadline. */
  async setDeadline(to: "past" | "none"): Promise<void> {
    this.#isPast = to === "past";
    this.#conn.setWriteDeadline(
      to === "past" ? Date.now() - 1 : undefined,
    );
    if (to === "none") return;
    for (const call of this.#calls) {
      call.isPast = true;
      await within(call.outcome);
    }
  }

  /** The bytes that have to come out at the other end, once all is over. */
  async expected(): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (const call of this.#calls) {
      const { data } = call;
      const sent = sentOf(call, await within(call.outcome));
      if (sent < 0 || sent > data.length) throw new Error(`${sent} bytes sent`);
      pieces.push(data.subarray(0, sent));
    }
    return pieces;
  }
}

function sentOf(call: Call, outcome: Outcome): number {
  if ("value" in outcome) {
    if (outcome.value === call.data.length) return call.data.length;
    throw new Error(`A write gave ${outcome.value}`);
  }
  const { error } = outcome;
  const isTimeout = error instanceof DOMException &&
    error.name === "TimeoutError";
  const isKnown = isTimeout
    ? call.isLimited || call.isPast
    : error === call.controller.signal.reason && call.isAborted;
  const sent = error instanceof Error && "bytesWritten" in error
    ? error.bytesWritten
    : undefined;
  if (!isKnown || typeof sent !== "number") {
    throw new Error(`A write failed by ${error} with ${sent} bytes sent`);
  }
  return sent;
}
