import { OPCode } from "../opcode.ts";
import type { ProtocolError } from "../protocol_error.ts";
import type { DataOpcode, FrameHandler } from "./_frame_handler.ts";
import type { FrameHeader } from "./_frame_header.ts";
import { copyMasked } from "./_masking.ts";
import { checkOrder, type MessageAssembler } from "./_message_assembler.ts";

/**
 * A message that is delivered in pieces as they arrive: keeps the rules about its
 * frames, and unmasks each piece. It has no limits, and does not check text.
 */
export class MessageStreamer {
  readonly #handler: FrameHandler;
  readonly #mayBeCompressed: boolean;

  /** Whether a message is under way. */
  open = false;

  constructor(handler: FrameHandler, mayBeCompressed: boolean) {
    this.#handler = handler;
    this.#mayBeCompressed = mayBeCompressed;
  }

  /** Goes on with a message of which a part has been assembled. */
  takeOver(assembler: MessageAssembler): void {
    const { opcode, isCompressed, bytes } = assembler.detach();
    this.#begin(opcode, isCompressed);
    if (bytes.length > 0) this.#handler.messageChunk?.(bytes);
  }

  /** Checks a header against the message so far. */
  check(header: FrameHeader): ProtocolError | undefined {
    return checkOrder(header, this.open, this.#mayBeCompressed);
  }

  /** Begins a data frame that has passed the check. */
  beginFrame({ opcode, reserved1 }: FrameHeader): void {
    if (opcode !== OPCode.textFrame && opcode !== OPCode.binaryFrame) return;
    this.#begin(opcode, reserved1);
  }

  /** Does nothing: nothing is kept. */
  reserve(): void {}

  /** Delivers a piece. */
  append(
    view: DataView,
    start: number,
    length: number,
    key: number,
  ): undefined {
    const chunk = new Uint8Array(length);
    copyMasked(view, start, new DataView(chunk.buffer), 0, length, key);
    this.#handler.messageChunk?.(chunk);
  }

  /** Ends the message. */
  finish(): undefined {
    this.open = false;
    this.#handler.messageEnd?.();
  }

  #begin(opcode: DataOpcode, isCompressed: boolean): void {
    this.open = true;
    this.#handler.messageStart?.(opcode, isCompressed);
  }
}
