/**
 * The kinds of WebSocket frame, under V's names and with the numbers they have
 * on the wire (RFC 6455 section 5.2, V `websocket.OPCode`).
 *
 * @example Usage
 * ```ts
 * import { OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(OPCode.textFrame, 1);
 * ```
 */
export const OPCode: {
  /** A further fragment of the message that is under way. */
  readonly continuation: 0;
  /** The first frame of a message of UTF-8 text. */
  readonly textFrame: 1;
  /** The first frame of a message of bytes. */
  readonly binaryFrame: 2;
  /** The start of the closing handshake, or its answer. */
  readonly close: 8;
  /** A request for a pong with the same payload. */
  readonly ping: 9;
  /** The answer to a ping, or an unasked sign of life. */
  readonly pong: 10;
} = {
  continuation: 0,
  textFrame: 1,
  binaryFrame: 2,
  close: 8,
  ping: 9,
  pong: 10,
};

/** One of the numbers in the {@linkcode OPCode} table. */
export type OPCode = (typeof OPCode)[keyof typeof OPCode];
