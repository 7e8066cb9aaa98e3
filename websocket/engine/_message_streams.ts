import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { Inflater } from "../deflate/_inflater.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import type { Delivery } from "../frame/_frame_parser.ts";
import type { ProtocolError } from "../protocol_error.ts";

/** Messages as streams, which only the project's own engine can do. */
export interface MessageStreams {
  /** Says how the next message is delivered; see `FrameParser.deliver`. */
  deliver(delivery: Delivery): void;
  /** Whether this side has sent its close frame. */
  readonly isClosing: boolean;
  /** Pauses the delivery. */
  pause(): void;
  /** Resumes the delivery. */
  resume(): void;
  /** Ends the connection because of a violation of the peer's. */
  refuse(error: ProtocolError): void;
  /** Sends a message in pieces. */
  readonly pieces: PieceSender;
}

/** Sends one message at a time in pieces. */
export interface PieceSender {
  /** Waits until a message may be sent in pieces; others wait for its end. */
  openMessage(wait?: WaitOptions): Promise<void>;
  /** Sends a piece of that message. The last one ends it. */
  sendPiece(
    opcode: DataOpcode,
    payload: Uint8Array,
    isFirst: boolean,
    isLast: boolean,
  ): Promise<void>;
  /** Gives the message up, of which nothing was sent. */
  releaseMessage(): void;
}

/** Receives the events of a message that is delivered in pieces. */
export interface MessageStreamHandler {
  /** It begins; with its decompressor if it is compressed. */
  onMessageStart(opcode: DataOpcode, inflater: Inflater | undefined): void;
  /** A piece of it. */
  onMessageChunk(chunk: Uint8Array<ArrayBuffer>): void;
  /** Its end. The next message is held until `deliver` is called. */
  onMessageEnd(): void;
  /** Whether a message over the limit is held, instead of being a violation. */
  holdsLarge(): boolean;
}
