import { messageOf } from "../../internal/errors/message_of.ts";

/** A reason why a file can't be used. */
export class StoreFault extends Error {}

/**
 * The error for something that can't be done with a chat file.
 *
 * @param what The start of the message, such as `Cannot write chat file`.
 */
export function fileFault(what: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  return new Error(`${what}: ${reasonOf(error)}`, { cause: error });
}

/** Whether a message violates a constraint of the tables. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error) === 19;
}

/** Result codes of SQLite (sqlite.org/rescode.html). */
const REASONS: ReadonlyMap<number | undefined, string> = new Map([
  [
    5,
    "another program has it open; servers of a --cluster (cluster) share a chat, each with its own file",
  ],
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
  if (error instanceof Deno.errors.AlreadyExists) return "there is a file";
  return REASONS.get(codeOf(error)) ?? messageOf(error);
}

/** The primary result code: the low byte of the extended one. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
