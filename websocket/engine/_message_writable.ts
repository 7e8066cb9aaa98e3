import { isBytes } from "../../internal/bytes/bytes.ts";
import { OPEN } from "../../internal/wait/poll_gate.ts";

/**
 * A stream of messages to a peer, whose writers need not be looked at: a `write`
 * that is not awaited and fails with its connection does not end the process, as
 * the platform's `send()` does not. A chunk that is no message is a fault of the
 * caller's, and stays an unhandled rejection.
 */
export class MessageWritable<T> extends WritableStream<T> {
  /** Sends a message where nothing has to be waited for; see the constructor. */
  readonly sendNow: ((message: T) => boolean) | undefined;
  /** Writes that the native stream has, which later ones must not overtake. */
  pending = 0;
  /** Whether it was closed or aborted. */
  isOver = false;

  /**
   * @param sink The sink of the stream.
   * @param strategy How much it queues.
   * @param sendNow Sends a message around the machinery of the stream, which
   * costs several promises, and tells whether it did: not if the message is none,
   * or has to wait.
   */
  constructor(
    sink: UnderlyingSink<T>,
    strategy?: QueuingStrategy<T>,
    sendNow?: (message: T) => boolean,
  ) {
    super(sink, strategy);
    this.sendNow = sendNow;
  }

  override getWriter(): WritableStreamDefaultWriter<T> {
    return new MessageWriter(this);
  }

  override close(): Promise<void> {
    if (!this.locked) this.isOver = true;
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    if (!this.locked) this.isOver = true;
    return super.abort(reason);
  }
}

class MessageWriter<T> extends WritableStreamDefaultWriter<T> {
  readonly #stream: MessageWritable<T>;
  #isReleased = false;

  constructor(stream: MessageWritable<T>) {
    super(stream);
    this.#stream = stream;
  }

  override write(chunk?: T): Promise<void> {
    const stream = this.#stream;
    const isNative = stream.pending > 0 || stream.isOver || this.#isReleased;
    if (!isNative && stream.sendNow?.(chunk as T)) return OPEN;
    const written = super.write(chunk);
    stream.pending++;
    const leave = () => {
      stream.pending--;
    };
    const handled = written.then(leave, leave);
    // A chunk that is no message is a bug of the caller: it stays unhandled.
    return isMessage(chunk) ? written : handled.then(() => written);
  }

  override close(): Promise<void> {
    if (!this.#isReleased) this.#stream.isOver = true;
    return super.close();
  }

  override abort(reason?: unknown): Promise<void> {
    if (!this.#isReleased) this.#stream.isOver = true;
    return super.abort(reason);
  }

  override releaseLock(): void {
    this.#isReleased = true;
    super.releaseLock();
  }
}

function isMessage(chunk: unknown): boolean {
  return typeof chunk === "string" || isBytes(chunk) ||
    ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer;
}
