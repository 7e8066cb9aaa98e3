import { Writable } from "node:stream";

/**
 * The terminal as `node:readline` wants it. It writes at once, so that what this
 * program writes beside it comes in its order, and the end of it too.
 */
export class TerminalOutput extends Writable {
  /** How wide the terminal is. */
  get columns(): number {
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      return 80;
    }
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    onDone: () => void,
  ): void {
    let rest = chunk;
    try {
      while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
    } catch {
      // The terminal is gone, which its input tells too.
    }
    onDone();
  }
}
