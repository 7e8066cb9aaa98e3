import { OPCode } from "../opcode.ts";
import { closePayload } from "./_close_payload.ts";
import type { DataOpcode } from "./_frame_handler.ts";
import { MaskKeys } from "./_mask_keys.ts";
import { maskInPlace } from "./_masking.ts";
import { OutgoingBuffer } from "./_outgoing_buffer.ts";

const FINAL = 0x80;
const COMPRESSED = 0x40;

/** Up to this length a loop over the characters beats a call of `encodeInto`. */
const SHORT_TEXT = 48;

const ENCODER = new TextEncoder();

/**
 * The frames of one direction of a connection, on their way out: masked if they
 * are the client's (RFC 6455 section 5). Text is encoded right into the buffer.
 * Nothing of a payload is kept after a call.
 */
export class FrameEncoder extends OutgoingBuffer {
  readonly #keys: MaskKeys | undefined;

  /** How many messages have been written to their end. */
  messageCount = 0;

  /**
   * Makes an encoder for one side.
   *
   * @param role Which side writes: a client masks, a server does not.
   */
  constructor(role: "server" | "client") {
    super();
    this.#keys = role === "client" ? new MaskKeys() : undefined;
  }

  /**
   * Writes a message of text. A lone surrogate goes out as U+FFFD.
   *
   * @param text The message.
   * @returns How many bytes it has as UTF-8.
   */
  text(text: string): number {
    const first = FINAL | OPCode.textFrame;
    if (text.length > SHORT_TEXT) return this.#longText(first, text);
    const size = this.#headerSize(text.length);
    const start = this.reserve(size + text.length) + size;
    const { memory } = this;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return this.#longText(first, text);
      memory[start + index] = code;
    }
    this.#sealInPlace(first, text.length);
    this.messageCount++;
    return text.length;
  }

  /**
   * Writes a message of bytes, or of text that is UTF-8 already.
   *
   * @returns How many bytes it has.
   */
  bytes(opcode: DataOpcode, payload: Uint8Array): number {
    this.#frame(FINAL | opcode, payload);
    this.messageCount++;
    return payload.length;
  }

  /** Writes a message that permessage-deflate has compressed. */
  compressed(opcode: DataOpcode, payload: Uint8Array): void {
    this.#frame(FINAL | COMPRESSED | opcode, payload);
    this.messageCount++;
  }

  /** Writes one frame of a message in several. */
  fragment(
    opcode: DataOpcode | typeof OPCode.continuation,
    payload: Uint8Array,
    { isFinal, isCompressed = false }: FragmentOptions,
  ): void {
    const bits = (isFinal ? FINAL : 0) | (isCompressed ? COMPRESSED : 0);
    this.#frame(bits | opcode, payload);
    if (isFinal) this.messageCount++;
  }

  /** Writes a ping of at most 125 bytes. */
  ping(payload: Uint8Array): void {
    this.#frame(FINAL | OPCode.ping, payload);
  }

  /** Writes a pong of at most 125 bytes. */
  pong(payload: Uint8Array): void {
    this.#frame(FINAL | OPCode.pong, payload);
  }

  /**
   * Writes a close frame.
   *
   * @param code The code, `undefined` for a close frame without payload.
   * @param reason The reason, at most 123 bytes as UTF-8.
   * @throws {TypeError} If an argument is of the wrong type, or there is a
   * reason without a code.
   * @throws {RangeError} If the code may not be sent or the reason is too long.
   */
  close(code?: number, reason = ""): void {
    this.#frame(FINAL | OPCode.close, closePayload(code, reason));
  }

  #frame(first: number, payload: Uint8Array): void {
    const { length } = payload;
    const size = this.#headerSize(length);
    const at = this.reserve(size + length);
    // Quicker than masking on the way, which needs a view of the payload.
    this.memory.set(payload, at + size);
    this.#sealInPlace(first, length);
  }

  /** Text of any kind: its length is known only when it is written. */
  #longText(first: number, text: string): number {
    // The start of the payload if all of it is ASCII.
    const size = this.#headerSize(text.length);
    const start = this.reserve(size + text.length) + size;
    const result = ENCODER.encodeInto(text, this.memory.subarray(start));
    // An integer of 32 bits for the compiler; see _masking.ts.
    let written = result.written | 0;
    if (result.read < text.length) {
      const rest = text.slice(result.read);
      this.reserve(size + written + rest.length * 3);
      const free = this.memory.subarray(start + written);
      written += ENCODER.encodeInto(rest, free).written | 0;
    }
    const grown = this.#headerSize(written) - size;
    if (grown > 0) {
      this.reserve(size + written + grown);
      this.memory.copyWithin(start + grown, start, start + written);
    }
    this.#sealInPlace(first, written);
    this.messageCount++;
    return written;
  }

  /** Puts the header before a payload that is in its place, and masks it. */
  #sealInPlace(first: number, length: number): void {
    const at = this.length;
    const size = this.#headerSize(length);
    if (this.#keys === undefined) {
      writeHeader(this.view, at, first, length, 0);
    } else {
      const key = this.#keys.next();
      writeHeader(this.view, at, first, length, 0x80);
      this.view.setInt32(at + size - 4, key, true);
      maskInPlace(this.view, at + size, length, key);
    }
    this.advance(size + length);
  }

  #headerSize(length: number): number {
    return headerSize(length) + (this.#keys === undefined ? 0 : 4);
  }
}

/** How to make a frame, for {@linkcode FrameEncoder.fragment}. */
export interface FragmentOptions {
  /** Whether it is the last of its message. */
  readonly isFinal: boolean;
  /** Whether it is the first of a compressed message. */
  readonly isCompressed?: boolean;
}

/**
 * Makes a whole unmasked frame, to be written to any number of connections of a
 * server.
 */
export function encodeFrame(
  opcode: DataOpcode,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const size = headerSize(payload.length);
  const frame = new Uint8Array(size + payload.length);
  const view = new DataView(frame.buffer);
  writeHeader(view, 0, FINAL | opcode, payload.length, 0);
  frame.set(payload, size);
  return frame;
}

function headerSize(length: number): number {
  return length < 126 ? 2 : length < 0x10000 ? 4 : 10;
}

function writeHeader(
  view: DataView,
  at: number,
  first: number,
  length: number,
  maskBit: number,
): void {
  view.setUint8(at, first);
  if (length < 126) {
    view.setUint8(at + 1, maskBit | length);
  } else if (length < 0x10000) {
    view.setUint8(at + 1, maskBit | 126);
    view.setUint16(at + 2, length);
  } else {
    view.setUint8(at + 1, maskBit | 127);
    view.setUint32(at + 2, Math.floor(length / 0x100000000));
    view.setUint32(at + 6, length >>> 0);
  }
}
