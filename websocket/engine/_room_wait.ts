const ignore = () => {};

/** Calls that wait until fewer bytes are queued, which share one promise. */
export class RoomWait {
  #waiting: PromiseWithResolvers<void> | undefined;

  /** Settles at the next {@linkcode release}, or rejects at the end. */
  wait(): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = Promise.withResolvers();
      this.#waiting.promise.catch(ignore);
    }
    return this.#waiting.promise;
  }

  /** Lets all calls go on. */
  release(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Rejects all calls: the connection has ended. */
  reject(error: unknown): void {
    this.#waiting?.reject(error);
  }
}
