import { decodeLossy } from "../internal/bytes/decode_text.ts";
import type { OPCode } from "./opcode.ts";

/**
 * A message as a callback gets it, which then owns it (V
 * `websocket.Message`).
 *
 * @example Usage
 * ```ts
 * import { Message, OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const message = new Message(OPCode.textFrame, new Uint8Array([111, 107]));
 * assertEquals(message.text(), "ok");
 * ```
 */
export class Message {
  /**
   * The kind of message: `textFrame`, `binaryFrame` or `pong`. An echo looks at it, as a
   * pong wants no answer.
   */
  readonly opcode: OPCode;

  /**
   * Its bytes, without the frames they came in. Small messages that came
   * together may be views of one buffer of up to 8 KiB: to keep one of them for
   * long, keep a copy, by `payload.slice()`.
   */
  readonly payload: Uint8Array<ArrayBuffer>;

  /**
   * Makes a message.
   *
   * @param opcode The kind of message.
   * @param payload Its bytes, which are not copied.
   */
  constructor(opcode: OPCode, payload: Uint8Array<ArrayBuffer>) {
    this.opcode = opcode;
    this.payload = payload;
  }

  /**
   * Decodes the payload as UTF-8, anew at each call. Messages of text have been
   * checked by then; in others, U+FFFD stands for bytes that are not UTF-8.
   *
   * @returns The payload as a string.
   *
   * @example Usage
   * ```ts
   * import { Message, OPCode } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const payload = new TextEncoder().encode("漢");
   * assertEquals(new Message(OPCode.textFrame, payload).text(), "漢");
   * ```
   */
  text(): string {
    return decodeLossy(this.payload, 0, this.payload.length);
  }
}
