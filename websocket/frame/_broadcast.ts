import { encodeFrame } from "./_frame_encoder.ts";
import type { DataOpcode } from "./_frame_handler.ts";

const ENCODER = new TextEncoder();

/** A message for many clients, of which each form is made once. */
export class Broadcast {
  /** The kind of message. */
  readonly opcode: DataOpcode;
  /** The message. */
  readonly payload: Uint8Array;
  #frame: Uint8Array<ArrayBuffer> | undefined;

  constructor(opcode: DataOpcode, data: string | Uint8Array) {
    this.opcode = opcode;
    this.payload = typeof data === "string" ? ENCODER.encode(data) : data;
  }

  /** The whole frame, for connections that take frames. */
  get frame(): Uint8Array<ArrayBuffer> {
    return this.#frame ??= encodeFrame(this.opcode, this.payload);
  }
}
