/** A socket that keeps the process alive while calls wait, unless it is unref'd. */
export abstract class HeldSocket {
  #isRef = true;
  #isWaited: boolean;
  #isHeld: boolean;

  /** @param isHeld Whether the new socket keeps the process alive. */
  protected constructor(isHeld: boolean) {
    this.#isWaited = isHeld;
    this.#isHeld = isHeld;
  }

  /** Whether it keeps the process alive now. */
  protected get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Called when that has changed. */
  protected abstract onHeld(isHeld: boolean): void;

  /** Tells whether a call waits. */
  protected setWaited(isWaited: boolean): void {
    this.#isWaited = isWaited;
    this.#update();
  }

  /** Lets calls that wait keep the process alive. */
  ref(): void {
    this.#isRef = true;
    this.#update();
  }

  /** Lets the process end while calls wait. */
  unref(): void {
    this.#isRef = false;
    this.#update();
  }

  #update(): void {
    const isHeld = this.#isWaited && this.#isRef;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.onHeld(isHeld);
  }
}
