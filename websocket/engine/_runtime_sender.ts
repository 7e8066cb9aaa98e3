import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { refused } from "../../internal/errors/handled.ts";
import { Notifier } from "../../internal/wait/notifier.ts";
import { Transit } from "../../internal/wait/transit_time.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";
import { State } from "../state.ts";
import { MessageSender, type SendBounds } from "./_message_sender.ts";
import { WaitingSends } from "./_waiting_sends.ts";

/** Milliseconds between looks at the bytes that the runtime has not sent yet. */
const POLL_INTERVAL = 5;

/** The engine of a sender. */
export interface RuntimeSenderHost {
  readonly state: State;
  /** Whether the connection is about to open, and not to close. */
  readonly isConnecting: boolean;
  /** Too much waits, and the policy is to end the connection. */
  onOverflow(error: ClosedError): void;
}

/**
 * Sends the messages of a WebSocket of the runtime's by the policy, as far as the
 * runtime tells how much it has sent.
 *
 * From its close frame on it does not tell that any more. So that frame is delayed
 * while messages wait before it, as there is progress to see by then.
 */
export class RuntimeSender extends MessageSender {
  readonly #socket: WebSocket;
  readonly #name: string;
  readonly #host: RuntimeSenderHost;
  readonly #waiting: WaitingSends;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #polled = new Notifier();
  /** The close frame, and when it is sent at the latest. */
  #closeFrame:
    | { code: number | undefined; reason: string; by: number }
    | undefined;
  #unsentAtClose = 0;
  /** Bytes given to the runtime, as it counts them. */
  #given = 0;
  /** How long they may be on their way. */
  readonly #transit = new Transit();

  /** The bytes of the largest message given to the runtime. */
  largest = 0;
  /** How long sent bytes may have been on their way at the close frame. */
  transitAtClose = 0;
  /** The code that the runtime was given for a close frame, if it was. */
  sentCode: number | undefined;

  /**
   * @param socket The runtime's WebSocket.
   * @param name The name of the connection in errors.
   * @param host The engine.
   * @param options Limits.
   */
  constructor(
    socket: WebSocket,
    name: string,
    host: RuntimeSenderHost,
    options: SendBounds,
  ) {
    super(options);
    this.#socket = socket;
    this.#name = name;
    this.#host = host;
    this.#waiting = new WaitingSends(() => `Cannot send to ${name}`);
  }

  /** Bytes that the runtime has and the system has not taken, as far as it says. */
  get bufferedBytes(): number {
    if (this.#host.state === State.closed) return 0;
    // From then on the runtime reports 0, though it still sends.
    if (this.hasSentClose) return this.#unsentAtClose;
    return this.#socket.bufferedAmount;
  }

  /** Bytes that the system has taken, as far as the runtime says. */
  get bytesTaken(): number {
    return this.#given - this.bufferedBytes;
  }

  /** The runtime offers its messages to the system at once. */
  get offers(): number {
    return this.messagesSent;
  }

  /**
   * Sends a message by the policy; settles when the runtime has it, and has polled
   * now and then under a loop of sends.
   */
  write(
    opcode: DataOpcode,
    message: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    const data = toData(opcode, message);
    const { isConnecting } = this.#host;
    if (!isConnecting && !this.isOpen) return refused(this.#closedError());
    const refusal = wait && this.#waiting.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    if (!isConnecting) {
      if (!this.isFull(this.#waiting.count > 0)) {
        this.#send(data);
        return this.pass();
      }
      const settled = this.refuse(this.#name);
      if (settled !== undefined) return settled;
    }
    if (!isConnecting) this.#pollSoon();
    return this.#waiting.add(opcode, data, wait);
  }

  /** Sends a message by the policy; settles when nothing waits. */
  async writeThrough(
    opcode: DataOpcode,
    data: string | Uint8Array,
  ): Promise<void> {
    await this.write(opcode, data);
    await this.allFlushed();
  }

  /** Queues a message behind those that wait, whatever the policy. */
  send(opcode: DataOpcode, data: string | Uint8Array): void {
    this.#admit(Infinity);
    this.#send(toData(opcode, data));
  }

  /** Whether fewer than `maxBufferedBytes` would wait with so many more. */
  override hasRoom(length: number): boolean {
    return this.isOpen && super.hasRoom(length);
  }

  /** Settles when fewer than `maxBufferedBytes` wait, or the connection ends. */
  drained(): Promise<void> {
    return this.bufferedBytes < this.maxBuffered
      ? this.pass()
      : this.#whenBelow(this.maxBuffered);
  }

  /** Settles when nothing waits, or the connection ends. */
  allFlushed(): Promise<void> {
    return this.#whenBelow(1);
  }

  async #whenBelow(size: number): Promise<void> {
    while (this.#host.state !== State.closed && this.bufferedBytes >= size) {
      this.#pollSoon();
      await this.#polled.changed();
    }
  }

  /**
   * Sends the close frame when all before it is sent, at the latest after so many
   * milliseconds.
   */
  close(code: number | undefined, reason: string, patience: number): void {
    // The rest is in memory anyway, and goes out ahead of the end.
    this.#admit(Infinity);
    this.#closeFrame = { code, reason, by: performance.now() + patience };
    this.#closeInTime();
  }

  /** Sends the close frame now. */
  closeNow(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#unsentAtClose = this.#socket.bufferedAmount;
    this.transitAtClose = this.#transit.time;
    this.sentCode = this.#closeFrame?.code;
    this.#socket.close(this.sentCode, this.#closeFrame?.reason);
  }

  /** Whether the runtime has the close frame. */
  get hasSentClose(): boolean {
    return this.#host.state === State.closing &&
      this.#socket.readyState !== WebSocket.OPEN;
  }

  /** The connection has ended. */
  end(): void {
    clearTimeout(this.#pollTimer);
    this.#waiting.rejectAll(this.#closedError());
    this.#polled.notify();
    this.stopPolling();
  }

  protected override onOverflow(error: ClosedError): void {
    this.#host.onOverflow(error);
  }

  #closeInTime(): void {
    const isTime = this.bufferedBytes === 0 ||
      performance.now() >= (this.#closeFrame?.by ?? 0);
    if (isTime) this.closeNow();
    else this.#pollSoon();
  }

  get isOpen(): boolean {
    return this.#host.state === State.open &&
      this.#socket.readyState === WebSocket.OPEN;
  }

  #closedError(): ClosedError {
    return new ClosedError(`Cannot use ${this.#name}: it is closed`);
  }

  #send(data: string | Uint8Array): void {
    this.messagesSent++;
    // The runtime takes no view of shared memory.
    const isShared = typeof data !== "string" &&
      data.buffer instanceof SharedArrayBuffer;
    const before = this.#socket.bufferedAmount;
    this.#socket.send(isShared ? data.slice() : data);
    const length = this.#socket.bufferedAmount - before;
    this.#given += length;
    this.#transit.add(length);
    if (length > this.largest) this.largest = length;
  }

  #pollSoon(): void {
    this.#pollTimer ??= setTimeout(this.#poll, POLL_INTERVAL);
  }

  readonly #poll = (): void => {
    this.#pollTimer = undefined;
    this.admitWaiting();
    this.#polled.notify();
    if (this.#closeFrame !== undefined && !this.hasSentClose) {
      this.#closeInTime();
    }
    if (this.#waiting.count > 0) this.#pollSoon();
  };

  /** Sends the messages that wait, as far as there is room. */
  admitWaiting(): void {
    if (this.isOpen) this.#admit(this.maxBuffered);
  }

  #admit(room: number): void {
    while (this.#waiting.count > 0 && this.bufferedBytes < room) {
      const waiter = this.#waiting.next();
      if (waiter?.data === undefined) return;
      this.#send(waiter.data);
      this.#waiting.settle(waiter);
    }
  }
}

/** The form that the runtime takes: text as a string. */
function toData(
  opcode: DataOpcode,
  data: string | Uint8Array,
): string | Uint8Array {
  const isEncoded = opcode === OPCode.textFrame && typeof data !== "string";
  return isEncoded ? decodeLossy(data, 0, data.length) : data;
}
