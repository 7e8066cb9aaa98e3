import { checkBytes } from "../../internal/bytes/bytes.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { Utf8Validator } from "../frame/_utf8_validator.ts";
import { OPCode } from "../opcode.ts";
import type { PieceSender } from "./_message_streams.ts";

const EMPTY = new Uint8Array(0);

/** The parts of an outgoing message. */
export interface OutgoingMessageParts {
  readonly opcode: DataOpcode;
  readonly pieces: PieceSender;
  /** Closes the connection, as a part of a message was sent. */
  readonly onAbort: () => void;
}

/** A message that is sent in pieces, one frame for each chunk. */
export class OutgoingMessage implements UnderlyingSink<Uint8Array> {
  readonly #parts: OutgoingMessageParts;
  readonly #utf8: Utf8Validator | undefined;
  #hasBegun = false;
  #controller: WritableStreamDefaultController | undefined;

  constructor(parts: OutgoingMessageParts) {
    this.#parts = parts;
    const isText = parts.opcode === OPCode.textFrame;
    this.#utf8 = isText ? new Utf8Validator() : undefined;
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
  }

  /** The connection has ended: does nothing if the message has. */
  fail(error: unknown): void {
    this.#controller?.error(error);
  }

  /** Of the stream: sends a chunk. */
  async write(chunk: Uint8Array): Promise<void> {
    const error = this.#check(chunk);
    if (error !== undefined) {
      this.abort();
      throw error;
    }
    if (chunk.length > 0) await this.#send(chunk, false);
  }

  /** Of the stream: ends the message. */
  async close(): Promise<void> {
    if (this.#utf8 !== undefined && !this.#utf8.complete) {
      this.abort();
      throw notText();
    }
    await this.#send(EMPTY, true);
  }

  /** Of the stream: a message can't be ended halfway, so the connection closes. */
  abort(): void {
    if (this.#hasBegun) this.#parts.onAbort();
    else this.#parts.pieces.releaseMessage();
  }

  #send(payload: Uint8Array, isLast: boolean): Promise<void> {
    const { opcode, pieces } = this.#parts;
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    return pieces.sendPiece(opcode, payload, isFirst, isLast);
  }

  #check(chunk: Uint8Array): TypeError | undefined {
    const error = checkBytes("send", chunk);
    if (error !== undefined) return error;
    const isText = this.#utf8 === undefined || this.#utf8.push(chunk) === -1;
    return isText ? undefined : notText();
  }
}

function notText(): TypeError {
  return new TypeError("Cannot send the message as text: it is not UTF-8");
}
