/**
 * How far a WebSocket connection has come, with the numbers that V's
 * `websocket.State` and the web platform's `readyState` use.
 *
 * @example Usage
 * ```ts
 * import { State } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(State.open, WebSocket.OPEN);
 * ```
 */
export const State: {
  /** The opening handshake is not done yet. */
  readonly connecting: 0;
  /** Messages can be sent and received. */
  readonly open: 1;
  /** The closing handshake has begun. */
  readonly closing: 2;
  /** The connection is gone, or was never made. */
  readonly closed: 3;
} = {
  connecting: 0,
  open: 1,
  closing: 2,
  closed: 3,
};

/** One of the numbers in the {@linkcode State} table. */
export type State = (typeof State)[keyof typeof State];
