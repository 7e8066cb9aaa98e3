import { isBytes } from "../internal/bytes.ts";

const ignore = () => {};

/**
 * A stream of messages to a peer, whose writers need not be looked at: a `write`
 * that is not awaited and fails with its connection does not end the process, as
 * the platform's `send()` does not. A chunk that is no message is a fault of the
 * caller's, and stays an unhandled rejection.
 */
export class MessageWritable<T> extends WritableStream<T> {
  override getWriter(): WritableStreamDefaultWriter<T> {
    return new MessageWriter(this);
  }
}

class MessageWriter<T> extends WritableStreamDefaultWriter<T> {
  override write(chunk?: T): Promise<void> {
    const written = super.write(chunk);
    if (isMessage(chunk)) written.catch(ignore);
    return written;
  }
}

function isMessage(chunk: unknown): boolean {
  return typeof chunk === "string" || isBytes(chunk) ||
    ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer;
}
