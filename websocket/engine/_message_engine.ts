import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import type { MessageSender } from "./_message_sender.ts";
import type { State } from "../state.ts";
import type {
  MessageStreamHandler,
  MessageStreams,
} from "./_message_streams.ts";
import type { CloseInfo, WebSocketOptions } from "../websocket_options.ts";

/** Receives the events of a {@linkcode MessageEngine}. It must not throw. */
export interface MessageHandler extends Partial<MessageStreamHandler> {
  /** The connection is open. Not called by an engine that is open when made. */
  onOpen?(): void;
  /** A text message, if text is delivered as strings. */
  onText(text: string): void;
  /** A binary message, or text as bytes. The handler owns the payload. */
  onBytes(opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void;
  /** A pong. The engine answers pings itself. */
  onPong?(payload: Uint8Array<ArrayBuffer>): void;
  /** An error, before the end that follows from it. */
  onError(error: unknown): void;
  /** The peer's close frame: no message follows. */
  onCloseFrame?(code: number, reason: string): void;
  /** The end of the connection. Called once. */
  onClosed(info: CloseInfo): void;
  /**
   * Whether earlier messages are still being handled. A close frame is then
   * delayed until `onIdle` of the engine is called, or the turn of the event loop
   * is over, so that answers go out before it.
   */
  readonly isBusy?: boolean;
  /** Whether calls wait for the runtime to poll, although messages are queued. */
  readonly isPolling?: boolean;
  /** Whether messages are queued for the user. */
  readonly hasBacklog?: boolean;
  /** The size of these messages, as {@linkcode queuedSize} counts it. */
  readonly queuedBytes?: number;
  /** Whether the next message goes to the user at once. */
  readonly isWaiting?: boolean;
}

/**
 * A connection of messages after its handshake: the project's own engine over a
 * stream connection, or the runtime's WebSocket inside `Deno.serve`.
 */
export interface MessageEngine {
  /** The state of the connection. */
  readonly state: State;
  /** Messages received. */
  readonly messagesReceived: number;
  /** Whether the connection has ended in the middle of a message. */
  readonly hasTornMessage?: boolean;
  /** The connection below, if it is known. */
  readonly conn?: { readonly bytesRead: number; readonly bytesWritten: number };
  /** Sends messages. */
  readonly sender: MessageSender;
  /** Whether the delivery of messages is paused. */
  readonly isPaused: boolean;
  /** Messages as streams, if the engine can do it. */
  readonly streams: MessageStreams | undefined;

  /** Starts to read, and to ping. */
  start(options: WebSocketOptions): void;
  /** Changes the interval of pings, in milliseconds. */
  setPingInterval(interval: number, timeout: number): void;
  /** Sends a ping or an unsolicited pong; settles when the system has taken it. */
  sendControl(
    kind: "ping" | "pong",
    payload: Uint8Array,
    wait?: WaitOptions,
  ): Promise<void>;
  /** Sends a ping and waits for its pong; resolves to milliseconds. */
  measurePing(payload: Uint8Array, wait?: WaitOptions): Promise<number>;
  /**
   * Starts the closing handshake behind all messages, or sets another limit for
   * the one under way.
   */
  beginClose(code: number | undefined, reason: string, timeout?: number): void;
  /** Cuts the connection. */
  terminate(): void;
  /** Pauses the delivery of messages, which stops the peer where possible. */
  pause(): void;
  /** Resumes the delivery of messages. */
  resume(): void;
  /** The handler has taken a message from its queue. */
  onTaken(): void;
  /** The handler has handled all messages. */
  onIdle(): void;
}

/** Bytes counted for each queued message beside its payload. */
const MESSAGE_OVERHEAD = 64;

/** The size of a queued message for the limit `maxQueuedBytes`. */
export function queuedSize(message: string | Uint8Array): number {
  return message.length + MESSAGE_OVERHEAD;
}
