import type { WaitOptions } from "../wait/wait_options.ts";
import { Waiter, WaitQueue } from "../wait/wait_queue.ts";
import { Notifier } from "../wait/notifier.ts";

/** How many bytes may wait to be read before a connection is read no further. */
const MAX_BYTES = 1024 * 1024;

/** The units that have arrived, in order, over all connections. */
export class ReceiveBuffer<U> {
  readonly #units: { readonly data: U; readonly size: number }[] = [];
  readonly #reads = new WaitQueue<Waiter<U | null>>(
    () => "Cannot receive",
    () => {},
    true,
  );
  readonly #notifier = new Notifier();
  #bytes = 0;
  #isDiscarding = false;
  #end: { readonly error: unknown } | undefined;

  /** Units that have arrived. */
  received = 0;

  /**
   * Takes a unit that has arrived.
   *
   * @returns A promise that resolves when there is room for more, or nothing if
   * there is.
   */
  push(data: U, size: number): Promise<void> | undefined {
    const isFull = this.#bytes >= MAX_BYTES;
    if (isFull && this.#isDiscarding) return undefined;
    this.received++;
    const read = this.#reads.head;
    if (read !== undefined) {
      this.#reads.remove(read);
      read.resolve(data);
      return undefined;
    }
    this.#units.push({ data, size });
    this.#bytes += size;
    return this.#bytes < MAX_BYTES ? undefined : this.#room();
  }

  /** Reads the next unit; `null` is the end. */
  read(wait?: WaitOptions): Promise<U | null> {
    const refusal = this.#reads.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const unit = this.#units.shift();
    if (unit !== undefined) {
      this.#bytes -= unit.size;
      this.#notifier.notify();
      return Promise.resolve(unit.data);
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined
        ? Promise.resolve(null)
        : Promise.reject(error);
    }
    const read = new Waiter<U | null>();
    this.#reads.add(read, wait);
    return read.promise;
  }

  /** From now on units without room are dropped, and not waited for. */
  discard(): void {
    this.#isDiscarding = true;
    this.#notifier.notify();
  }

  /** Nothing arrives any more: behind the rest, reads get `null` or the error. */
  end(error: unknown): void {
    this.#end = { error };
    this.#reads.drain((read) => {
      if (error === undefined) read.resolve(null);
      else read.reject(error);
    });
    this.#reads.stopTiming();
  }

  async #room(): Promise<void> {
    while (this.#bytes >= MAX_BYTES && !this.#isDiscarding) {
      await this.#notifier.changed();
    }
  }
}
