import { messageOf } from "../internal/errors/message_of.ts";

/**
 * Reads the first line of a file, so that a secret is no argument, which others on
 * this machine can see.
 *
 * @param what The secret, for errors, which do not contain it.
 * @throws If the file can't be read, or the line is empty.
 */
export function readSecret(path: string, what: string): string {
  const [secret = ""] = readText(path).split(/\r?\n/);
  if (secret !== "") return secret;
  throw new SyntaxError(
    `Cannot use ${what} in "${path}": the first line is empty`,
  );
}

/**
 * Reads a file that the user of a program has named.
 *
 * @throws If it can't be read.
 */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Cannot read "${path}": files need --allow-read before the program`,
      );
    }
    const isMissing = error instanceof Deno.errors.NotFound;
    const why = isMissing ? "the file does not exist" : messageOf(error);
    throw new Error(`Cannot read "${path}": ${why}`, { cause: error });
  }
}
