import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import type { State } from "../state.ts";
import type { WebSocketOptions } from "../websocket_options.ts";

/**
 * What a `Client` needs of the connection under it: an `Engine`, or the
 * runtime's own WebSocket inside `Deno.serve`.
 */
export interface ClientLink {
  /** How far the connection has come. */
  readonly state: State;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Whether the peer has left so much unread that nothing is queued for it. */
  readonly isOverLimit: boolean;
  /** Whether the flow of messages is stopped. */
  readonly isPaused: boolean;
  /** Whether ready-made frames may be sent. */
  readonly takesFrames: boolean;
  /** Begins to read, and to ping. */
  start(options: WebSocketOptions): void;
  /** Pings at another interval from now on. */
  setPingInterval(interval: number, timeout: number): void;
  /**
   * Sends a message by the policy; others may share the promise. At a limit one
   * that has not begun to go out is withdrawn.
   */
  write(
    opcode: DataOpcode,
    data: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void>;
  /** Sends a frame made by `encodeFrame`, whatever waits. */
  sendFrame(frame: Uint8Array<ArrayBuffer>): void;
  /** Sends a ping, or returns a promise that rejects if it has no way to. */
  sendPing(payload: Uint8Array): Promise<unknown> | void;
  /** Sends a pong that nobody has asked for. */
  sendPong(payload: Uint8Array): Promise<void>;
  /** Settles when what waits now is with the system. */
  flushed(): Promise<void>;
  /** Begins the closing handshake. */
  beginClose(code: number, reason: string, timeout?: number): void;
  /** Cuts the connection. */
  terminate(): void;
  /** Stops the flow of messages, and thereby the peer. */
  pause(): void;
  /** Lets messages flow again. */
  resume(): void;
}
