import { afterPoll } from "./after_poll.ts";
import { MAX_DELAY } from "./max_delay.ts";
import { onAbort } from "./on_abort.ts";
import { checkWait } from "../check_options.ts";
import { checkDeadline, type WaitOptions } from "./wait_options.ts";

/** With a limit that is so many milliseconds late, the process has stood still. */
const MIN_STANDSTILL = 50;

/**
 * Runs one operation of several steps, such as a dial, under one set of limits.
 *
 * If the process has stood still at the limit, the operation gets that time once
 * more, up to as much as it had, since its peer may be answering step by step.
 *
 * The operation gets a signal that aborts at a limit, with the error that the
 * caller gets. It may take its time to stop: the caller's promise has settled
 * by then, and a result that comes too late is discarded.
 *
 * @param what The start of the message at a limit, such as `Cannot dial host:80`.
 * @param wait The limits.
 * @param run The operation.
 * @param discard Frees a result that comes after the limit, where it needs that.
 */
export async function limited<T>(
  what: string,
  wait: WaitOptions,
  run: (signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void = () => {},
): Promise<T> {
  checkWait(wait);
  const { timeout = Infinity } = wait;
  const delay = Math.min(timeout, checkDeadline(wait.deadline) - Date.now());
  const timeoutError = () =>
    new DOMException(`${what}: the time limit has passed`, "TimeoutError");
  wait.signal?.throwIfAborted();
  if (delay < 0) throw timeoutError();

  const controller = new AbortController();
  const { signal } = controller;
  const outcome = Promise.withResolvers<T>();
  // The first outcome decides: a result is either returned or discarded.
  let isOver = false;
  const stop = (reason: unknown) => {
    if (isOver) return;
    isOver = true;
    controller.abort(reason);
    outcome.reject(reason);
  };
  using _abort = onAbort(wait.signal, () => stop(wait.signal?.reason));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopIn = (time: number, isLast: boolean) => {
    const due = performance.now() + time;
    timer = setTimeout(() => {
      const late = performance.now() - due;
      // The result may have arrived while the process was busy.
      afterPoll(() => {
        if (isLast || late < MIN_STANDSTILL) return stop(timeoutError());
        if (!isOver) stopIn(Math.min(late, time), true);
      });
    }, time);
  };
  // A longer one is no limit in practice.
  if (delay <= MAX_DELAY) stopIn(delay, false);
  try {
    run(signal).then((result) => {
      if (isOver) return discard(result);
      isOver = true;
      outcome.resolve(result);
    }, (error) => {
      isOver = true;
      outcome.reject(error);
    });
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
  }
}
