import { isBytes } from "../internal/bytes.ts";

const ignore = () => {};

/**
 * A stream of messages to a peer, whose writers need not be looked at: a `write`
 * that is not awaited and fails with its connection does not end the process, as
 * the platform's `send()` does not. A chunk that is no message is a fault of the
 * caller's, and stays an unhandled rejection.
 */
export class MessageWritable<T> extends WritableStream<T> {
  /**
   * Of the sink: whether the write that it was called for is over already. Its
   * promise can't reject then, and needs no handler.
   */
  isWritten = false;

  override getWriter(): WritableStreamDefaultWriter<T> {
    return new MessageWriter(this);
  }
}

class MessageWriter<T> extends WritableStreamDefaultWriter<T> {
  readonly #stream: MessageWritable<T>;

  constructor(stream: MessageWritable<T>) {
    super(stream);
    this.#stream = stream;
  }

  override write(chunk?: T): Promise<void> {
    const stream = this.#stream;
    stream.isWritten = false;
    const written = super.write(chunk);
    if (!stream.isWritten && isMessage(chunk)) written.catch(ignore);
    return written;
  }
}

function isMessage(chunk: unknown): boolean {
  return typeof chunk === "string" || isBytes(chunk) ||
    ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer;
}
