import { PollGate } from "../../internal/wait/poll_gate.ts";
import { CloseCode } from "../close_code.ts";
import { ProtocolError } from "../protocol_error.ts";
import type { MessageInflater } from "../frame/_frame_handler.ts";
import { concatBytes } from "../../internal/bytes/concat_bytes.ts";
import type { Zlib } from "./_zlib.ts";

const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** How the peer compresses. */
export interface InflaterOptions {
  /** The base-2 logarithm of the peer's window, 8 to 15. */
  readonly windowBits: number;
  /** Whether its messages refer to earlier ones. */
  readonly contextTakeover: boolean;
}

/** The header of a stored block: its kind, its length, and that inverted. */
const STORED_HEADER_SIZE = 5;

/** The end of a flush, which the sender has removed. */
const TAIL = [0x00, 0x00, 0xff, 0xff];

/** An empty last block, to detect a message that is cut short. */
const LAST_BLOCK = [0x03, 0x00];

/** The most bytes that are allocated in advance for the output. */
const MAX_GUESS = 64 * 1024;

/**
 * How many bytes go to the stream at once: it inflates all of them, up to a
 * thousandfold, whether anybody reads or not.
 */
const MAX_INPUT = 1024;

/** Messages up to this size, compressed, use a buffer that is kept. */
const KEPT_ROOM = 4096;

/**
 * Inflates the messages of one direction (RFC 7692 section 7.2.2), by one
 * synchronous call each, which keeps their order.
 *
 * `node:zlib` keeps no window between such calls and accepts no dictionary for raw
 * data, so the window is put before the message, as a stored block. That copies 32
 * KiB more at most: a small message took 10 µs (median; 15 on average with garbage
 * collection), while the asynchronous stream interface took 2 to 6. Between
 * messages it holds the window and 4 KiB, and nothing without context takeover.
 */
export class Inflater implements MessageInflater {
  readonly #zlib: Zlib;
  readonly #windowBits: number;
  /** How many bytes of earlier messages the peer may refer to. */
  readonly #windowSize: number;
  /** The index of the message in the input, behind the room for the window. */
  readonly #start: number;
  /** The window, which ends at `#start`, and room for a message. */
  #kept: Uint8Array<ArrayBuffer> | undefined;
  /** How many bytes of the window are filled. */
  #past = 0;
  /** The size of the last message, as a guess for the next one. */
  #lastSize = 0;

  /** Makes an inflater for one direction of a connection. */
  constructor(zlib: Zlib, options: InflaterOptions) {
    this.#zlib = zlib;
    this.#windowBits = options.windowBits;
    this.#windowSize = options.contextTakeover ? 2 ** options.windowBits : 0;
    this.#start = options.contextTakeover
      ? STORED_HEADER_SIZE + this.#windowSize
      : 0;
  }

  /**
   * Inflates one message, and stops as soon as it is too large.
   *
   * @param message The payload of its frames, joined.
   * @param maxSize The most bytes of the inflated message.
   * @returns The message, valid until the next call.
   * @throws {ProtocolError} With 1009 if it is larger, with 1007 if the data are
   * not whole deflate blocks or refer to bytes outside of the window.
   */
  inflate(message: Uint8Array, maxSize: number): Uint8Array {
    const past = this.#past;
    const input = this.#join(message);
    const likely = Math.max(64 + message.length * 4, this.#lastSize * 1.25);
    const { output, used } = this.#run(
      input,
      past + maxSize,
      past + Math.min(maxSize, Math.ceil(likely)),
    );
    checkEnd(input, used);
    this.#lastSize = Math.min(output.length - past, MAX_GUESS);
    if (this.#windowSize > 0) this.#remember(output);
    return output.subarray(past);
  }

  /**
   * Inflates one message in pieces, of which only few are held at a time. Until
   * it has ended, no other message may be inflated.
   *
   * @param pieces The payload of its frames.
   * @throws {ProtocolError} With 1007 as `inflate`.
   */
  async *inflatePieces(
    pieces: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const start = this.#join(EMPTY);
    const past = this.#past;
    let skip = past;
    let window: Uint8Array = EMPTY;
    const stream = this.#zlib.createInflateRaw({
      windowBits: this.#windowBits,
    });
    const over = Promise.withResolvers<void>();
    /** Whether a last block has ended the data. */
    let isOver = false;
    let given = 0;
    let resume = () => {};
    const gate = new PollGate();
    /** Gives some bytes to the stream, and waits until its output is read. */
    const write = async (bytes: Uint8Array) => {
      given += bytes.length;
      const written = new Promise<void>((resolve) =>
        stream.write(bytes, () => resolve())
      );
      await Promise.race([written, over.promise]);
      if (stream.readableLength > 0) {
        await new Promise<void>((resolve) => resume = resolve);
      }
      await gate.pass();
    };
    const feed = async () => {
      const head = start.length - TAIL.length - LAST_BLOCK.length;
      if (past > 0) await write(start.slice(0, head));
      const rest = new RestCheck();
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length; at += MAX_INPUT) {
          const part = piece.subarray(at, at + MAX_INPUT);
          if (isOver) {
            rest.check(part);
            continue;
          }
          await write(part);
          // It takes nothing behind a last block.
          const unused = given - stream.bytesWritten;
          isOver = unused > 0;
          if (isOver) rest.check(part.subarray(part.length - unused));
        }
      }
      if (!isOver) stream.end(new Uint8Array([...TAIL, ...LAST_BLOCK]));
    };
    const feeding = feed();
    feeding.catch((error) => stream.destroy(error));
    try {
      for await (const piece of stream) {
        if (stream.readableLength === 0) resume();
        const bytes = new Uint8Array<ArrayBuffer>(piece);
        if (this.#windowSize > 0) {
          window = concatBytes([window, bytes]).slice(-this.#windowSize);
        }
        if (skip < bytes.length) yield bytes.subarray(skip);
        skip = Math.max(0, skip - bytes.length);
      }
      // After a last block, other frames of the message may follow.
      await feeding;
    } catch (error) {
      throw toProtocolError(error);
    } finally {
      over.resolve();
      resume();
      stream.destroy();
    }
    if (this.#windowSize > 0) this.#remember(window);
  }

  /** The window as a stored block, the message, and an end. */
  #join(message: Uint8Array): Uint8Array<ArrayBuffer> {
    const start = this.#start;
    const past = this.#past;
    const end = start + message.length;
    const input = this.#room(end + TAIL.length + LAST_BLOCK.length);
    input.set(message, start);
    input.set(TAIL, end);
    input.set(LAST_BLOCK, end + TAIL.length);
    const size = end + TAIL.length + LAST_BLOCK.length;
    if (past === 0) return input.subarray(start, size);
    const header = start - past - STORED_HEADER_SIZE;
    input[header] = 0;
    input[header + 1] = past & 0xff;
    input[header + 2] = past >> 8;
    input[header + 3] = ~past & 0xff;
    input[header + 4] = (~past >> 8) & 0xff;
    return input.subarray(header, size);
  }

  /** The kept buffer, or for a large message another with the same window. */
  #room(size: number): Uint8Array<ArrayBuffer> {
    const start = this.#start;
    if (start === 0) return new Uint8Array(size);
    this.#kept ??= new Uint8Array(start + KEPT_ROOM);
    if (size <= this.#kept.length) return this.#kept;
    const larger = new Uint8Array(size);
    larger.set(this.#kept.subarray(0, start));
    return larger;
  }

  #remember(output: Uint8Array): void {
    this.#past = Math.min(output.length, this.#windowSize);
    const past = output.subarray(output.length - this.#past);
    this.#kept?.set(past, this.#start - this.#past);
  }

  #run(
    input: Uint8Array,
    maxOutputLength: number,
    chunkSize: number,
  ): { output: Uint8Array; used: number } {
    let result: unknown;
    try {
      result = this.#zlib.inflateRawSync(input, {
        windowBits: this.#windowBits,
        chunkSize: Math.max(64, chunkSize),
        maxOutputLength,
        info: true,
      });
    } catch (error) {
      throw toProtocolError(error);
    }
    const { buffer, engine } = result as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    // A plain array, as some methods of a Buffer differ.
    const { byteOffset, length } = buffer;
    const output = new Uint8Array(buffer.buffer, byteOffset, length);
    return { output, used: engine.bytesWritten };
  }
}

/**
 * A block that is marked as the last one ends the inflating. Section 7.2.3.4
 * permits it at the end of a message, followed by a zero byte.
 */
function checkEnd(input: Uint8Array, used: number): void {
  const end = input.length - TAIL.length - LAST_BLOCK.length;
  const isClean = used >= end || (used === end - 1 && input[used] === 0);
  if (!isClean) throw invalidData("Data after the last block");
}

/** Checks that nothing but one zero byte follows a last block. */
class RestCheck {
  #length = 0;

  check(bytes: Uint8Array): void {
    this.#length += bytes.length;
    const isClean = this.#length <= 1 && bytes.every((byte) => byte === 0);
    if (!isClean) throw invalidData("Data after the last block");
  }
}

function toProtocolError(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  switch (error.code) {
    case "ERR_BUFFER_TOO_LARGE":
      return new ProtocolError(CloseCode.messageTooBig, "Message too large", {
        cause: error,
      });
    case "Z_DATA_ERROR":
    case "Z_BUF_ERROR":
    case "Z_NEED_DICT":
      return invalidData("Compressed data are broken", error);
    default:
      return error;
  }
}

function invalidData(message: string, cause?: unknown): ProtocolError {
  return new ProtocolError(CloseCode.invalidPayload, message, { cause });
}
