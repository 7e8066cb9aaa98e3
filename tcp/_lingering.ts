import { Alarm } from "../internal/alarm.ts";
import { isLingering, type StreamConn } from "./stream_conn.ts";

/** Milliseconds that a protocol has for its end when the handler is done. */
const LINGER_TIME = 1000;
/**
 * How many connections may be about to end at once: a handler's own limit on
 * how many it serves is exceeded by no more.
 */
const MAX_LINGERING = 256;

/**
 * The connections of a listener whose handlers are done, and whose protocols
 * end them by themselves, such as a WebSocket that waits for its peer to close.
 */
export class Lingering {
  #count = 0;

  /**
   * Leaves a connection to its protocol for a moment, if that is about to end
   * it and not too many are.
   *
   * @param conn The connection, which it closes when the moment is over.
   * @param onEnd Told when the connection has ended.
   * @returns Whether it does so; if not, the caller has to close it.
   */
  takes(conn: StreamConn<unknown>, onEnd: () => void): boolean {
    if (!isLingering(conn) || this.#count >= MAX_LINGERING) return false;
    this.#count++;
    const alarm = new Alarm(() => conn.close(), true);
    alarm.ringBy(performance.now() + LINGER_TIME);
    conn.closed.then(() => {
      this.#count--;
      alarm.stop();
      onEnd();
    });
    return true;
  }
}
