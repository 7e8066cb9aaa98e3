import { ClosedError } from "../../internal/errors/closed_error.ts";
import { afterPoll } from "../../internal/wait/after_poll.ts";
import { PollWait } from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitLine } from "../../internal/wait/wait_queue.ts";
import type { Inflater } from "../deflate/_inflater.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { OPCode } from "../opcode.ts";
import type { CloseInfo } from "../websocket_options.ts";
import type { OutgoingMessage } from "./_outgoing_message.ts";
import { IncomingMessage } from "./_incoming_message.ts";
import { beginClose, checkClose } from "./_close.ts";
import type { MessageEngine, MessageHandler } from "./_message_engine.ts";
import { type MessageData, MessageQueue } from "./_message_queue.ts";

/** A message that is read in pieces. */
export interface StreamedMessage {
  readonly opcode: DataOpcode;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A read that waits for a message, whole or in pieces. */
class MessageRead extends Waiter<MessageData | StreamedMessage | null> {
  /** Whether the message is still wanted when it arrives. */
  readonly isWanted: () => boolean;
  /** The most bytes of a message in pieces; `undefined` for a whole one. */
  readonly maxSize: number | undefined;

  constructor(isWanted: () => boolean, maxSize?: number) {
    super();
    this.isWanted = isWanted;
    this.maxSize = maxSize;
  }
}

const always = () => true;

/**
 * The reading side of a connection of messages, and its end: calls that wait in
 * the order asked, messages that wait for calls, the stream over both, pausing,
 * closing, and the error with which reading ends.
 *
 * A loop over queued messages runs by microtasks alone. So when messages have
 * been handled for as long as the runtime may go without polling, the next call
 * waits for a poll, even if there are messages.
 */
export class MessageSession extends WaitLine<MessageRead>
  implements MessageHandler {
  readonly #url: string;
  #engine: MessageEngine | undefined;
  #readable: ReadableStream<string | Uint8Array> | undefined;
  /** How reading ends, with an error or without, once it does. */
  #end: { readonly error: unknown } | undefined;
  /** Made for the first message that has to wait. */
  #queue: MessageQueue | undefined;
  /** Made with the queue. */
  #pollWait: PollWait | undefined;
  #closed: PromiseWithResolvers<CloseInfo> | undefined;
  #info: CloseInfo | undefined;
  #hasClosed = false;
  /** Whether a message was read and no other has been asked for since. */
  #isHandling = false;
  #isDiscarding = false;
  /** Whether messages are read in pieces: then none is begun unasked. */
  #usesStreams = false;
  /** Whether a message over the limit is held until a call asks for it. */
  #isHolding = false;
  #incoming: IncomingMessage | undefined;
  /** The latest message that is sent in pieces: there is one at a time. */
  #outgoing: OutgoingMessage | undefined;

  /** The first error of the connection: the one with which reads reject. */
  error: unknown;

  constructor(url: string) {
    super(true);
    this.#url = url;
  }

  /** Sets the engine whose events it gets. */
  attach(engine: MessageEngine): void {
    this.#engine = engine;
  }

  /** The name of the connection in errors. */
  get name(): string {
    return `WebSocket "${this.#url}"`;
  }

  /** Whether this side has closed the connection. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  /** How the connection ended, once it has. */
  get info(): CloseInfo | undefined {
    return this.#info;
  }

  /** Resolves at the end of the connection. */
  get closed(): Promise<CloseInfo> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#info !== undefined) this.#closed.resolve(this.#info);
    }
    return this.#closed.promise;
  }

  /** Reads a message; `null` is the end. */
  read(wait: WaitOptions | undefined): Promise<MessageData | null> {
    if (!this.#readable?.locked) return this.#read(always, wait);
    return this.#refuseLocked();
  }

  /** Reads a message in pieces; `null` is the end. */
  readMessage(
    maxSize: number,
    wait: WaitOptions,
  ): Promise<StreamedMessage | null> {
    if (this.#readable?.locked) return this.#refuseLocked();
    const refusal = this.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    this.#usesStreams = true;
    const call = new MessageRead(always, maxSize);
    this.add(call, wait);
    this.#pollWait?.leave();
    this.#serveQueued();
    if (this.#end !== undefined) this.#settleAtEnd();
    if (this.head !== undefined) this.#onTaken(undefined);
    this.#decideDelivery();
    return call.promise as Promise<StreamedMessage | null>;
  }

  #refuseLocked(): Promise<never> {
    return Promise.reject(
      new TypeError(
        `Cannot read from ${this.name}: a reader has locked "readable"`,
      ),
    );
  }

  /** Takes a message without waiting. */
  take(): MessageData | undefined {
    const message = this.#queue?.shift();
    this.#onTaken(message);
    return message;
  }

  /** The messages as a stream without read-ahead of its own. */
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#readable ??= this.#makeReadable();
  }

  /** Does the closing handshake; resolves at the end. */
  async close(
    code: number | undefined,
    reason: string,
    options: WaitOptions,
  ): Promise<CloseInfo> {
    checkClose(code, reason, options);
    this.#hasClosed = true;
    const ended = () => this.closed;
    const cut = () => this.terminate();
    if (this.#engine !== undefined) {
      beginClose(this.#engine, { code, reason, options, ended, cut });
    }
    this.#decideDelivery();
    return await this.closed;
  }

  /** Fails a message that is sent in pieces when the connection ends. */
  watch(message: OutgoingMessage): void {
    this.#outgoing = message;
    if (this.#info !== undefined) this.#failOutgoing();
  }

  /** Cuts the connection. */
  terminate(): void {
    this.error ??= new ClosedError(`Cannot use ${this.name}: it was cut`);
    this.#engine?.terminate();
  }

  /** Drops the messages queued, and all that arrive. */
  discard(): void {
    this.#isDiscarding = true;
    this.#queue?.clear();
  }

  // --- Of the engine ---

  get isBusy(): boolean {
    return this.#isHandling || this.hasBacklog;
  }

  get isPolling(): boolean {
    return this.#pollWait !== undefined && this.#pollWait.isWaiting;
  }

  get hasBacklog(): boolean {
    return this.#queue !== undefined && this.#queue.length > 0;
  }

  get queuedBytes(): number {
    return this.#queue === undefined ? 0 : this.#queue.size;
  }

  get isWaiting(): boolean {
    return this.head !== undefined && !this.hasBacklog;
  }

  onText(text: string): void {
    this.#receive(text);
  }

  onBytes(_opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void {
    this.#receive(payload);
  }

  onError(error: unknown): void {
    this.error ??= error;
    this.#incoming?.fail(error);
  }

  onCloseFrame(_code: number, _reason: string): void {
    this.#failIncoming();
    this.#finish(undefined);
  }

  onMessageStart(opcode: DataOpcode, inflater: Inflater | undefined): void {
    const call = this.#takeCall();
    this.#begin(opcode, call, inflater);
    // Nobody has asked for it: the connection closes.
    if (call === undefined) this.#incoming?.discard();
  }

  onMessageChunk(chunk: Uint8Array<ArrayBuffer>): void {
    this.#incoming?.push(chunk);
  }

  onMessageEnd(): void {
    this.#incoming?.end();
  }

  /** Lets a call decide that comes in the same turn as the message. */
  holdsLarge(): boolean {
    const isRead = this.head !== undefined && this.head.maxSize === undefined;
    if (isRead || this.#hasClosed || this.#isHolding) return false;
    this.#isHolding = true;
    if (!this.#usesStreams) afterPoll(() => this.#stopHolding());
    return true;
  }

  onClosed(info: CloseInfo): void {
    if (!info.wasClean) {
      this.error ??= this.#hasClosed
        ? new ClosedError(`Cannot use ${this.name}: it was closed`)
        : new Deno.errors.UnexpectedEof(
          `Cannot read from ${this.name}: it ended without a close frame`,
        );
    }
    this.#info = info;
    this.#failIncoming();
    this.#failOutgoing();
    this.#finish(info.wasClean ? undefined : this.error);
    this.#closed?.resolve(info);
  }

  // --- Of the line of calls ---

  protected override describeWait(): string {
    return `Cannot read from ${this.name}`;
  }

  protected override get mayExpire(): boolean {
    return !this.isPolling;
  }

  protected override onDropped(): void {
    if (this.head === undefined) this.#pollWait?.leave();
    this.#decideDelivery();
  }

  #receive(message: MessageData): void {
    if (this.#isDiscarding) return;
    if (this.#offer(message)) {
      this.#isHandling = true;
      return;
    }
    const queue = this.#queue ??= new MessageQueue();
    if (this.#hasClosed && queue.isFull) return;
    queue.push(message);
    if (queue.isFull && !this.#hasClosed) this.#engine?.pause();
  }

  /** Gives a message to a call that waits, and tells whether there was one. */
  #offer(message: MessageData): boolean {
    // Calls that wait for a poll get the queued messages first.
    if (this.hasBacklog) return false;
    const call = this.#takeCall();
    if (call === undefined) return false;
    this.#give(call, message);
    return true;
  }

  /** Takes the first call that wants a message out of the line. */
  #takeCall(): MessageRead | undefined {
    for (let call = this.shift(); call; call = this.shift()) {
      if (call.isWanted()) return call;
      call.resolve(null);
    }
    return undefined;
  }

  #give(call: MessageRead, message: MessageData): void {
    if (call.maxSize === undefined) call.resolve(message);
    else {
      const isText = typeof message === "string";
      const opcode = isText ? OPCode.textFrame : OPCode.binaryFrame;
      this.#begin(opcode, call, undefined);
      this.#incoming?.push(
        isText ? new TextEncoder().encode(message) : message,
      );
      this.#incoming?.end();
    }
    if (this.#usesStreams) this.#decideDelivery();
  }

  /** Begins a message in pieces, for the call. */
  #begin(
    opcode: DataOpcode,
    call: MessageRead | undefined,
    inflater: Inflater | undefined,
  ): void {
    const streams = this.#engine?.streams;
    if (streams === undefined) return;
    const incoming = new IncomingMessage({
      opcode,
      inflater,
      maxSize: call?.maxSize ?? Infinity,
      streams,
      onDone: () => {
        if (this.#incoming !== incoming) return;
        this.#incoming = undefined;
        this.#decideDelivery();
      },
    });
    this.#incoming = incoming;
    call?.resolve({ opcode, readable: incoming.readable });
  }

  /** The connection ends before a message in pieces has. */
  #failIncoming(): void {
    this.#incoming?.fail(
      this.error ?? new Deno.errors.UnexpectedEof(
        `Cannot read from ${this.name}: it ended in the middle of a message`,
      ),
    );
  }

  #failOutgoing(): void {
    this.#outgoing?.fail(
      this.error ?? new ClosedError(`Cannot use ${this.name}: it was closed`),
    );
    this.#outgoing = undefined;
  }

  /** Says how the next message is delivered, by the call that waits for it. */
  #decideDelivery(): void {
    // A held message must not hide the peer's close frame.
    const isOpen = this.#usesStreams || this.#isHolding && this.#hasClosed;
    if (!isOpen || this.#incoming !== undefined) return;
    const { head } = this;
    this.#isHolding = false;
    const isWhole = head !== undefined && head.maxSize === undefined;
    const isAsked = head !== undefined || this.#hasClosed;
    this.#engine?.streams?.deliver(
      isWhole ? "whole" : isAsked ? "stream" : "hold",
    );
  }

  #stopHolding(): void {
    if (!this.#isHolding || this.#usesStreams) return;
    // It is a violation now, as no call has asked for it in pieces.
    this.#engine?.streams?.deliver("whole");
  }

  #onTaken(message: MessageData | undefined): void {
    const engine = this.#engine;
    this.#isHandling = message !== undefined;
    if (message === undefined) engine?.onIdle();
    else engine?.onTaken();
    const isStreaming = this.#incoming !== undefined;
    if (engine?.isPaused && !isStreaming && (this.#queue?.hasRoom ?? true)) {
      engine.resume();
    }
  }

  /**
   * No message comes any more: calls get `null`, or the error if there is one,
   * after the queued messages. Only the first end counts.
   */
  #finish(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#pollWait?.leave();
    this.#serveQueued();
    this.#settleAtEnd();
    this.stopTiming();
  }

  #settleAtEnd(): void {
    const error = this.#end?.error;
    this.drain((call) => {
      if (error === undefined) call.resolve(null);
      else call.reject(error);
    });
  }

  /** Whether a call has to wait for a poll, although there are messages. */
  #mustPoll(): boolean {
    if (this.#end !== undefined || !this.hasBacklog) return false;
    this.#pollWait ??= new PollWait(() => this.#serveQueued());
    if (this.#pollWait.isSpent()) this.#pollWait.enter(true);
    return this.isPolling;
  }

  /** Gives the queued messages to the calls that wait. */
  #serveQueued(): void {
    while (this.head !== undefined && this.hasBacklog) {
      const call = this.head;
      this.remove(call);
      const message = call.isWanted() ? this.#queue?.shift() : undefined;
      if (message === undefined) call.resolve(null);
      else {
        this.#give(call, message);
        this.#onTaken(message);
      }
    }
  }

  /** Takes a message if no call waits before and the runtime need not poll. */
  #takeNow(): MessageData | undefined {
    const isFirst = this.head === undefined && !this.#mustPoll();
    return isFirst ? this.take() : undefined;
  }

  #read(
    isWanted: () => boolean,
    wait: WaitOptions | undefined,
  ): Promise<MessageData | null> {
    const refusal = this.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const message = this.#takeNow();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined
        ? Promise.resolve(null)
        : Promise.reject(error);
    }
    const call = new MessageRead(isWanted);
    this.add(call, wait);
    if (this.#usesStreams) this.#decideDelivery();
    return call.promise as Promise<MessageData | null>;
  }

  #makeReadable(): ReadableStream<string | Uint8Array> {
    const stream: ReadableStream<string | Uint8Array> = new ReadableStream({
      pull: (controller) => {
        const message = this.#takeNow();
        if (message !== undefined) return controller.enqueue(message);
        return this.#pull(controller, () => stream.locked);
      },
      cancel: async () => {
        this.#queue?.clear();
        await this.close(1000, "", {});
      },
    }, { highWaterMark: 0 });
    return stream;
  }

  /** Waits for a message, which is left to others if the lock is gone by then. */
  async #pull(
    controller: ReadableStreamDefaultController<string | Uint8Array>,
    isLocked: () => boolean,
  ): Promise<void> {
    const message = await this.#read(isLocked, undefined);
    if (message !== null) controller.enqueue(message);
    else if (this.#end !== undefined && !this.hasBacklog) controller.close();
  }
}
