import { reportTo } from "./_report.ts";
import type { TopicAdapter } from "./topic_adapter.ts";

/** Calls an adapter, whose errors harm neither publishers nor subscribers. */
export class Relay {
  readonly #adapter: TopicAdapter;
  readonly #deliver: (topic: string, data: string | Uint8Array) => void;
  readonly #onError: ((error: unknown) => unknown) | undefined;

  constructor(
    adapter: TopicAdapter,
    deliver: (topic: string, data: string | Uint8Array) => void,
    onError: ((error: unknown) => unknown) | undefined,
  ) {
    this.#adapter = adapter;
    this.#deliver = deliver;
    this.#onError = onError;
  }

  /** Passes a message on to the other processes. */
  publish(topic: string, data: string | Uint8Array): void {
    this.#call(() => this.#adapter.publish(topic, data));
  }

  /** Begins to receive a topic; returns how to stop it. */
  subscribe(topic: string): () => void {
    let isOver = false;
    const receive = (data: string | Uint8Array) => {
      if (!isOver) this.#deliver(topic, data);
    };
    const stop = this.#call(() => this.#adapter.subscribe(topic, receive));
    return () => {
      isOver = true;
      if (typeof stop === "function") this.#call(() => stop());
    };
  }

  #call(call: () => unknown): unknown {
    try {
      const result = call();
      if (result instanceof Promise) {
        result.catch((error) => this.#report(error));
      }
      return result;
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    reportTo(this.#onError, "Uncaught error in a topic adapter", error);
  }
}
