import { concatBytes } from "../../internal/bytes/concat_bytes.ts";
import { encodeText } from "../../internal/bytes/encode_text.ts";
import { OPCode } from "../opcode.ts";
import { closePayload } from "./_close_payload.ts";
import type { Deflater } from "../deflate/_deflater.ts";
import type { DataOpcode } from "./_frame_handler.ts";
import type { FragmentOptions, FrameEncoder } from "./_frame_encoder.ts";

/** How messages are compressed. */
export interface MessageEncoderOptions {
  /** The compressor. */
  readonly deflater: Deflater;
  /** Messages of fewer bytes go out as they are. */
  readonly threshold: number;
}

/**
 * Writes messages where compression was agreed on, and keeps their order: it may
 * take a while (see `Deflater`), and later messages
 * wait for it. Pings and pongs need not wait; they go straight to the
 * frame encoder.
 *
 * Each call returns the number of payload bytes if the frame is in the outgoing
 * buffer by then, and otherwise a promise of that number that settles once it
 * is.
 */
export class MessageEncoder {
  readonly #frames: FrameEncoder;
  readonly #options: MessageEncoderOptions;
  /** Settles when all that waits has been written. */
  #last: Promise<void> | undefined;
  #pendingBytes = 0;

  /** Makes an encoder that writes its frames by another. */
  constructor(frames: FrameEncoder, options: MessageEncoderOptions) {
    this.#frames = frames;
    this.#options = options;
  }

  /** Whether frames wait to be written, of which some may have no payload. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** How many bytes of payload wait to be compressed. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Writes a message of text. */
  text(text: string): number | Promise<number> {
    return this.bytes(OPCode.textFrame, encodeText(text));
  }

  /**
   * Writes a message of bytes, which must not change until it is written.
   *
   * @param opcode The kind of message.
   * @param payload The message.
   * @returns Its length; the promise rejects if the compression fails, and so do
   * all later ones.
   */
  bytes(opcode: DataOpcode, payload: Uint8Array): number | Promise<number> {
    const { deflater, threshold } = this.#options;
    const { length } = payload;
    if (length < threshold) {
      return this.#write(length, payload, (bytes) => {
        this.#frames.bytes(opcode, bytes);
      });
    }
    return this.#write(length, deflater.compress(payload), (bytes) => {
      this.#frames.compressed(opcode, bytes);
    });
  }

  /** Writes one frame of a message in several, which is compressed. */
  fragment(
    opcode: DataOpcode | typeof OPCode.continuation,
    payload: Uint8Array,
    { isFinal }: FragmentOptions,
  ): number | Promise<number> {
    const { length } = payload;
    const isFirst = opcode !== OPCode.continuation;
    const deflated = length === 0
      ? payload
      : this.#options.deflater.compress(payload);
    return this.#write(length, deflated, (bytes) => {
      const isCompressed = isFirst && length > 0;
      const whole = isFirst ? bytes : withTail(bytes);
      this.#frames.fragment(opcode, whole, { isFinal, isCompressed });
    });
  }

  /**
   * Writes a close frame behind all messages. See `FrameEncoder.close`.
   *
   * @throws {TypeError} If an argument is of the wrong type.
   * @throws {RangeError} If the code may not be sent or the reason is too long.
   */
  close(code?: number, reason = ""): number | Promise<number> {
    const payload = closePayload(code, reason);
    return this.#write(0, payload, () => this.#frames.close(code, reason));
  }

  /** Frees the compressor; calls that wait for it reject. */
  free(): void {
    this.#options.deflater.close();
  }

  /** Writes bytes, once all that was to be written before is written. */
  #write(
    length: number,
    payload: Uint8Array | Promise<Uint8Array>,
    write: (payload: Uint8Array) => void,
  ): number | Promise<number> {
    if (this.#last === undefined && !(payload instanceof Promise)) {
      write(payload);
      return length;
    }
    this.#pendingBytes += length;
    const written = Promise.all([payload, this.#last]).then(([ready]) => {
      this.#pendingBytes -= length;
      if (this.#last === written) this.#last = undefined;
      write(ready);
    });
    this.#last = written;
    return written.then(() => length);
  }
}

/** The end of a deflater's flush, which permessage-deflate leaves out. */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** Puts back the tail of the flush before, which `Deflater` cuts off. */
function withTail(deflated: Uint8Array): Uint8Array {
  return deflated.length === 0 ? deflated : concatBytes([TAIL, deflated]);
}
