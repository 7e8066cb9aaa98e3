import { checkOptions, WAIT_CHECKS } from "../../internal/check_options.ts";
import { limited } from "../../internal/wait/limited.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import { sleep } from "../../internal/wait/sleep.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { fits, toAbsolute } from "./_unix_path.ts";
import { nameEnd } from "./_unix_socket.ts";
import { UnixConn } from "./unix_conn.ts";

/**
 * Opens a connection over a Unix socket, which the caller then owns (V's
 * `unix.connect_stream`). It takes permission to read and write the path, and
 * to the network.
 *
 * @param path The path of the socket, or an abstract name behind a NUL. A
 * relative path is resolved at once, and `remoteAddr` shows the absolute one.
 * @param wait Limits on the attempt.
 * @returns The open connection.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {Deno.errors.ConnectionRefused} If no process listens on it.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, listenUnix } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/example.sock`;
 * {
 *   using listener = await listenUnix(path);
 *   using client = await dialUnix(path, { timeout: 1000 });
 *   using _server = await listener.accept();
 *   assertEquals(client.remoteAddr.path, path);
 * }
 * await Deno.remove(directory);
 * ```
 */
export async function dialUnix(
  path: string,
  wait: WaitOptions = {},
): Promise<UnixConn> {
  checkOptions(wait, WAIT_CHECKS);
  const absolute = toAbsolute(path);
  const attempt: Attempt = {
    operation: "dial",
    name: JSON.stringify(absolute),
  };
  try {
    return await limited(
      cannot(attempt),
      wait,
      async (signal) => {
        // A relative path may fit where the absolute one does not.
        const raw = await connect(fits(absolute) ? absolute : path, signal);
        // The runtime tells the path that the listener was bound to.
        return new UnixConn(nameEnd(raw, "remoteAddr", absolute));
      },
      (late) => late.close(),
    );
  } catch (error) {
    throw error === wait.signal?.reason ? error : systemError(attempt, error);
  }
}

/** Milliseconds to wait first when the listener's backlog is full. */
const MIN_PAUSE = 1;
/** The longest pause: each is twice the one before. */
const MAX_PAUSE = 100;

/**
 * Connects, and asks again while the backlog is full: the system then refuses
 * at once, where it lets a TCP connection wait.
 */
async function connect(
  path: string,
  signal: AbortSignal,
): Promise<Deno.UnixConn> {
  for (let delay = MIN_PAUSE;; delay = Math.min(2 * delay, MAX_PAUSE)) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      const isFull = error instanceof Deno.errors.WouldBlock;
      if (!isFull || signal.aborted) throw error;
    }
    await sleep(delay, signal);
  }
}
