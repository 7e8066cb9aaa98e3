/**
 * A bounded queue between a producer and loops. When it is full, the producer
 * waits if there is a loop; without one, the oldest value is dropped.
 */
export class EventQueue<T> {
  readonly #capacity: number;
  readonly #values: T[] = [];
  #loops = 0;
  #isEnded = false;
  #onValue: (() => void)[] = [];
  #onRoom: (() => void)[] = [];

  /** How many were dropped. */
  dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Puts a value in; the promise, if there is one, settles when there is room. */
  put(value: T): Promise<void> | undefined {
    if (this.#isEnded) return undefined;
    this.#values.push(value);
    this.#wake(this.#onValue);
    if (this.#values.length <= this.#capacity) return undefined;
    if (this.#loops > 0) {
      return new Promise((resolve) => this.#onRoom.push(resolve));
    }
    this.#values.shift();
    this.dropped++;
    return undefined;
  }

  /** Ends the loops after the queued values. */
  end(): void {
    this.#isEnded = true;
    this.#wake(this.#onValue);
    this.#wake(this.#onRoom);
  }

  /** Takes the values out, until the end. */
  async *take(): AsyncGenerator<T, void, undefined> {
    this.#loops++;
    try {
      while (true) {
        const value = this.#values.shift();
        if (this.#values.length <= this.#capacity) this.#wake(this.#onRoom);
        if (value !== undefined) {
          yield value;
        } else if (this.#isEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => this.#onValue.push(resolve));
        }
      }
    } finally {
      this.#loops--;
      if (this.#loops === 0) this.#wake(this.#onRoom);
    }
  }

  #wake(waiting: (() => void)[]): void {
    for (const resolve of waiting.splice(0)) resolve();
  }
}
