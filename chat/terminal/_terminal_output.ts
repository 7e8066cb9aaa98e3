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
    writeFully(Deno.stdout, chunk);
    onDone();
  }
}

/** Writes bytes, unless the reader is gone. */
export function writeFully(
  file: { writeSync(data: Uint8Array): number },
  bytes: Uint8Array,
): void {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
  } catch {
    // A terminal ends its input, too; that of a pipe is sent nevertheless.
  }
}
