import type { StreamConn } from "../../../tcp/stream_conn.ts";

/** The longest delay a timer takes; a longer one is no limit in practice. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Closes a connection in an orderly way, and cuts it if that takes too long: for
 * those who are no users, whom a server can't give the minutes that users have.
 *
 * @param timeout Milliseconds that the peer has to read what was sent and to end
 * its side.
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
