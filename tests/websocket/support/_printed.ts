import { Log } from "./_servers.ts";

/** Keeps what the library prints, until the end of the scope. */
export class Printed extends Log<readonly unknown[]> implements Disposable {
  readonly #original = console.error;

  constructor() {
    super();
    console.error = (...parts: unknown[]) => this.add(parts);
  }

  [Symbol.dispose](): void {
    console.error = this.#original;
  }
}
