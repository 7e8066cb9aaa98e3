import { ClosedError } from "../../internal/errors/closed_error.ts";
import type { Inflater } from "../deflate/_inflater.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { invalidText } from "../frame/_message_assembler.ts";
import { Utf8Validator } from "../frame/_utf8_validator.ts";
import { CloseCode } from "../close_code.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import type { MessageStreams } from "./_message_streams.ts";

/** How many bytes are read ahead. */
const READ_AHEAD = 64 * 1024;
/** How many more are kept while the connection closes. */
const MAX_WHILE_CLOSING = 1024 * 1024;

type Chunk = Uint8Array<ArrayBuffer>;

/** The parts of an incoming message. */
export interface IncomingMessageParts {
  readonly opcode: DataOpcode;
  /** The most bytes, inflated. */
  readonly maxSize: number;
  /** Inflates it, if it is compressed. */
  readonly inflater: Inflater | undefined;
  readonly streams: MessageStreams;
  /** Called when all of it has arrived and is inflated. */
  readonly onDone: () => void;
}

/**
 * A message that is read in pieces: pauses the connection when its reader is
 * slow, inflates, and checks the size and the text.
 */
export class IncomingMessage {
  readonly #parts: IncomingMessageParts;
  readonly #utf8: Utf8Validator | undefined;
  /** Inflates the message, if it is compressed. */
  readonly #inflated: AsyncIterator<Chunk> | undefined;
  #arriving: ReadableStreamDefaultController<Chunk> | undefined;
  #size = 0;
  /** Whether the reader has cancelled it: the rest is not checked. */
  #isCancelled = false;
  /** Whether arriving bytes are dropped at once. */
  #isDropped = false;
  /** Whether all of it has arrived. */
  #hasArrived = false;
  /** The rule that the message breaks. */
  #violation: ProtocolError | undefined;

  /** The message. Cancelling it drops the rest. */
  readonly readable: ReadableStream<Chunk>;

  constructor(parts: IncomingMessageParts) {
    this.#parts = parts;
    const { opcode, inflater, streams } = parts;
    this.#utf8 = opcode === OPCode.textFrame ? new Utf8Validator() : undefined;
    const arriving = new ReadableStream<Chunk>({
      start: (controller) => {
        this.#arriving = controller;
      },
      pull: () => streams.resume(),
      cancel: () => this.discard(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD }));
    this.#inflated = inflater?.inflatePieces(arriving);
    this.readable = inflater ? this.#makeInflatedReadable() : arriving;
  }

  /** Drops the rest of the message. */
  discard(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    if (this.#inflated === undefined) this.#isDropped = true;
    // Its end is the window of the next message, so it is inflated all the same.
    // The end of the connection is reported elsewhere.
    else this.#inflateRest().catch(() => {});
    // Pieces may arrive during this call. The next message pauses for itself.
    if (!this.#hasArrived) this.#parts.streams.resume();
  }

  /** A piece has arrived. */
  push(chunk: Chunk): void {
    if (this.#isDropped) return;
    if (this.#inflated === undefined && !this.#isGood(chunk)) return;
    this.#arriving?.enqueue(chunk);
    const room = this.#arriving?.desiredSize ?? 0;
    if (room > 0) return;
    if (!this.#parts.streams.isClosing) this.#parts.streams.pause();
    else if (room < -MAX_WHILE_CLOSING) this.#drop();
  }

  /** All pieces have arrived. */
  end(): void {
    this.#hasArrived = true;
    this.#parts.streams.resume();
    if (this.#isDropped) return this.#parts.onDone();
    const isInflated = this.#inflated !== undefined;
    if (!isInflated && !this.#isGoodEnd()) return;
    this.#arriving?.close();
    if (!isInflated) this.#parts.onDone();
  }

  /** The connection ends: does nothing if all of the message has arrived. */
  fail(error: unknown): void {
    if (!this.#hasArrived && !this.#isDropped) this.#arriving?.error(error);
  }

  /** The connection closes, and must see the close frame behind the message. */
  #drop(): void {
    this.fail(new ClosedError("Cannot read the message: it was closed"));
    this.#isDropped = true;
  }

  #makeInflatedReadable(): ReadableStream<Chunk> {
    return new ReadableStream<Chunk>({
      pull: async (controller) => {
        const chunk = await this.#nextInflated();
        if (this.#isCancelled) return;
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => this.discard(),
    }, { highWaterMark: 0 });
  }

  /** The next inflated piece, `undefined` at the end of the message. */
  async #nextInflated(): Promise<Chunk | undefined> {
    try {
      const chunk = (await this.#inflated?.next())?.value || undefined;
      const isGood = chunk ? this.#isGood(chunk) : this.#isGoodEnd();
      if (!isGood) throw this.#violation;
      if (chunk === undefined) this.#parts.onDone();
      return chunk;
    } catch (error) {
      if (error instanceof ProtocolError) this.#refuse(error);
      throw error;
    }
  }

  async #inflateRest(): Promise<void> {
    while (await this.#nextInflated() !== undefined);
  }

  /** Checks a piece; a violation ends the connection. */
  #isGood(chunk: Chunk): boolean {
    if (this.#isCancelled) return true;
    this.#size += chunk.length;
    if (this.#size > this.#parts.maxSize) {
      return this.#refuse(
        new ProtocolError(CloseCode.messageTooBig, "Message too large"),
      );
    }
    const isText = this.#utf8 === undefined || this.#utf8.push(chunk) === -1;
    return isText || this.#refuse(invalidText());
  }

  #isGoodEnd(): boolean {
    const isWhole = this.#isCancelled || (this.#utf8?.complete ?? true);
    return isWhole || this.#refuse(invalidText());
  }

  #refuse(error: ProtocolError): false {
    if (this.#violation !== undefined) return false;
    this.#violation = error;
    this.#parts.streams.refuse(error);
    // If it is inflated, the reader gets the error behind the chunks before it.
    if (this.#inflated === undefined) this.#arriving?.error(error);
    else this.fail(error);
    this.#isDropped = true;
    return false;
  }
}
