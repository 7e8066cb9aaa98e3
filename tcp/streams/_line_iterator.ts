import { WORK_PER_CHECK } from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { ReadHalf } from "../conn/_read_half.ts";
import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { LF } from "../conn/_read_calls.ts";

/** So many bytes of lines become strings at once. */
const BLOCK_SIZE = 2048;

type Result = IteratorResult<string, void>;

const NO_LINES: readonly string[] = [];
const DONE: Result = { done: true, value: undefined };

/** Reads the lines that have not arrived, and knows the limits. */
export interface LineSource {
  /** The longest line, in bytes. */
  readonly maxLength: number;
  /** The limits on the wait for each line, if there are any. */
  readonly wait: WaitOptions | undefined;
  /** Whether no line may be taken, since another reader has the stream. */
  isLocked(): boolean;
  /** Reads one line, or `null` at the end. */
  readLine(): Promise<string | null>;
}

/**
 * The lines of a connection for a `for await`.
 *
 * Lines that have arrived become strings a block at a time, and are handed out
 * one by one: a call of a decoder for each would cost more than all the rest.
 * The bytes of a line stay in the connection's window until it is asked for, so
 * that another reader goes on with the next line. If one has done so in the
 * meantime, which the position in the stream tells, the block is dropped.
 *
 * It behaves as an async generator, with one promise for a line that has arrived.
 */
export class LineIterator implements AsyncGenerator<string, void, undefined> {
  readonly #half: ReadHalf;
  readonly #source: LineSource;
  #lines = NO_LINES;
  /** How many bytes each takes with its end; if missing, as its length tells. */
  #sizes: readonly number[] | undefined;
  #next = 0;
  /** How many lines may be taken before the runtime is asked for a poll. */
  #allowed = 0;
  /** The position in the stream of the next line of the block. */
  #position = 0;
  #isDone = false;
  /** The last of the calls that are under way. */
  #tail: Promise<Result> | undefined;

  constructor(half: ReadHalf, source: LineSource) {
    this.#half = half;
    this.#source = source;
  }

  next(): Promise<Result> {
    const line = this.#tail === undefined && !this.#isDone
      ? this.#take()
      : undefined;
    return line === undefined
      ? this.#inTurn(() => this.#read())
      : Promise.resolve({ done: false, value: line });
  }

  return(value?: void | PromiseLike<void>): Promise<Result> {
    return this.#inTurn(async () => {
      this.#isDone = true;
      return { done: true, value: await value };
    });
  }

  throw(error: unknown): Promise<Result> {
    return this.#inTurn(() => {
      this.#isDone = true;
      return Promise.reject(error);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Calls one behind the other: while one waits, the next ones do not begin. */
  #inTurn(call: () => Promise<Result>): Promise<Result> {
    const result = this.#tail?.then(call, call) ?? call();
    const leave = () => {
      if (this.#tail === result) this.#tail = undefined;
    };
    this.#tail = result;
    result.then(leave, leave);
    return result;
  }

  /** The next line, if there is one yet to come. */
  async #read(): Promise<Result> {
    if (this.#isDone) return DONE;
    try {
      const line = this.#take() ?? await this.#source.readLine();
      if (line !== null) return { done: false, value: line };
      this.#isDone = true;
      return DONE;
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
  }

  /** Asks for some lines at once whether they may be taken before a poll. */
  #mayGoOn(): boolean {
    const mayServe = this.#half.mayServe(WORK_PER_CHECK);
    this.#allowed = mayServe ? WORK_PER_CHECK - 1 : 0;
    return mayServe;
  }

  /** The next line, if it has arrived and nothing stands against taking it. */
  #take(): string | undefined {
    const half = this.#half;
    const source = this.#source;
    if (!half.isFree || source.isLocked()) return undefined;
    // A limit that has passed is told by a read.
    const { wait } = source;
    if (wait !== undefined && half.refuse(wait) !== undefined) return undefined;
    if (--this.#allowed < 0 && !this.#mayGoOn()) return undefined;
    if (this.#position !== half.position) this.#lines = NO_LINES;
    const hasLines = this.#next < this.#lines.length;
    if (!hasLines && !this.#decode()) return undefined;
    const index = this.#next;
    const text = this.#lines[index];
    const size = this.#sizes?.[index] ?? text.length + 1;
    const hasReturn = text.endsWith("\r");
    // A line that is too long, or a limit that is wrong, is told by a read.
    if (!(size - 1 - Number(hasReturn) <= source.maxLength)) return undefined;
    this.#next++;
    this.#position += size;
    // An idle connection holds no lines that are long gone.
    if (this.#next === this.#lines.length) this.#lines = NO_LINES;
    half.window.consume(size);
    return hasReturn ? text.slice(0, -1) : text;
  }

  /** Makes strings of the lines at the start of the window, if one is whole. */
  #decode(): boolean {
    const half = this.#half;
    const window = half.window.peek();
    const end = window.subarray(0, BLOCK_SIZE).lastIndexOf(LF) + 1;
    if (end === 0) return false;
    ({ lines: this.#lines, sizes: this.#sizes } = decodeLines(
      window.subarray(0, end),
    ));
    this.#next = 0;
    this.#position = half.position;
    return true;
  }
}

/** Lines that were decoded together. */
interface DecodedLines {
  /** The lines without their LF. */
  readonly lines: readonly string[];
  /**
   * How many bytes each has with its LF; `undefined` if that is one more than
   * its length, for all of them.
   */
  readonly sizes: readonly number[] | undefined;
}

/**
 * Makes strings of many lines, as a decoder of each would do: bytes that are not
 * UTF-8 take no line's end along.
 *
 * @param bytes The lines, the last of which ends with an LF too.
 */
function decodeLines(bytes: Uint8Array): DecodedLines {
  const text = decodeLossy(bytes, 0, bytes.length);
  const lines = text.split("\n");
  // The text after the last end.
  lines.pop();
  // No byte becomes more than one UTF-16 unit: if the sums are equal, so is each.
  if (text.length === bytes.length) return { lines, sizes: undefined };
  let start = 0;
  const sizes = lines.map(() => {
    const end = bytes.indexOf(LF, start) + 1;
    const size = end - start;
    start = end;
    return size;
  });
  return { lines, sizes };
}
