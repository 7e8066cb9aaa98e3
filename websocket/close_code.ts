/**
 * The close codes that have a meaning of their own (RFC 6455 section 7.4.1 and
 * the IANA WebSocket close code registry). Codes from 3000 to 3999 are for
 * libraries and frameworks, those from 4000 to 4999 for applications.
 *
 * @example Usage
 * ```ts
 * import { CloseCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(CloseCode.normal, 1000);
 * ```
 */
export const CloseCode: {
  /** The purpose of the connection is fulfilled. */
  readonly normal: 1000;
  /** A server stops, or a page is left. */
  readonly goingAway: 1001;
  /** The peer broke the protocol. */
  readonly protocolError: 1002;
  /** The kind of message, text or binary, is not accepted here. */
  readonly unsupportedData: 1003;
  /** Never sent: a close frame without a code was received. */
  readonly noStatus: 1005;
  /** Never sent: the connection ended without a close frame. */
  readonly abnormal: 1006;
  /** A message holds what its kind rules out, such as text that is not UTF-8. */
  readonly invalidPayload: 1007;
  /** A message breaks a rule for which there is no better code. */
  readonly policyViolation: 1008;
  /** A message is larger than the receiver takes. */
  readonly messageTooBig: 1009;
  /** A client misses an extension in the server's answer. */
  readonly mandatoryExtension: 1010;
  /** An unexpected condition kept an endpoint from going on. */
  readonly internalError: 1011;
  /** The server restarts. */
  readonly serviceRestart: 1012;
  /** The server is overloaded: try again later. */
  readonly tryAgainLater: 1013;
  /** A gateway got a bad answer from the server behind it. */
  readonly badGateway: 1014;
  /** Never sent: the TLS handshake failed. */
  readonly tlsHandshake: 1015;
} = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
  tlsHandshake: 1015,
};

/** One of the numbers in the {@linkcode CloseCode} table. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * Tells whether a close frame may carry a code: 1000 to 1003, 1007 to 1014 and
 * 3000 to 4999. 1005, 1006 and 1015 only ever report an end.
 *
 * The same codes are legal in both directions: the caller may send every code that
 * the peer may send.
 *
 * @param code The number to look at.
 * @returns Whether it may stand in a close frame.
 *
 * @example Usage
 * ```ts
 * import { isWireCloseCode } from "@vnet/net/websocket";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assert(isWireCloseCode(4321));
 * assertFalse(isWireCloseCode(1006));
 * ```
 */
export function isWireCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && (code <= 1003 || code >= 1007);
}
