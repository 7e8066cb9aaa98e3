import type { RawListener } from "../../../tcp/listener/_accept_loop.ts";
import { nextTurn, until } from "./_outcomes.ts";

/** What a fake listener accepts: something that can be closed. */
export class FakeRaw {
  /** How often it was closed. */
  closeCount = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Throws when it is closed again, as the runtime's connections do. */
  close(): void {
    this.closeCount++;
    if (this.closeCount > 1) throw new Deno.errors.BadResource("Closed twice");
  }
}

/** A connection made of a {@linkcode FakeRaw}. */
export class FakeConn {
  isClosed = false;
  readonly raw: FakeRaw;

  constructor(raw: FakeRaw) {
    this.raw = raw;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.raw.close();
  }
}

/** A listener of the runtime that does what the test says. */
export class FakeListener implements RawListener<FakeRaw> {
  #pending: PromiseWithResolvers<FakeRaw> | undefined;
  #isClosed = false;
  #alive: ReturnType<typeof setInterval> | undefined;
  /** How often it was asked. */
  acceptCount = 0;
  closeCount = 0;
  isRef = true;

  accept(): Promise<FakeRaw> {
    this.acceptCount++;
    if (this.#isClosed) return Promise.reject(badResource());
    if (this.#pending !== undefined) {
      return Promise.reject(new Deno.errors.Busy("Another accept is pending"));
    }
    this.#pending = Promise.withResolvers();
    // As an accept of the system does, it keeps the process alive.
    this.#alive = setInterval(() => {}, 60_000);
    return this.#pending.promise;
  }

  close(): void {
    this.closeCount++;
    if (this.#isClosed) throw badResource();
    this.#isClosed = true;
    this.#take()?.reject(badResource());
  }

  ref(): void {
    this.isRef = true;
  }

  unref(): void {
    this.isRef = false;
  }

  /** Whether an accept is in flight. */
  get isAsked(): boolean {
    return this.#pending !== undefined;
  }

  /** Lets the accept in flight succeed. */
  async give(name: string): Promise<FakeRaw> {
    await until(() => this.isAsked);
    const raw = new FakeRaw(name);
    this.#take()?.resolve(raw);
    await nextTurn();
    return raw;
  }

  /** Lets the accept in flight fail. */
  async fail(error: unknown): Promise<void> {
    await until(() => this.isAsked);
    this.#take()?.reject(error);
    await nextTurn();
  }

  #take(): PromiseWithResolvers<FakeRaw> | undefined {
    const pending = this.#pending;
    clearInterval(this.#alive);
    this.#pending = undefined;
    return pending;
  }
}

function badResource(): Error {
  return new Deno.errors.BadResource("Listener has been closed");
}
