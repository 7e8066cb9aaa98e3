import {
  giveBuffer,
  HUGE_BUFFER,
  poolSizeFor,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { decodeAscii, decodeStrict } from "../../internal/bytes/decode_text.ts";
import {
  DEFAULT_MAX_FRAGMENTS,
  DEFAULT_MAX_MESSAGE_SIZE,
} from "../_defaults.ts";
import { CloseCode } from "../close_code.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import { readClosePayload } from "./_close_payload.ts";
import type { FrameHandler, FrameParserOptions } from "./_frame_handler.ts";
import { FrameHeader, MAX_HEADER_SIZE } from "./_frame_header.ts";
import { copyMasked, NON_ASCII, rotateKey, toMasked } from "./_masking.ts";
import {
  invalidText,
  MessageAssembler,
  type MessageLimits,
  violation,
} from "./_message_assembler.ts";
import { ON_TRUST } from "./_message_buffer.ts";
import { MessageStreamer } from "./_message_streamer.ts";
import { PayloadSlab } from "./_payload_slab.ts";
import { Utf8Validator } from "./_utf8_validator.ts";

/** Payloads up to this size share a slab, larger ones get their own buffer. */
const SMALL = 2048;

/**
 * How messages are delivered: whole, or the next one in pieces, or the next one is
 * held until that is decided. Control frames before a held message are delivered.
 */
export type Delivery = "whole" | "stream" | "hold";

/** Of all parsers: its content is used before a handler is called. */
const HEADER = new FrameHeader();

/** For all parsers: none keeps it from one `push` to the next. */
const SLAB = new PayloadSlab();

/** Memory in which small texts are unmasked that become strings. */
const SCRATCH = new Uint8Array(SMALL);
const SCRATCH_VIEW = new DataView(SCRATCH.buffer);

/** The memory of an empty payload of a control frame. */
const NO_CONTROL = new DataView(new ArrayBuffer(0));

/** The empty payload: most pings and pongs are empty, and so make no garbage. */
const EMPTY = new Uint8Array(NO_CONTROL.buffer);

/**
 * A large frame that is taken whole is copied once; pieces of it are copied twice,
 * into memory that grows. For a smaller one that costs less than to move its
 * beginning to the front of the read buffer.
 */
const DEFAULT_WHOLE_FROM = 256 * 1024;

/** From this length on, a text that is not ASCII is checked sooner by decoding it. */
const DECODED_FROM = 512;

/** Checks shorter whole texts, one at a time. */
const WHOLE_TEXT = new Utf8Validator();

/**
 * Reads one direction of a WebSocket connection: bytes in, messages out, no I/O
 * (RFC 6455 sections 5 to 8, RFC 7692 section 7.2.2).
 *
 * Why it is written as it is. The bytes go from the transport's read buffer
 * through here to the handler, and one read brings anything from a part of a
 * header to 2,000 frames. So there are three ways through:
 *
 * - A hot loop for nearly all traffic: data frames that are messages by
 *   themselves, and lie in the read buffer as a whole. It reads the header where
 *   it is, and copies the payload once, out of the read buffer into memory for
 *   the receiver, unmasking it on the way and noting whether it is ASCII. It makes no object per frame but the
 *   payload itself, and small ones of one read share a slab.
 * - None yet, for a large binary message that is cut: it stays in the read buffer
 *   until the hot loop can take it.
 * - A state machine for all the rest: other cut frames, fragments, control
 *   frames, compressed messages, violations. Their payload is unmasked into a
 *   growing buffer as it arrives, and text is checked right there, so that bad
 *   UTF-8 fails at its first byte, even in the middle of a frame.
 *
 * Bytes that do not fit the hot loop leave it untouched and take the last way, which
 * alone knows the rules; so each rule is written down once.
 *
 * The handler can stop the parser between two frames. `push` then returns early
 * and says how much it has used; the caller keeps the rest and its buffer.
 */
export class FrameParser {
  readonly #handler: FrameHandler;
  readonly #masked: boolean;
  readonly #textAsBytes: boolean;
  readonly #options: FrameParserOptions;
  readonly #limits: MessageLimits;
  readonly #wholeFrom: number;
  /** The length of the largest binary message of one frame so far. */
  #largest = 0;
  /** Made for the first message that needs it. */
  #assembler: MessageAssembler | undefined;

  #ended = false;
  /** Whether it was stopped in the middle of a message. */
  #wasInMessage = false;
  #delivery: Delivery = "whole";
  #held = false;
  /** Made for the first message that is delivered in pieces. */
  #streamer: MessageStreamer | undefined;

  // The frame under way.
  #opcode: OPCode = OPCode.continuation;
  #isFinal = false;
  #inPayload = false;
  #remaining = 0;
  #key = 0;
  /** The start of a header that the chunk has cut, and how much of it. */
  #carry: DataView | undefined;
  #carried = 0;
  /** The payload of a control frame. */
  #control: DataView<ArrayBuffer> | undefined;

  /**
   * Whether the parser takes nothing more: `push` returns after this frame. Later
   * the caller pushes the bytes that it has kept.
   */
  paused = false;
  /**
   * How many bytes have to be pushed at once, those included that the last `push`
   * has not used; 0 if any further byte will do.
   *
   * Of a large message this may be a part: a peer that announces much and sends
   * nothing is to cost little, until it has sent as much once.
   */
  need = 0;

  /**
   * Makes a parser at the start of the frames.
   *
   * @param handler The receiver of the messages.
   * @param options The side, and the limits.
   * @throws {RangeError} If a limit is not a whole number in its range.
   */
  constructor(handler: FrameHandler, options: FrameParserOptions) {
    this.#handler = handler;
    this.#masked = options.role === "server";
    this.#textAsBytes = options.textAs === "bytes";
    this.#options = options;
    this.#wholeFrom = options.wholeFrom ?? DEFAULT_WHOLE_FROM;
    const {
      maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE,
      maxFragments = DEFAULT_MAX_FRAGMENTS,
    } = options;
    this.#limits = { maxMessageSize, maxFragments };
  }

  get #message(): MessageAssembler | MessageStreamer {
    if (this.#streamer !== undefined && this.#delivery === "stream") {
      return this.#streamer;
    }
    return this.#assembler ??= new MessageAssembler(
      this.#handler,
      this.#limits,
      this.#options,
    );
  }

  /** Whether a message is held until {@linkcode FrameParser.deliver} is called. */
  get held(): boolean {
    return this.#held;
  }

  /**
   * Says how the next message is delivered, or the one under way if it has not
   * been delivered. The caller pushes the bytes that it has kept.
   */
  deliver(delivery: Delivery): void {
    this.#delivery = delivery;
    this.#held = false;
    if (delivery !== "stream") return;
    const isCompressible = this.#options.inflater !== undefined;
    this.#streamer ??= new MessageStreamer(this.#handler, isCompressible);
    if (this.#assembler?.open) this.#streamer.takeOver(this.#assembler);
  }

  /** Whether a message has begun, of which more is to come, or was to come. */
  get isInMessage(): boolean {
    const hasBegun = this.#wasInMessage || this.need > 0 ||
      this.#assembler?.open === true;
    return hasBegun ||
      (this.#carried > 0 && isDataFrame(this.#carry?.getUint8(0) ?? 0));
  }

  /** Ends the parsing: all further bytes are ignored. */
  stop(): void {
    this.#wasInMessage = this.isInMessage;
    this.#ended = true;
    this.#control = undefined;
    this.#assembler?.clear();
  }

  /**
   * Takes the next bytes of the connection.
   *
   * @param chunk The bytes. Nothing of them is kept or changed.
   * @returns How many were used: all of them, unless the parser is paused or
   * `need` tells that it waits for more.
   */
  push(chunk: Uint8Array): number {
    const end = chunk.length;
    if (this.#ended) return end;
    const view = new DataView(chunk.buffer, chunk.byteOffset, end);
    let at = 0;
    this.need = 0;
    while (
      at < end && !this.paused && !this.#held && !this.#ended &&
      this.need === 0
    ) {
      if (this.#inPayload) at = this.#takePayload(view, at);
      else if (this.#carried > 0) at = this.#takeCarriedHeader(view, at);
      else if (this.#delivery !== "whole" && isDataFrame(chunk[at])) {
        if (this.#delivery === "stream") at = this.#takeHeader(view, at);
        else this.#held = true;
      } else at = this.#takeWholeFrames(chunk, view, at);
    }
    SLAB.drop();
    return this.#ended ? end : at;
  }

  /** The hot loop, and on to the header of the first frame it does not take. */
  #takeWholeFrames(
    chunk: Uint8Array,
    view: DataView,
    start: number,
  ): number {
    const end = chunk.length;
    const maxSize = this.#limits.maxMessageSize;
    const maskBit = this.#masked ? 0x80 : 0;
    const keySize = this.#masked ? 4 : 0;
    let at = start;
    while (at + 2 + keySize <= end && !this.#assembler?.open) {
      const first = chunk[at];
      if (first !== 0x81 && first !== 0x82) break;
      // A mask bit that is wrong gives a length that is too large.
      let length = chunk[at + 1] ^ maskBit;
      let payload = at + 2 + keySize;
      if (length === 126) {
        if (payload + 2 > end) break;
        length = view.getUint16(at + 2);
        if (length < 126) break;
        payload += 2;
      } else if (length === 127) {
        if (payload + 8 > end || view.getInt32(at + 2) !== 0) break;
        length = view.getInt32(at + 6);
        if (length < 0x10000) break;
        payload += 8;
      } else if (length > 127) break;
      if (length > maxSize) break;
      if (payload + length > end) {
        const size = payload - at + length;
        if (first !== 0x82 || size < this.#wholeFrom || size > HUGE_BUFFER) {
          break;
        }
        this.need = this.#needOf(size, end - at);
        return at;
      }
      const key = maskBit === 0 ? 0 : view.getInt32(payload - 4, true);
      at = payload + length;
      if (first === 0x82) this.#deliverBinary(view, payload, length, key);
      else this.#deliverText(view, payload, length, key);
      if (this.paused || this.#ended || this.#delivery !== "whole") return at;
    }
    return at < end ? this.#takeHeader(view, at) : at;
  }

  /** How many bytes of a frame of `size` to wait for, of which some are there. */
  #needOf(size: number, available: number): number {
    const proven = this.#largest + MAX_HEADER_SIZE;
    const trusted = available < ON_TRUST ? ON_TRUST : available * 4;
    return Math.min(size, Math.max(proven, trusted));
  }

  #deliverBinary(
    view: DataView,
    at: number,
    length: number,
    key: number,
  ): void {
    let payload: Uint8Array<ArrayBuffer>;
    if (length > SMALL) {
      payload = toMasked(view, at, length, key);
      this.#largest = Math.max(this.#largest, length);
    } else {
      this.#copyToSlab(view, at, length, key);
      payload = SLAB.take(length);
    }
    this.#handler.bytesMessage(OPCode.binaryFrame, payload);
  }

  #deliverText(
    view: DataView,
    at: number,
    length: number,
    key: number,
  ): void {
    if (!this.#textAsBytes) return this.#deliverString(view, at, length, key);
    const seen = this.#copyToSlab(view, at, length, key);
    const { bytes, used } = SLAB;
    if ((seen & NON_ASCII) === 0 || this.#isUtf8(bytes, used, used + length)) {
      this.#handler.bytesMessage(OPCode.textFrame, SLAB.take(length));
    } else {
      this.#fail(invalidText());
    }
  }

  /** The bytes of a string are not handed out, so they need no memory of their own. */
  #deliverString(
    view: DataView,
    at: number,
    length: number,
    key: number,
  ): void {
    const isSmall = length <= SMALL;
    const bytes = isSmall ? SCRATCH : takeBuffer(poolSizeFor(length));
    const copy = isSmall
      ? SCRATCH_VIEW
      : new DataView(bytes.buffer, bytes.byteOffset);
    const seen = copyMasked(view, at, copy, 0, length, key);
    const text = (seen & NON_ASCII) === 0
      ? decodeAscii(bytes, 0, length)
      : decodeStrict(bytes, 0, length);
    if (!isSmall) giveBuffer(bytes);
    if (text === undefined) this.#fail(invalidText());
    else this.#handler.textMessage(text);
  }

  #copyToSlab(
    view: DataView,
    at: number,
    length: number,
    key: number,
  ): number {
    const slab = SLAB;
    slab.reserve(length, length > SMALL ? length : view.byteLength - at);
    return copyMasked(view, at, slab.view, slab.used, length, key);
  }

  #isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > DECODED_FROM) {
      return decodeStrict(bytes, start, end) !== undefined;
    }
    WHOLE_TEXT.reset();
    return WHOLE_TEXT.push(bytes, start, end) === -1 && WHOLE_TEXT.complete;
  }

  /** Reads a header, or keeps the part of it that is there. */
  #takeHeader(view: DataView, at: number): number {
    const available = view.byteLength - at;
    const size = this.#readHeader(view, at, available);
    if (size > 0 || this.#ended || this.#held) return at + size;
    this.#carry ??= new DataView(new ArrayBuffer(MAX_HEADER_SIZE));
    copyMasked(view, at, this.#carry, 0, available, 0);
    this.#carried = available;
    return view.byteLength;
  }

  /** Goes on with a cut header, byte by byte: there are 13 of them at most. */
  #takeCarriedHeader(view: DataView, start: number): number {
    const carry = this.#carry ??= new DataView(
      new ArrayBuffer(MAX_HEADER_SIZE),
    );
    let at = start;
    // A header that was held is complete.
    while (this.#readHeader(carry, 0, this.#carried) === 0) {
      const isStuck = this.#ended || this.#held || at === view.byteLength;
      if (isStuck) return at;
      carry.setUint8(this.#carried++, view.getUint8(at++));
    }
    this.#carried = 0;
    return at;
  }

  /** Returns the size of the header, 0 if it is incomplete or has failed. */
  #readHeader(
    view: DataView,
    at: number,
    available: number,
  ): number {
    const header = HEADER;
    const size = header.read(view, at, available, this.#masked);
    if (header.error !== undefined) {
      this.#fail(violation(header.error));
      return 0;
    }
    const { length } = header;
    if (length === undefined) return 0;
    // Before the masking key is there, and before anything is allocated.
    const error = this.#checkFrame(length);
    if (error !== undefined) {
      const isTooLarge = error.closeCode === CloseCode.messageTooBig;
      this.#held = isTooLarge && this.#handler.holdsLarge?.() === true;
      if (!this.#held) this.#fail(error);
      return 0;
    }
    if (size > 0) this.#beginFrame(length);
    return size;
  }

  #checkFrame(length: number): ProtocolError | undefined {
    const { opcode, reserved1 } = HEADER;
    if (opcode < OPCode.close) return this.#message.check(HEADER, length);
    return reserved1 ? violation("Reserved bit set") : undefined;
  }

  #beginFrame(length: number): void {
    const { opcode, key, final } = HEADER;
    if (opcode < OPCode.close) this.#message.beginFrame(HEADER);
    else if (length === 0) this.#control = NO_CONTROL;
    else this.#control = new DataView(new ArrayBuffer(length));
    this.#opcode = opcode;
    this.#isFinal = final;
    this.#key = key;
    // Within the limits by now, and an integer of 32 bits from here on, except for
    // a frame of a message that is delivered in pieces.
    this.#remaining = this.#delivery === "stream" ? length : length | 0;
    this.#inPayload = length > 0;
    if (length === 0) this.#endFrame();
  }

  #takePayload(view: DataView, at: number): number {
    const length = Math.min(this.#remaining, view.byteLength - at);
    const control = this.#control;
    if (control !== undefined) {
      const place = control.byteLength - this.#remaining;
      copyMasked(view, at, control, place, length, this.#key);
    } else {
      this.#message.reserve(this.#remaining, this.#isFinal, length);
      const error = this.#message.append(view, at, length, this.#key);
      if (error !== undefined) this.#fail(error);
    }
    this.#key = rotateKey(this.#key, length);
    this.#remaining -= length;
    if (this.#remaining === 0 && !this.#ended) {
      this.#inPayload = false;
      this.#endFrame();
    }
    return at + length;
  }

  #endFrame(): void {
    if (this.#control !== undefined) {
      const { buffer, byteLength } = this.#control;
      const payload = byteLength === 0 ? EMPTY : new Uint8Array(buffer);
      this.#control = undefined;
      this.#endControl(this.#opcode, payload);
    } else if (this.#isFinal) {
      const message = this.#message;
      if (this.#delivery === "stream") this.#delivery = "hold";
      const error = message.finish();
      if (error !== undefined) this.#fail(error);
    }
  }

  #endControl(opcode: OPCode, payload: Uint8Array<ArrayBuffer>): void {
    if (opcode === OPCode.ping) return this.#handler.ping(payload);
    if (opcode === OPCode.pong) return this.#handler.pong(payload);
    const close = readClosePayload(payload);
    if (close instanceof ProtocolError) return this.#fail(close);
    this.stop();
    this.#handler.close(close.code, close.reason);
  }

  #fail(error: ProtocolError): void {
    this.stop();
    this.#handler.fail(error);
  }
}

/** Whether the first byte of a frame is that of a data frame. */
function isDataFrame(first: number): boolean {
  return (first & 0x0f) < OPCode.close;
}
