import { LineTooLongError } from "../../tcp/conn/line_too_long_error.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { type Outcome, outcomeOf, within } from "./_outcome.ts";

const LF = 10;
const CR = 13;

/** What a call that reads asks for. */
export type ReadKind = "read" | "full" | "line";

/** A call that reads, as the model sees it. */
interface Call {
  readonly kind: ReadKind;
  readonly size: number;
  readonly buffer: Uint8Array;
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController | undefined;
}

/** The byte at a place of what the peer sends: letters, and ends of lines. */
export function byteAt(place: number): number {
  const mixed = Math.imul(place + 1, 0x9e3779b1) >>> 20;
  return mixed % 16 === 0 ? LF : mixed % 37 === 0 ? CR : 97 + mixed % 26;
}

/** The bytes of a stretch of what the peer sends. */
export function stretch(from: number, to: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: to - from }, (_, at) => byteAt(from + at));
}

/**
 * What reading has to do, in the plainest way to say it: calls in a row, bytes
 * in a row, and the first call gets the first bytes.
 */
export class ReadModel {
  readonly #conn: StreamConn<unknown>;
  readonly #calls: Call[] = [];
  /** Buffers of calls that have failed, and what was in them then. */
  readonly #left: [buffer: Uint8Array, copy: Uint8Array][] = [];
  /** How many bytes the peer has sent, and how many calls have got. */
  #sent = 0;
  #taken = 0;
  #isEnded = false;
  #isPast = false;

  constructor(conn: StreamConn<unknown>) {
    this.#conn = conn;
  }

  /** The peer has sent so many more bytes. */
  async onSent(size: number): Promise<void> {
    this.#sent += size;
    await this.#settle();
  }

  /** The peer has ended its stream. */
  async onEnd(): Promise<void> {
    this.#isEnded = true;
    await this.#settle();
  }

  /** Where the peer's next bytes begin. */
  get sent(): number {
    return this.#sent;
  }

  /** Starts a call that waits as long as it takes. */
  async start(kind: ReadKind, size: number): Promise<void> {
    const controller = new AbortController();
    const call = this.#call(kind, size, controller.signal, controller);
    if (this.#isPast) {
      return this.#expectTimeout(call, await within(call.outcome));
    }
    this.#calls.push(call);
    await this.#settle();
  }

  /** Makes a call that gives up soon: whatever comes of it, nothing is lost. */
  async poll(kind: ReadKind, size: number, timeout: number): Promise<void> {
    const isFirst = this.#calls.length === 0;
    const call = this.#call(kind, size, undefined, undefined, timeout);
    const outcome = await within(call.outcome);
    const isServed = isFirst && !this.#isPast && !isTimeout(outcome);
    if (isServed) this.#verify(call, outcome);
    else this.#expectTimeout(call, outcome);
    await this.#settle();
  }

  /** Aborts one of the calls that wait. */
  async abort(index: number): Promise<void> {
    const [call] = this.#calls.splice(index % (this.#calls.length || 1), 1);
    if (call === undefined) return;
    const reason = new RangeError("Stop");
    call.controller?.abort(reason);
    const outcome = await within(call.outcome);
    if (!("error" in outcome) || outcome.error !== reason) {
      throw new Error(`An aborted ${call.kind} gave ${show(outcome)}`);
    }
    this.#keep(call);
    await this.#settle();
  }

  /** Moves the deadline. */
  async setDeadline(to: "past" | "future" | "none"): Promise<void> {
    this.#isPast = to === "past";
    this.#conn.setReadDeadline(
      to === "none" ? undefined : Date.now() + (to === "past" ? -1 : 60_000),
    );
    if (!this.#isPast) return;
    for (const call of this.#calls.splice(0)) {
      this.#expectTimeout(call, await within(call.outcome));
    }
  }

  /** Checks what is left when the connection has been closed. */
  async onClosed(): Promise<void> {
    for (const call of this.#calls.splice(0)) {
      const outcome = await within(call.outcome);
      const name = "error" in outcome && outcome.error instanceof Error
        ? outcome.error.name
        : "";
      if (name !== "ClosedError") {
        throw new Error(`A ${call.kind} cut by close() gave ${show(outcome)}`);
      }
      this.#keep(call);
    }
    for (const [buffer, copy] of this.#left) {
      const isSame = buffer.every((byte, at) => byte === copy[at]);
      if (!isSame) throw new Error("A buffer was written to after the call");
    }
  }

  #call(
    kind: ReadKind,
    size: number,
    signal: AbortSignal | undefined,
    controller: AbortController | undefined,
    timeout?: number,
  ): Call {
    const buffer = new Uint8Array(size).fill(0xa5);
    const wait = { signal, timeout };
    const calling = kind === "read"
      ? this.#conn.read(buffer, wait)
      : kind === "full"
      ? this.#conn.readFull(buffer, wait)
      : this.#conn.readLine({ maxLength: size, ...wait });
    return { kind, size, buffer, outcome: outcomeOf(calling), controller };
  }

  /** Waits for all calls that have what they need. */
  async #settle(): Promise<void> {
    while (!this.#isPast && this.#calls.length > 0) {
      const [call] = this.#calls;
      if (!this.#isDue(call)) return;
      const outcome = await within(call.outcome);
      this.#calls.shift();
      this.#verify(call, outcome);
    }
  }

  /** Whether a call that is the first has to settle now. */
  #isDue({ kind, size }: Call): boolean {
    const there = this.#sent - this.#taken;
    if (this.#isEnded) return true;
    if (kind === "read") return there > 0;
    if (kind === "full") return there >= size;
    const { lineEnd, length } = this.#line();
    return lineEnd !== -1 || length > size;
  }

  /** The next line: where it ends, -1 if it doesn't, and how long it is. */
  #line(): { lineEnd: number; length: number } {
    let lineEnd = this.#taken;
    while (lineEnd < this.#sent && byteAt(lineEnd) !== LF) lineEnd++;
    const isAfterCr = lineEnd > this.#taken && byteAt(lineEnd - 1) === CR;
    const length = lineEnd - this.#taken - (isAfterCr ? 1 : 0);
    return { lineEnd: lineEnd < this.#sent ? lineEnd : -1, length };
  }

  #verify(call: Call, outcome: Outcome): void {
    const there = this.#sent - this.#taken;
    const { kind, size, buffer } = call;
    if (kind === "line") return this.#verifyLine(call, outcome);
    if (there === 0) {
      if ("value" in outcome && outcome.value === null && this.#isEnded) return;
      throw new Error(`A ${kind} at the end gave ${show(outcome)}`);
    }
    if (kind === "full" && there < size) {
      const isCut = "error" in outcome &&
        outcome.error instanceof Deno.errors.UnexpectedEof;
      if (!isCut) throw new Error(`A cut readFull() gave ${show(outcome)}`);
      return this.#keep(call);
    }
    const count = "value" in outcome ? outcome.value : undefined;
    const least = kind === "full" ? size : 1;
    if (
      typeof count !== "number" || count < least ||
      count > Math.min(size, there)
    ) {
      throw new Error(`A ${kind} of ${size} of ${there} gave ${show(outcome)}`);
    }
    for (let at = 0; at < size; at++) {
      const expected = at < count ? byteAt(this.#taken + at) : 0xa5;
      if (buffer[at] !== expected) throw new Error(`Byte ${at} is another`);
    }
    this.#taken += count;
  }

  #verifyLine(call: Call, outcome: Outcome): void {
    const { lineEnd, length } = this.#line();
    const there = this.#sent - this.#taken;
    // The last line has no end to take off.
    const size = lineEnd === -1 && this.#isEnded ? there : length;
    if (size > call.size) {
      const isTooLong = "error" in outcome &&
        outcome.error instanceof LineTooLongError;
      if (!isTooLong) throw new Error(`A long line gave ${show(outcome)}`);
      return;
    }
    const bytes = stretch(this.#taken, this.#taken + size);
    const line = there === 0 ? null : new TextDecoder().decode(bytes);
    if (!("value" in outcome) || outcome.value !== line) {
      throw new Error(`Line ${JSON.stringify(line)} gave ${show(outcome)}`);
    }
    this.#taken = lineEnd === -1 ? this.#sent : lineEnd + 1;
  }

  #expectTimeout(call: Call, outcome: Outcome): void {
    if (!isTimeout(outcome)) {
      throw new Error(`A ${call.kind} out of time gave ${show(outcome)}`);
    }
    this.#keep(call);
  }

  #keep({ buffer }: Call): void {
    this.#left.push([buffer, buffer.slice()]);
  }
}

function isTimeout(outcome: Outcome): boolean {
  return "error" in outcome && outcome.error instanceof DOMException &&
    outcome.error.name === "TimeoutError";
}

function show(outcome: Outcome): string {
  return Deno.inspect(outcome, { depth: 1, strAbbreviateSize: 100 });
}
