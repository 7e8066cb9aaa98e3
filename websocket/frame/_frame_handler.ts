import type { OPCode } from "../opcode.ts";
import type { ProtocolError } from "../protocol_error.ts";

/** The opcodes of whole messages. */
export type DataOpcode = typeof OPCode.textFrame | typeof OPCode.binaryFrame;

/**
 * Takes the findings of a `FrameParser`, in the order of the wire. Its methods must
 * not throw and must not push; they may pause or stop the parser.
 */
export interface FrameHandler {
  /** A message of text, if the parser was to deliver strings. */
  textMessage(text: string): void;
  /**
   * A message of bytes, or of text as the UTF-8 it was sent in. The receiver
   * owns the payload, which may be a view of a larger buffer (of up to 8 KiB)
   * with other messages of the same connection in it.
   */
  bytesMessage(opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void;
  /**
   * A ping. The payload is not to be handed out if it is empty: then all parsers
   * share it.
   */
  ping(payload: Uint8Array<ArrayBuffer>): void;
  /** A pong, whose payload is as that of a ping. */
  pong(payload: Uint8Array<ArrayBuffer>): void;
  /** A close frame, with code 1005 if it names none. Nothing follows. */
  close(code: number, reason: string): void;
  /** A message begins that is delivered in pieces; see `FrameParser.deliver`. */
  messageStart?(opcode: DataOpcode, isCompressed: boolean): void;
  /** A piece of it, as it was sent but unmasked. The receiver owns it. */
  messageChunk?(chunk: Uint8Array<ArrayBuffer>): void;
  /** Its end. The next message is held until `FrameParser.deliver` is called. */
  messageEnd?(): void;
  /** Whether a message over the limit is held, instead of being a violation. */
  holdsLarge?(): boolean;
  /** A violation, with the close code that answers it. Nothing follows. */
  fail(error: ProtocolError): void;
}

/** Undoes the compression of messages; see `Inflater`. */
export interface MessageInflater {
  /**
   * Inflates one message.
   *
   * @param message The payload of its frames, joined.
   * @param maxSize The most bytes it may give.
   * @returns The message, valid until the next call.
   * @throws {ProtocolError} If the data are bad or the message is too large.
   */
  inflate(message: Uint8Array, maxSize: number): Uint8Array;
}

/** The side and the limits of a `FrameParser`. */
export interface FrameParserOptions {
  /** Which side reads: a server takes masked frames only, a client unmasked. */
  readonly role: "server" | "client";
  /**
   * The type in which text is delivered.
   *
   * @default {"string"}
   */
  readonly textAs?: "string" | "bytes" | undefined;
  /**
   * The most bytes a message may have; a larger one fails with 1009.
   *
   * @default {1048576}
   */
  readonly maxMessageSize?: number | undefined;
  /**
   * The most frames a message may come in, empty ones counted; more of them
   * fail with 1008.
   *
   * @default {131072}
   */
  readonly maxFragments?: number | undefined;
  /**
   * From this length on, a binary frame is left to the caller until all of it is
   * there, if the largest buffer of the pool holds it: see `FrameParser.need`.
   *
   * @default {262144}
   */
  readonly wholeFrom?: number | undefined;
  /** Undoes permessage-deflate, if that was agreed on. */
  readonly inflater?: MessageInflater | undefined;
}
