import { handled } from "../errors/handled.ts";

/**
 * A stream whose writers need not await a write: one that fails because
 * everything has ended does not end the process. The stream's state tells it.
 */
export class UnitWritable<T> extends WritableStream<T> {
  override getWriter(): WritableStreamDefaultWriter<T> {
    return new UnitWriter(this);
  }
}

class UnitWriter<T> extends WritableStreamDefaultWriter<T> {
  override write(chunk?: T): Promise<void> {
    return handled(super.write(chunk));
  }
}
