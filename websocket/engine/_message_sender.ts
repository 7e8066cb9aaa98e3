import { ClosedError } from "../../internal/errors/closed_error.ts";
import { refused } from "../../internal/errors/handled.ts";
import { PollGate } from "../../internal/wait/poll_gate.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { DEFAULT_MAX_BUFFERED_BYTES } from "../_defaults.ts";
import type { Broadcast } from "../frame/_broadcast.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import type { SendPolicy, WebSocketOptions } from "../websocket_options.ts";
import { SendLimit, type SendLimitHost } from "./_send_limit.ts";

/** The options that bound the messages that wait to be sent. */
export type SendBounds = Pick<
  WebSocketOptions,
  "maxBufferedBytes" | "sendPolicy"
>;

/** The sending side of a `MessageEngine`, and its bounds. */
export abstract class MessageSender implements SendLimitHost {
  /** How many bytes may wait before the policy applies. */
  protected readonly maxBuffered: number;
  readonly #policy: SendPolicy;
  /** Made when more waits than may. */
  #limit: SendLimit | undefined;
  /** Made for the first message that need not wait. */
  #gate: PollGate | undefined;

  /** Messages sent or queued. */
  messagesSent = 0;
  /** Messages dropped by the policy `"drop"`. */
  messagesDropped = 0;

  constructor(
    {
      maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES,
      sendPolicy = "wait",
    }: SendBounds,
  ) {
    // With 0, the policy applies as soon as anything waits.
    this.maxBuffered = Math.max(1, maxBufferedBytes);
    this.#policy = sendPolicy;
  }

  /** Whether the connection is open, so that messages go out. */
  abstract readonly isOpen: boolean;
  /** Bytes queued for sending. */
  abstract readonly bufferedBytes: number;
  abstract readonly bytesTaken: number;
  abstract readonly offers: number;
  /** Sends a message by the policy. Several messages may share the promise. */
  abstract write(
    opcode: DataOpcode,
    data: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void>;
  /** Sends a message likewise; settles when the system has taken it. */
  abstract writeThrough(
    opcode: DataOpcode,
    data: string | Uint8Array,
  ): Promise<void>;
  /** Queues a message on an open connection, whatever the policy. */
  abstract send(opcode: DataOpcode, data: string | Uint8Array): void;
  /** Settles when fewer than `maxBufferedBytes` are queued. */
  abstract drained(): Promise<void>;
  /** Settles when the system has taken all messages queued so far. */
  abstract allFlushed(): Promise<void>;
  /** Too much waits, and the policy is to end the connection. */
  protected abstract onOverflow(error: ClosedError): void;

  /** Queues a message for many connections, likewise. */
  sendBroadcast({ opcode, payload }: Broadcast): void {
    this.send(opcode, payload);
  }

  /**
   * Queues one copy of a message for many connections, and returns whether it did:
   * not on a connection that is not open, and not over the limit on unread bytes,
   * where the policy drops the copy or cuts the connection.
   */
  sendCopy(message: Broadcast): boolean {
    if (!this.isOpen) return false;
    if (!this.#isOverLimit) {
      this.sendBroadcast(message);
      return true;
    }
    if (this.#policy === "drop") this.messagesDropped++;
    else this.onOverflow(this.#overflowError("Cannot send a broadcast"));
    return false;
  }

  /** Whether fewer than `maxBufferedBytes` would be queued with so many more. */
  hasRoom(length: number): boolean {
    return this.bufferedBytes + length < this.maxBuffered;
  }

  /** Whether a loop of sends waits for the runtime to poll. */
  get isPolling(): boolean {
    return this.#gate !== undefined && this.#gate.isClosed;
  }

  /** Whether the policy applies to a message, behind others that wait or not. */
  protected isFull(hasWaiting: boolean): boolean {
    return this.#policy === "wait"
      ? hasWaiting || this.bufferedBytes >= this.maxBuffered
      : this.#isOverLimit;
  }

  /** Applies the policy to a message: `undefined` if it is to wait. */
  protected refuse(name: unknown): Promise<void> | undefined {
    if (this.#policy === "wait") return undefined;
    if (this.#policy === "drop") {
      this.messagesDropped++;
      return this.pass();
    }
    const error = this.#overflowError(`Cannot send to ${name}`);
    this.onOverflow(error);
    return refused(error);
  }

  /** Settles at once, but when the runtime has to poll under a loop of sends. */
  protected pass(): Promise<void> {
    return (this.#gate ??= new PollGate()).pass();
  }

  /** The connection has ended: nothing waits for a poll any more. */
  protected stopPolling(): void {
    this.#gate?.stop();
  }

  /** Whether the peer has left so many bytes unread that the policy acts. */
  get #isOverLimit(): boolean {
    if (this.bufferedBytes < this.maxBuffered) return false;
    this.#limit ??= new SendLimit(this, this.maxBuffered);
    return this.#limit.isReached;
  }

  #overflowError(what: string): ClosedError {
    return new ClosedError(`${what}: ${this.bufferedBytes} bytes wait already`);
  }
}
