import { typeOf } from "../../internal/check_options.ts";
import type { Message } from "../message.ts";

/** A callback. A promise that it returns is watched. */
export type Callback<Args extends readonly unknown[]> = (
  ...args: Args
) => unknown;

/** Throws if a callback is no function. */
export function checkCallback(callback: unknown): void {
  if (typeof callback === "function") return;
  throw new TypeError(
    `Cannot register a callback of type ${
      typeOf(callback)
    }: expected a function`,
  );
}

/**
 * The callbacks for one event, in the order of registration. They are kept in
 * an array that never changes, so that callbacks may come and go while it is
 * walked.
 */
export class CallbackList<Args extends readonly unknown[]> {
  /** The callbacks of now. */
  items: readonly Callback<Args>[] = [];

  /**
   * Adds a callback; one that is added twice is called twice.
   *
   * @returns Takes it out again; further calls do nothing.
   * @throws {TypeError} If it is no function.
   */
  add(callback: Callback<Args>): () => void {
    checkCallback(callback);
    this.items = [...this.items, callback];
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const index = this.items.indexOf(callback);
      this.items = this.items.toSpliced(index, 1);
    };
  }
}

/** The callbacks of a client, or those a server has for all of its clients. */
export class ClientCallbacks<C> {
  /** For a connection that is open. */
  readonly open: CallbackList<[ws: C]> = new CallbackList();
  /** For messages and pongs. */
  readonly message: CallbackList<[ws: C, message: Message]> =
    new CallbackList();
  /** For errors. */
  readonly error: CallbackList<[ws: C, error: unknown]> = new CallbackList();
  /** For the end of the connection. */
  readonly close: CallbackList<[ws: C, code: number, reason: string]> =
    new CallbackList();
}
