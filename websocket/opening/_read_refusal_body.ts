import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { BodyReader } from "../handshake/_body_reader.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import { TimeLimit } from "./_time_limit.ts";

/** Milliseconds that a body may take which tells its end. */
const BODY_TIMEOUT = 2000;
/** Milliseconds for a body that ends with the connection, perhaps never. */
const ENDLESS_TIMEOUT = 250;
const BUFFER_SIZE = 4096;

/**
 * Reads the body of a response that refuses a WebSocket: the bytes that arrive
 * within a short time, 16 KiB at most.
 *
 * @param conn The connection, from which the head has been read.
 * @param head The head of the response.
 * @param wait Limits of the caller; the bytes that came before a limit count.
 * @returns The body as UTF-8; `undefined` if there is none, or it is compressed.
 */
export async function readRefusalBody(
  conn: StreamConn<unknown>,
  head: HttpHead<StatusLine>,
  wait: WaitOptions,
): Promise<string | undefined> {
  const body = new BodyReader(head);
  const timeout = body.hasEnd ? BODY_TIMEOUT : ENDLESS_TIMEOUT;
  const limit = new TimeLimit(Math.min(timeout, wait.timeout ?? Infinity));
  const buffer = new Uint8Array(BUFFER_SIZE);
  try {
    while (!body.isDone) {
      const count = await conn.read(buffer, { ...wait, timeout: limit.left });
      if (count === null) break;
      body.push(buffer.subarray(0, count));
    }
  } catch {
    // A part of the body is better than nothing.
  }
  return body.text;
}
