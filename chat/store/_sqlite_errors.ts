/** Why a file can't be used. */
export class StoreFault extends Error {}

/** Says in one sentence why a file can't be used. */
export function refusalOf(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  const cause = error instanceof StoreFault ? error.message : reasonOf(error);
  return new Error(`Cannot open chat file "${path}": ${cause}`, {
    cause: error,
  });
}

/** Whether what was to be written can't be in the tables at all. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error) === 19;
}

/** Result codes of SQLite (sqlite.org/rescode.html) in words. */
function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 5:
      return "another program has it open";
    case 8:
      return "it can't be written";
    case 11:
      return "it is damaged";
    case 14:
      return "the file can't be opened or made";
    case 26:
      return "it is no SQLite database";
    default:
      return error instanceof Error ? error.message : `${error}`;
  }
}

/** The primary result code: the low byte of the extended one. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
