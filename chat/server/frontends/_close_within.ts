import { MAX_DELAY } from "../../../internal/wait/max_delay.ts";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";

/**
 * Closes a connection in an orderly way, and cuts it at a limit: for clients that
 * are not users, and do not get the minutes that users have.
 *
 * @param timeout Milliseconds for the peer to read everything and close its side.
 * @returns Resolves when the connection is freed.
 */
export async function closeWithin(
  conn: StreamConn<unknown>,
  timeout: number,
): Promise<void> {
  conn.close();
  const cut = () => conn.terminate();
  const timer = setTimeout(cut, Math.min(timeout, MAX_DELAY));
  await conn.closed;
  clearTimeout(timer);
}
