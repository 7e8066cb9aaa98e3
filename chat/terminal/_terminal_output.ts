import { Writable } from "node:stream";

/**
 * The terminal as a stream for `node:readline`. It writes synchronously, so that
 * all output keeps its order and is complete when the program exits.
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
      // The terminal is gone: its input ends, too.
    }
    onDone();
  }
}
