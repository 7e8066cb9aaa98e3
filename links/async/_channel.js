// A plain stand-in for the Channel of @std/async 1.5.0, whose copy on npm does
// not load. It behaves the same; its queues are arrays, so it is meant for
// running the tests, not for measuring.

export class ChannelClosedError extends Error {
  constructor(message, ...rest) {
    super(message);
    this.name = "ChannelClosedError";
    if (rest.length > 0) {
      Object.defineProperty(this, "value", {
        value: rest[0],
        enumerable: true,
      });
    }
  }
}

/** Queues a waiting party until it is served, or until its signal aborts. */
function wait(queue, value, signal) {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers();
  const onAbort = () => {
    queue.splice(queue.indexOf(party), 1);
    reject(signal.reason);
  };
  const settle = (how) => (result) => {
    signal?.removeEventListener("abort", onAbort);
    how(result);
  };
  const party = { value, resolve: settle(resolve), reject: settle(reject) };
  signal?.addEventListener("abort", onAbort, { once: true });
  queue.push(party);
  return promise;
}

export class Channel {
  #capacity;
  #values = [];
  #senders = [];
  #receivers = [];
  /** Set on close: what a receiver gets once the values are used up. */
  #end;

  constructor({ capacity = 0 } = {}) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(
        `Cannot create channel: capacity must be a non-negative integer, received ${capacity}`,
      );
    }
    this.#capacity = capacity;
  }

  get closed() {
    return this.#end !== undefined;
  }

  get size() {
    return this.#values.length;
  }

  get capacity() {
    return this.#capacity;
  }

  send(value, options) {
    if (this.closed) {
      return Promise.reject(
        new ChannelClosedError("Cannot send to a closed channel", value),
      );
    }
    if (this.trySend(value)) return Promise.resolve();
    return wait(this.#senders, value, options?.signal);
  }

  receive(options) {
    const result = this.tryReceive();
    if (result.state === "ok") return Promise.resolve(result.value);
    if (result.state === "closed") return Promise.reject(this.#end.reason);
    return wait(this.#receivers, undefined, options?.signal);
  }

  trySend(value) {
    if (this.closed) return false;
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) {
      receiver.resolve(value);
      return true;
    }
    if (this.#values.length >= this.#capacity) return false;
    this.#values.push(value);
    return true;
  }

  tryReceive() {
    const sender = this.#senders.shift();
    if (sender !== undefined) {
      this.#values.push(sender.value);
      sender.resolve();
    }
    if (this.#values.length > 0) {
      return { state: "ok", value: this.#values.shift() };
    }
    return { state: this.closed ? "closed" : "empty" };
  }

  close(...args) {
    if (this.closed) return;
    this.#end = args.length > 0 ? { reason: args[0], given: true } : {
      reason: new ChannelClosedError("Cannot receive from a closed channel"),
      given: false,
    };
    for (const sender of this.#senders.splice(0)) {
      sender.reject(
        new ChannelClosedError(
          "Cannot send to a closed channel",
          sender.value,
        ),
      );
    }
    for (const receiver of this.#receivers.splice(0)) {
      receiver.reject(this.#end.reason);
    }
  }

  async *[Symbol.asyncIterator]() {
    while (true) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.#isPlainEnd(error)) return;
        throw error;
      }
    }
  }

  toReadableStream() {
    return new ReadableStream({
      pull: async (controller) => {
        try {
          controller.enqueue(await this.receive());
        } catch (error) {
          if (this.#isPlainEnd(error)) controller.close();
          else controller.error(error);
        }
      },
      cancel: (reason) =>
        reason === undefined ? this.close() : this.close(reason),
    });
  }

  [Symbol.dispose]() {
    this.close();
  }

  [Symbol.asyncDispose]() {
    this.close();
    return Promise.resolve();
  }

  #isPlainEnd(error) {
    return this.#end?.given === false && error === this.#end.reason;
  }
}
