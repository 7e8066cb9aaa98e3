import { expectEnd } from "../../internal/errors/expected_end.ts";
import { limited } from "../../internal/wait/limited.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { formatRefusal } from "../handshake/_refusal.ts";
import { HandshakeError } from "../handshake_error.ts";
import { type Ending, failureOf } from "./_ask_program.ts";
import { TimeLimit } from "./_time_limit.ts";

/** Milliseconds that a refused client gets to read the response. */
const REFUSAL_TIMEOUT = 1000;
const ignore = () => {};

/** Options for {@linkcode sendRefusal}. */
export interface SendRefusalOptions {
  /** How long to wait until the system has taken the response. */
  readonly limit?: TimeLimit;
  /** Called with a failure of the program, before the response is sent. */
  readonly onFault?: ((error: HandshakeError) => void) | undefined;
}

/**
 * Sends the response that ends a handshake; the caller closes the connection
 * then.
 *
 * @returns The error of the handshake, once the system has taken the response or
 * the limit has passed. The rest is sent while the connection closes in the
 * orderly way, so that a page reaches a slow client too.
 */
export async function sendRefusal(
  conn: StreamConn<unknown>,
  ending: Ending,
  options: SendRefusalOptions = {},
): Promise<HandshakeError> {
  const { limit = new TimeLimit(REFUSAL_TIMEOUT), onFault } = options;
  let response: Uint8Array;
  try {
    response = formatRefusal(ending);
  } catch (cause) {
    return await sendRefusal(conn, failureOf(cause), { limit, onFault });
  }
  const { status, reason, cause, isAnswered } = ending;
  const error = new HandshakeError(
    `Cannot accept a WebSocket from ${conn}: ${reason}`,
    { status, cause },
  );
  if (cause !== undefined) onFault?.(error);
  const sent = conn.write(response).catch(ignore);
  const wait = { timeout: limit.left };
  await limited("Cannot send an answer", wait, () => sent).catch(ignore);
  return isAnswered ? expectEnd(error) : error;
}
