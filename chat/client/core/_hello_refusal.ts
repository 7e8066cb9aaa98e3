import type { Refusal } from "./_pending_request.ts";

/** The longest wait that is obeyed: servers ask for five minutes at most. */
const MAX_WAIT = 10 * 60_000;

/** Refusals of a `hello` that are final for what it has given. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  ...["access-needed", "wrong-password", "wrong-invitation"],
  ...["sign-in-name", "wrong-link"],
]);

/** Refusals of a `hello` that may be said again, after the `subject` in seconds. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  ...["too-many-guesses", "access-busy"],
]);

/** Whether an error of the server means that it does not let the client in. */
export function refusesHello(code: string): boolean {
  return FINAL_CODES.has(code) || PASSING_CODES.has(code);
}

/**
 * How many milliseconds to wait before the same `hello` may be said again;
 * `undefined` if that is of no use.
 */
export function retryDelay({ code, subject }: Refusal): number | undefined {
  if (!PASSING_CODES.has(code)) return undefined;
  const seconds = Number(subject ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT) : 0;
}
