import { ClosedError } from "../internal/errors/closed_error.ts";

/** Whether a connection is open, and what its calls get once it is not. */
export class Life {
  readonly #name: string;
  /** Whether it has been closed. */
  isClosed = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Makes the error of a call on a closed connection. */
  readonly makeError = (): ClosedError =>
    new ClosedError(`Cannot use ${this.#name}: the connection is closed`);

  /** Throws if it has been closed. */
  assertOpen(): void {
    if (this.isClosed) throw this.makeError();
  }

  /** Runs what takes time; whatever the timing, closing ends it. */
  async whileOpen<T>(run: () => Promise<T>): Promise<T> {
    this.assertOpen();
    try {
      const result = await run();
      if (!this.isClosed) return result;
    } catch (error) {
      if (!this.isClosed) throw error;
    }
    throw this.makeError();
  }
}
