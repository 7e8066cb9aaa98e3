import { limited } from "../../internal/wait/limited.ts";
import type { NatsLogConnection } from "./nats_jetstream.ts";

/** Errors of JetStream that mean something here, by their code. */
export const STREAM_NOT_FOUND = 10059;
export const WRONG_LAST_SEQUENCE = 10071;

/** The code of an error of JetStream, also of one that `NatsLink.call` has made. */
export function jetStreamCode(error: unknown): unknown {
  const { code, cause } = Object(error);
  return typeof code === "number" ? code : Object(cause).code;
}

/**
 * The connection to a NATS server, as seen by one log: whether it is up, and
 * requests that wait for it and end with it.
 */
export class NatsLink {
  readonly #timeout: number;
  readonly #end = new AbortController();
  #outage = new AbortController();
  #up = Promise.withResolvers<void>();
  #isUp = true;

  /**
   * When the connection was last made, or the server last did not answer in time, on
   * the clock of `performance.now()`.
   */
  reachableSince = performance.now();

  /**
   * @param connection An open connection.
   * @param timeout Milliseconds that a request may take, and that it waits for
   * the connection before.
   */
  constructor(connection: NatsLogConnection, timeout: number) {
    this.#timeout = timeout;
    this.#up.resolve();
    this.#watch(connection);
  }

  /** Whether requests can be sent. */
  get isConnected(): boolean {
    return this.#isUp && !this.ended.aborted;
  }

  /** Aborted when the log has ended, with the error for all later calls. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Aborted when the present connection is lost, or the log has ended. */
  get lost(): AbortSignal {
    return this.#outage.signal;
  }

  /** Ends the log for all later and pending calls. */
  end(reason: Error): void {
    this.#end.abort(reason);
    this.#outage.abort(reason);
  }

  /** Waits until the connection is up. */
  connected(wait: { signal?: AbortSignal; timeout?: number }): Promise<void> {
    return limited(
      "Cannot reach the NATS server",
      wait,
      () => this.#up.promise,
      () => {},
    );
  }

  /**
   * Makes a request. It is not sent while there is no connection, since the client
   * would buffer it, and ends when the connection is lost: the answer is lost, too.
   *
   * @param what The start of the error.
   * @param request Sends the request and waits for the answer.
   */
  async call<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      const { ended: signal } = this;
      await this.connected({ signal, timeout: this.#timeout });
      return await limited(what, { signal: this.lost }, request, () => {});
    } catch (error) {
      this.ended.throwIfAborted();
      const { name, message } = Object(error);
      if (name === "TimeoutError") {
        this.reachableSince = performance.now();
        const text = `${what}: no answer in ${this.#timeout} ms`;
        throw new DOMException(text, "TimeoutError");
      }
      throw new Error(`${what}: ${message}`, { cause: error });
    }
  }

  async #watch(connection: NatsLogConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.ended.aborted) return;
      if (type === "disconnect") this.#goDown();
      if (type === "reconnect") this.#goUp();
    }
    this.end(
      new Error("Cannot use the log: the connection to NATS was closed"),
    );
  }

  #goDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#up = Promise.withResolvers();
    this.#outage.abort(new Error("the connection to NATS was lost"));
  }

  #goUp(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#outage = new AbortController();
    this.reachableSince = performance.now();
    this.#up.resolve();
  }
}
