import { Waiter } from "../../internal/wait/wait_queue.ts";
import type { ReadableEnd } from "../streams/_readable_end.ts";
import type { ConnWritable } from "../streams/_conn_writable.ts";
import type { ReadHalf } from "./_read_half.ts";
import type { ReadWaiter } from "./_read_waiter.ts";
import { MAX_PIECE, type WriteHalf } from "./_write_half.ts";

/**
 * Pipes one connection to another (or the same, as an echo) as `pipeTo` does,
 * with the same ends: the end of the source closes the destination, an error of
 * the source aborts it, an error of the destination cancels the source, each
 * unless prevented.
 *
 * While the destination keeps up, bytes go from the window of one half straight
 * into a piece of the other, without a promise or a chunk. When it does not,
 * one chunk waits to be written, and nothing is read: a slow destination stops
 * the source.
 */
export async function pump(
  source: ReadableEnd,
  reads: ReadHalf,
  destination: ConnWritable,
  writes: WriteHalf,
  options: StreamPipeOptions,
): Promise<void> {
  if (source.locked || destination.locked) {
    throw new TypeError("Cannot pipe: a stream is locked");
  }
  const reader = source.getReader();
  const writer = destination.getWriter();
  reads.maxRead = MAX_PIECE;
  let broken: { error: unknown } | undefined;
  let read: PumpRead | undefined;
  const onBroken = (error: unknown) => {
    if (broken !== undefined) return;
    broken = { error };
    // Ends a pending read, so that the loop comes to its end too.
    if (!options.preventCancel) reader.cancel(error).catch(() => {});
    else reads.withdraw((waiter) => waiter === read, () => error);
  };
  writer.closed.catch(onBroken);
  try {
    while (broken === undefined) {
      read = new PumpRead(source, writes);
      const outcome = await reads.start(read, undefined);
      if (outcome === "ended") break;
      if (outcome === "blocked") {
        await writer.write(reads.window.takeCopy()).catch(onBroken);
      }
    }
    // Without a close, the bytes that were read have to be written all the same.
    if (broken === undefined && options.preventClose) await writes.drained(1);
    else if (broken === undefined) await writer.close();
  } catch (error) {
    if (broken === undefined) {
      if (!options.preventAbort) await writer.abort(error).catch(() => {});
      throw error;
    }
  } finally {
    reads.maxRead = Infinity;
    reader.releaseLock();
    writer.releaseLock();
  }
  if (broken !== undefined) throw broken.error;
}

/**
 * Moves bytes on as they come, as long as it can without waiting. It then
 * resolves: the destination is `"blocked"`, the source has `"ended"`, or a
 * limit on each read wants a call of its own for the `"next"` one.
 */
class PumpRead extends Waiter<"blocked" | "ended" | "next">
  implements ReadWaiter {
  readonly #source: ReadableEnd;
  readonly #writes: WriteHalf;

  constructor(source: ReadableEnd, writes: WriteHalf) {
    super();
    this.#source = source;
    this.#writes = writes;
  }

  serve(half: ReadHalf): boolean {
    const window = half.window.peek();
    if (!this.#writes.writeNow(window)) {
      this.resolve("blocked");
      return true;
    }
    half.window.consume(window.length);
    if (half.timeout === Infinity) return false;
    this.resolve("next");
    return true;
  }

  end(): void {
    this.#source.end();
    this.resolve("ended");
  }

  fail(error: unknown): void {
    this.reject(this.#source.fail(error));
  }
}
