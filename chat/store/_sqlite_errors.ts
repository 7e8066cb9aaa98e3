/** A reason why a file can't be used. */
export class StoreFault extends Error {}

/** The result code of SQLite for a file that is locked. */
const BUSY = 5;
const IS_OPEN =
  "another program has it open; servers of a --cluster (cluster) share a chat, each with its own file";

/** The error for a file that can't be opened. */
export function refusalOf(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  const reason = codeOf(error) === BUSY ? IS_OPEN : reasonOf(error);
  return new Error(`Cannot open chat file "${path}": ${reason}`, {
    cause: error,
  });
}

/** The error for a failure to write. */
export function writeFault(error: unknown): unknown {
  return new Error(`Cannot write chat file: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** The error for a failure to read. */
export function readFault(error: unknown): unknown {
  return new Error(`Cannot read chat file: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** The error for a failure to copy the file. */
export function backupFault(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  const reason = error instanceof Deno.errors.AlreadyExists
    ? "there is a file"
    : reasonOf(error);
  return new Error(`Cannot back up chat file to "${path}": ${reason}`, {
    cause: error,
  });
}

/** Whether a message violates a constraint of the tables. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error) === 19;
}

/** Result codes of SQLite (sqlite.org/rescode.html). */
const REASONS: ReadonlyMap<number | undefined, string> = new Map([
  [BUSY, "another program has it open"],
  [8, "it can't be written"],
  [10, "the disk has failed"],
  [11, "it is damaged"],
  [13, "the disk is full"],
  [14, "the file can't be opened or created"],
  [26, "it is not an SQLite database"],
]);

function reasonOf(error: unknown): string {
  // A number that is larger than those of a chat.
  if (error instanceof RangeError) return "it is damaged";
  const message = error instanceof Error ? error.message : String(error);
  return REASONS.get(codeOf(error)) ?? message;
}

/** The primary result code: the low byte of the extended one. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
