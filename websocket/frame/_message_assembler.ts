import { CloseCode } from "../close_code.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import type {
  DataOpcode,
  FrameHandler,
  FrameParserOptions,
} from "./_frame_handler.ts";
import type { FrameHeader } from "./_frame_header.ts";
import { NON_ASCII } from "./_masking.ts";
import { MessageBuffer } from "./_message_buffer.ts";
import { decodeAscii, decodeStrict } from "../../internal/bytes/decode_text.ts";
import { Utf8Validator } from "./_utf8_validator.ts";

/** The options of a parser that an assembler needs too. */
type MessageOptions = Pick<FrameParserOptions, "textAs" | "inflater">;

/** The limits on a message. */
export interface MessageLimits {
  readonly maxMessageSize: number;
  readonly maxFragments: number;
}

/**
 * The message that comes in several frames or several reads: keeps the rules
 * about it, unmasks and checks each piece as it arrives, and delivers the whole.
 */
export class MessageAssembler {
  readonly #handler: FrameHandler;
  readonly #limits: MessageLimits;
  readonly #options: MessageOptions;
  readonly #buffer = new MessageBuffer();
  readonly #utf8 = new Utf8Validator();
  #opcode: DataOpcode | 0 = 0;
  #compressed = false;
  #fragments = 0;
  #seen = 0;

  /** Makes an assembler with no message under way. */
  constructor(
    handler: FrameHandler,
    limits: MessageLimits,
    options: MessageOptions,
  ) {
    this.#handler = handler;
    this.#limits = limits;
    this.#options = options;
  }

  /** Whether a message is under way. */
  get open(): boolean {
    return this.#opcode !== 0;
  }

  /**
   * Checks the rules between the header of a data frame and the message so far,
   * before anything is allocated.
   *
   * @param header The header, of which the masking key may be missing yet.
   * @param length The announced length.
   * @returns The violation, if there is one.
   */
  check(header: FrameHeader, length: number): ProtocolError | undefined {
    const isWrong = checkOrder(header, this.open, !!this.#options.inflater);
    if (isWrong !== undefined) return isWrong;
    const begins = header.opcode !== OPCode.continuation;
    if (this.#fragments >= this.#limits.maxFragments) {
      return new ProtocolError(CloseCode.policyViolation, "Too many fragments");
    }
    const compressed = begins ? header.reserved1 : this.#compressed;
    if (this.#buffer.length + length > this.#maxWireSize(compressed)) {
      return new ProtocolError(CloseCode.messageTooBig, "Message too large");
    }
    return undefined;
  }

  /** Begins a data frame that has passed the check. */
  beginFrame(header: FrameHeader): void {
    this.#fragments++;
    const { opcode } = header;
    if (opcode !== OPCode.textFrame && opcode !== OPCode.binaryFrame) return;
    this.#opcode = opcode;
    this.#compressed = header.reserved1;
  }

  /**
   * Makes room for a piece of a frame, and for as much of the rest of it as its
   * announcement is to be trusted.
   *
   * @param remaining How many bytes of the frame have not been appended.
   * @param isLast Whether the frame ends the message.
   * @param arrived How many of them are to be appended next.
   */
  reserve(remaining: number, isLast: boolean, arrived: number): void {
    this.#buffer.reserve(remaining, isLast, arrived);
  }

  /**
   * Appends a piece for which there is room.
   *
   * @param view The array that holds the piece.
   * @param start The place of its first byte.
   * @param length How many bytes it has.
   * @param key The masking key for the first of them.
   * @returns The violation, if text has a byte that can't be.
   */
  append(
    view: DataView,
    start: number,
    length: number,
    key: number,
  ): ProtocolError | undefined {
    const buffer = this.#buffer;
    if (this.#opcode === OPCode.binaryFrame || this.#compressed) {
      if (key === 0) buffer.appendPlain(view, start, length);
      else buffer.append(view, start, length, key);
      return undefined;
    }
    const before = buffer.length;
    const seen = buffer.append(view, start, length, key);
    this.#seen |= seen;
    if ((seen & NON_ASCII) === 0 && this.#utf8.complete) return undefined;
    const bad = this.#utf8.push(buffer.bytes, before, buffer.length);
    return bad === -1 ? undefined : invalidText();
  }

  /**
   * Ends the message and delivers it.
   *
   * @returns The violation, if the message is not valid.
   */
  finish(): ProtocolError | undefined {
    const error = this.#deliver();
    if (error !== undefined) this.clear();
    return error;
  }

  /** Gives up the message that is under way, with the bytes that have arrived. */
  detach(): DetachedMessage {
    const opcode = this.#opcode === OPCode.textFrame
      ? OPCode.textFrame
      : OPCode.binaryFrame;
    const isCompressed = this.#compressed;
    const bytes = this.#buffer.take();
    this.clear();
    return { opcode, isCompressed, bytes };
  }

  /** Forgets the message. */
  clear(): void {
    this.#buffer.clear();
    this.#utf8.reset();
    this.#opcode = 0;
    this.#compressed = false;
    this.#fragments = 0;
    this.#seen = 0;
  }

  #deliver(): ProtocolError | undefined {
    const inflated = this.#compressed ? this.#inflate() : undefined;
    if (inflated instanceof ProtocolError) return inflated;
    const isText = this.#opcode === OPCode.textFrame;
    if (isText && this.#options.textAs !== "bytes") {
      return this.#deliverString(inflated);
    }
    const utf8 = this.#utf8;
    const isBad = isText && inflated !== undefined &&
      utf8.push(inflated) !== -1;
    if (isBad || !utf8.complete) return invalidText();
    const payload = inflated === undefined
      ? this.#buffer.take()
      : new Uint8Array(inflated);
    this.clear();
    const opcode = isText ? OPCode.textFrame : OPCode.binaryFrame;
    this.#handler.bytesMessage(opcode, payload);
    return undefined;
  }

  #deliverString(inflated: Uint8Array | undefined): ProtocolError | undefined {
    const { bytes, length } = inflated === undefined
      ? this.#buffer
      : { bytes: inflated, length: inflated.length };
    const isAscii = inflated === undefined && (this.#seen & NON_ASCII) === 0;
    const text = isAscii
      ? decodeAscii(bytes, 0, length)
      : decodeStrict(bytes, 0, length);
    if (text === undefined) return invalidText();
    this.clear();
    this.#handler.textMessage(text);
    return undefined;
  }

  #inflate(): Uint8Array | ProtocolError {
    const compressed = this.#buffer.bytes.subarray(0, this.#buffer.length);
    const { maxMessageSize } = this.#limits;
    try {
      return this.#options.inflater?.inflate(compressed, maxMessageSize) ??
        violation("Reserved bit set");
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }

  /**
   * The most bytes of payload for one message. Data that can't be compressed grows
   * a little on the way, by 5 bytes for each stored block.
   */
  #maxWireSize(compressed: boolean): number {
    const size = this.#limits.maxMessageSize;
    return compressed ? size + (size >> 10) + 64 : size;
  }
}

/** The part of a message that {@linkcode MessageAssembler.detach} gives up. */
interface DetachedMessage {
  readonly opcode: DataOpcode;
  readonly isCompressed: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Checks the rules between the header of a data frame and the one before it. */
export function checkOrder(
  { opcode, reserved1 }: FrameHeader,
  isOpen: boolean,
  mayBeCompressed: boolean,
): ProtocolError | undefined {
  const begins = opcode !== OPCode.continuation;
  if (reserved1 && !(begins && mayBeCompressed)) {
    return violation("Reserved bit set");
  }
  if (begins && isOpen) return violation("New message inside a fragmented one");
  if (!begins && !isOpen) return violation("Continuation of no message");
  return undefined;
}

/** The violation for text that is not UTF-8. */
export function invalidText(): ProtocolError {
  return new ProtocolError(CloseCode.invalidPayload, "Text is not UTF-8");
}

/** The violation of a rule of the framing. */
export function violation(rule: string): ProtocolError {
  return new ProtocolError(CloseCode.protocolError, rule);
}
