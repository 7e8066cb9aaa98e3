import { decodeStrict } from "../../internal/bytes/decode_text.ts";
import { stripControls } from "../room/text/_clean_text.ts";

const NUL = 0;
const LF = 10;
const CR = 13;

// RFC 854, and the first command of RFC 1184.
const END_OF_FILE = 236;
const SE = 240;
const DATA_MARK = 242;
const BREAK = 243;
const ABORT_OUTPUT = 245;
const SB = 250;
const WILL = 251;
const WONT = 252;
const DO = 253;
const DONT = 254;
const IAC = 255;

// The place of the next byte in the telnet protocol.
const DATA = 0;
const COMMAND = 1;
const OPTION = 2;
const SUBNEGOTIATION = 3;
const SUBNEGOTIATION_COMMAND = 4;

const ONE_NUL = Uint8Array.of(NUL);
const ONE_CR = Uint8Array.of(CR);
const ONE_IAC = Uint8Array.of(IAC);
const NO_BYTES = new Uint8Array(0);

/** A buffer up to this size is kept from line to line. */
const KEPT_BUFFER_SIZE = 256;

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Options for {@linkcode LineDecoder}.
 *
 * @example Usage
 * ```ts
 * import { LineDecoder, type LineDecoderOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: LineDecoderOptions = { maxLength: 4 };
 * const decoder = new LineDecoder(options);
 * const events = decoder.push(new TextEncoder().encode("hello\n"));
 * assertEquals(events, [{ type: "error", code: "line-too-long" }]);
 * ```
 */
export interface LineDecoderOptions {
  /**
   * The most bytes a line may have, its end not counted.
   *
   * @default {4096}
   */
  maxLength?: number;
}

/**
 * A result of a {@linkcode LineDecoder}.
 *
 * @example Usage
 * ```ts
 * import { LineDecoder, type LineEvent } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const decoder = new LineDecoder();
 * const events: LineEvent[] = decoder.push(Uint8Array.of(0xc3, 0x28, 10));
 * assertEquals(events, [{ type: "error", code: "invalid-utf8" }]);
 * ```
 */
export type LineEvent =
  | {
    /** A whole line. */
    readonly type: "line";
    /** Its text, without its end and without control characters. */
    readonly text: string;
  }
  | {
    /** A line was refused and dropped. */
    readonly type: "error";
    /** Why. */
    readonly code: "line-too-long" | "invalid-utf8";
  }
  | {
    /** The peer's telnet asked for options, and waits for this refusal. */
    readonly type: "reply";
    /** The bytes to send as they are. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  };

/**
 * Turns the bytes of a `telnet` or `nc` user into lines of text, wherever the
 * packets are cut.
 *
 * A line ends with LF, CR LF, or the CR NUL of telnet. It is strict UTF-8: a
 * line that is not gives an error and no text. A line above the limit gives one
 * error as soon as it is above, and the rest of it is skipped. Escape sequences
 * of terminals, control characters and a byte order mark at the start are taken
 * out; a tab becomes a space. Telnet's commands (RFC 854) are taken out too, and
 * its options all refused. The mark of telnet's Synch, which the system may take out
 * of the stream as urgent data, may be missing or stand alone.
 *
 * It holds no more than one line, and takes time in proportion to the bytes.
 *
 * @example Usage
 * ```ts
 * import { LineDecoder } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const decoder = new LineDecoder();
 * const bytes = new TextEncoder().encode("你好\r\nbye");
 * assertEquals(decoder.push(bytes.subarray(0, 2)), []);
 * assertEquals(decoder.push(bytes.subarray(2)), [
 *   { type: "line", text: "你好" },
 * ]);
 * assertEquals(decoder.end(), [{ type: "line", text: "bye" }]);
 * ```
 */
export class LineDecoder {
  readonly #maxLength: number;
  #buffer: Uint8Array<ArrayBuffer> = NO_BYTES;
  #length = 0;
  /** A CR was the last byte of the line: it may be a part of its end. */
  #afterCr = false;
  /** Whether the rest of a line that is too long is being dropped. */
  #skipping = false;
  #state = DATA;
  /**
   * Whether a signal such as Interrupt Process came, and no data since. Then follows
   * a Synch, IAC DM, often with one byte less: it is sent as urgent data, which the
   * system takes out of the stream.
   */
  #afterSignal = false;
  #verb = 0;
  #subnegotiationLength = 0;
  #replies: number[] = [];

  /**
   * Makes a decoder for one connection.
   *
   * @param options How long a line may be.
   * @throws {RangeError} If `maxLength` is not a positive integer.
   */
  constructor(options: LineDecoderOptions = {}) {
    const { maxLength = 4096 } = options;
    if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
      throw new RangeError(
        `Cannot use maxLength ${maxLength}: expected a positive integer`,
      );
    }
    this.#maxLength = maxLength;
  }

  /**
   * Takes the next bytes, which the caller may reuse afterwards.
   *
   * @param chunk Any number of bytes.
   * @returns The completed lines and replies, in order.
   *
   * @example Usage
   * ```ts
   * import { LineDecoder } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const decoder = new LineDecoder();
   * // Telnet asks to be told that all output up to here was handled.
   * const [event] = decoder.push(Uint8Array.of(255, 253, 6));
   * assertEquals(event, {
   *   type: "reply",
   *   bytes: Uint8Array.of(255, 252, 6),
   * });
   * ```
   */
  push(chunk: Uint8Array): LineEvent[] {
    const events: LineEvent[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = this.#state === DATA ? endOfRun(chunk, start) : start;
      if (end === start) {
        this.#take(chunk[start], events);
        start++;
        continue;
      }
      // No character of Unicode begins with this byte.
      if (this.#afterSignal && chunk[start] === DATA_MARK) start++;
      this.#afterSignal = false;
      if (end > start) this.#append(chunk.subarray(start, end), events);
      start = end;
    }
    this.#reply(events);
    if (this.#length === 0 && this.#buffer.length > KEPT_BUFFER_SIZE) {
      this.#buffer = NO_BYTES;
    }
    return events;
  }

  /**
   * Tells that the peer sends nothing more. A last line without an end counts.
   *
   * @returns The last line, if there is one.
   *
   * @example Usage
   * ```ts
   * import { LineDecoder } from "@vnet/net/chat";
   * import { assertEquals } from "@std/assert";
   *
   * const decoder = new LineDecoder();
   * decoder.push(new TextEncoder().encode("no line end"));
   * assertEquals(decoder.end(), [{ type: "line", text: "no line end" }]);
   * assertEquals(decoder.end(), []);
   * ```
   */
  end(): LineEvent[] {
    const events: LineEvent[] = [];
    if (this.#length > 0) this.#endLine(events);
    this.#afterCr = false;
    this.#skipping = false;
    this.#afterSignal = false;
    this.#state = DATA;
    return events;
  }

  /** Takes a byte that means more than itself, where it stands. */
  #take(byte: number, events: LineEvent[]): void {
    switch (this.#state) {
      case DATA:
        this.#takeData(byte, events);
        return;
      case COMMAND:
        this.#takeCommand(byte, events);
        return;
      case OPTION:
        this.#refuse(byte);
        this.#state = DATA;
        return;
      case SUBNEGOTIATION:
        if (byte === IAC) this.#state = SUBNEGOTIATION_COMMAND;
        else this.#countSubnegotiation(events);
        return;
      default:
        this.#state = byte === SE ? DATA : SUBNEGOTIATION;
        this.#countSubnegotiation(events);
    }
  }

  #takeData(byte: number, events: LineEvent[]): void {
    if (byte === IAC) {
      this.#state = COMMAND;
      return;
    }
    this.#afterSignal = false;
    if (byte === LF || (byte === NUL && this.#afterCr)) {
      this.#endLine(events);
      return;
    }
    if (byte === CR) {
      if (this.#afterCr) this.#append(NO_BYTES, events);
      this.#afterCr = true;
      return;
    }
    this.#append(ONE_NUL, events);
  }

  #takeCommand(byte: number, events: LineEvent[]): void {
    // The mark of a Synch is missing, and this IAC begins the next command.
    if (byte === IAC && this.#afterSignal) return;
    this.#state = DATA;
    if (byte === IAC) {
      this.#append(ONE_IAC, events);
    } else if (byte === SB) {
      this.#state = SUBNEGOTIATION;
      this.#subnegotiationLength = 0;
    } else if (byte >= WILL) {
      this.#state = OPTION;
      this.#verb = byte;
    } else if (byte >= BREAK && byte <= ABORT_OUTPUT) {
      this.#afterSignal = true;
    } else if (byte >= END_OF_FILE && byte < SE && !this.#afterSignal) {
      this.#afterSignal = true;
    } else if (byte <= SE) {
      // No command: the mark of a Synch is missing, and this is data.
      this.#afterSignal = false;
      const isText = endOfRun(Uint8Array.of(byte), 0) === 1;
      if (isText) this.#append(Uint8Array.of(byte), events);
      else this.#takeData(byte, events);
    }
  }

  /** Refuses an option; an option that ends needs no answer. */
  #refuse(option: number): void {
    if (this.#verb === DO) this.#replies.push(IAC, WONT, option);
    if (this.#verb === WILL) this.#replies.push(IAC, DONT, option);
  }

  /** Gives the answers up to here, which come before the next line. */
  #reply(events: LineEvent[]): void {
    if (this.#replies.length === 0) return;
    events.push({ type: "reply", bytes: Uint8Array.from(this.#replies) });
    this.#replies = [];
  }

  /** Limits subnegotiations, which could hide an endless line. */
  #countSubnegotiation(events: LineEvent[]): void {
    if (++this.#subnegotiationLength > this.#maxLength) this.#tooLong(events);
  }

  #append(run: Uint8Array, events: LineEvent[]): void {
    if (this.#afterCr) {
      this.#afterCr = false;
      this.#append(ONE_CR, events);
    }
    if (this.#skipping) return;
    const length = this.#length + run.length;
    if (length > this.#maxLength) {
      this.#tooLong(events);
      return;
    }
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(run, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const size = Math.min(
      this.#maxLength,
      Math.max(length, this.#buffer.length * 2, 128),
    );
    const buffer = new Uint8Array(size);
    buffer.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = buffer;
  }

  #tooLong(events: LineEvent[]): void {
    if (this.#skipping) return;
    this.#skipping = true;
    this.#length = 0;
    this.#reply(events);
    events.push({ type: "error", code: "line-too-long" });
  }

  #endLine(events: LineEvent[]): void {
    this.#afterCr = false;
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const line = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    const text = decodeLine(line);
    this.#reply(events);
    events.push(
      text === undefined
        ? { type: "error", code: "invalid-utf8" }
        : { type: "line", text: stripControls(text) },
    );
  }
}

/** The index where a run of text bytes ends: at LF, CR, NUL, IAC or the end. */
function endOfRun(chunk: Uint8Array, start: number): number {
  let end = start;
  while (end < chunk.length) {
    const byte = chunk[end];
    if (byte === LF || byte === CR || byte === NUL || byte === IAC) break;
    end++;
  }
  return end;
}

function decodeLine(bytes: Uint8Array): string | undefined {
  const text = decodeStrict(bytes, 0, bytes.length);
  return text?.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
