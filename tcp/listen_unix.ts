import { systemError } from "../internal/system_error.ts";
import { type ListenerOptions, takeOver } from "./stream_listener.ts";
import { UnixListener } from "./unix_listener.ts";

/** Options for {@linkcode listenUnix}. */
export interface ListenUnixOptions extends ListenerOptions {
  /**
   * The permission bits of the socket's file, such as `0o600`: who may write to
   * it may connect. They are set right after the file was made; where that
   * moment matters, put the socket in a directory of its own.
   *
   * @default {what the process's umask leaves of 0o777}
   */
  mode?: number;
}

/**
 * Listens on a Unix socket (V's `unix.listen_stream`). The caller owns the
 * listener; closing it removes the socket's file. It takes permission to read
 * and write the path, and to the network.
 *
 * A socket that a crashed process left behind is taken over. One that somebody
 * listens on is not, and a file that is no socket is never removed.
 *
 * @param path The path of the socket, or an abstract name behind a NUL (Linux).
 * @param options Options of the listener.
 * @returns The listener, which listens already.
 * @throws {Deno.errors.AddrInUse} If somebody listens there, or the file is no
 * socket.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, listenUnix } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/example.sock`;
 * {
 *   using listener = await listenUnix(path, { mode: 0o600 });
 *   using client = await dialUnix(path);
 *   using server = await listener.accept();
 *   await client.writeString("hello\n");
 *   assertEquals(await server.readLine(), "hello");
 * }
 * await Deno.remove(directory);
 * ```
 */
export async function listenUnix(
  path: string,
  options: ListenUnixOptions = {},
): Promise<UnixListener> {
  const what = `Cannot listen on ${JSON.stringify(path)}`;
  if (path === "") throw new TypeError(`${what}: expected a path`);
  try {
    try {
      return listen(path, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      return await replaceStale(path, options, error);
    }
  } catch (error) {
    throw systemError(what, error);
  }
}

function listen(path: string, options: ListenUnixOptions): UnixListener {
  return takeOver(Deno.listen({ transport: "unix", path }), (raw) => {
    if (options.mode !== undefined && !isAbstract(path)) {
      Deno.chmodSync(path, options.mode);
    }
    return new UnixListener(raw, options);
  });
}

function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/** The take-overs under way in this process, by path: one at a time. */
const takeOvers = new Map<string, Promise<void>>();

/** Listens in place of a socket's file that nobody listens on any more. */
async function replaceStale(
  path: string,
  options: ListenUnixOptions,
  inUse: Error,
): Promise<UnixListener> {
  if (isAbstract(path)) throw inUse;
  const before = takeOvers.get(path);
  const done = Promise.withResolvers<void>();
  takeOvers.set(path, done.promise);
  try {
    await before;
    await removeStale(path, inUse);
    return listen(path, options);
  } finally {
    done.resolve();
    if (takeOvers.get(path) === done.promise) takeOvers.delete(path);
  }
}

/**
 * Removes a socket's file that nobody listens on.
 *
 * @throws `inUse`, if it is not that.
 */
async function removeStale(path: string, inUse: Error): Promise<void> {
  try {
    const found = await Deno.lstat(path);
    if (!found.isSocket) {
      throw new Deno.errors.AddrInUse("the file is no socket", {
        cause: inUse,
      });
    }
    if (await isServed(path)) throw inUse;
    // Another process may have taken the path over since: its file is younger.
    const still = await Deno.lstat(path);
    const isSame = still.ino === found.ino &&
      still.mtime?.getTime() === found.mtime?.getTime();
    if (!isSame) throw inUse;
    await Deno.remove(path);
  } catch (error) {
    // The file is gone: whether the path is free shows when listening.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether somebody listens on a socket's file. */
async function isServed(path: string): Promise<boolean> {
  try {
    const conn = await Deno.connect({ transport: "unix", path });
    conn.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    if (error instanceof Deno.errors.NotFound) throw error;
    // A full backlog, a listener that closes, a socket of another kind.
    return true;
  }
}
