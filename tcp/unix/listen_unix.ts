import {
  checkOptions,
  isInteger,
  type OptionChecks,
  WAIT_CHECKS,
} from "../../internal/check_options.ts";
import { limited } from "../../internal/wait/limited.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { fileAt, removeFile } from "./_unix_file.ts";
import {
  fits,
  folderOf,
  isAbstract,
  mayUse,
  secretName,
  toAbsolute,
} from "./_unix_path.ts";
import { UnixSocket } from "./_unix_socket.ts";
import { takeOver } from "./_unix_take_over.ts";
import type { ListenerOptions } from "../listener/stream_listener.ts";
import { UNIX_LISTENER_CHECKS, UnixListener } from "./unix_listener.ts";

/**
 * Options for {@linkcode listenUnix}. The limits of waiting are for its opening,
 * which may have to find out whether a socket is stale.
 */
export interface ListenUnixOptions extends ListenerOptions, WaitOptions {
  /**
   * The permission bits of the socket's file, such as `0o600`: users that may write
   * to it may connect. They are set before the file appears under its path,
   * unless that path had to be bound directly (see {@linkcode listenUnix}).
   *
   * @default {what the process's umask leaves of 0o777}
   */
  mode?: number;
}

const LISTEN_UNIX_CHECKS: OptionChecks<ListenUnixOptions> = {
  ...WAIT_CHECKS,
  ...UNIX_LISTENER_CHECKS,
  mode: isInteger(0, 0o7777),
};

/**
 * Listens on a Unix socket (V's `unix.listen_stream`). The caller owns the
 * listener; closing it removes the socket's file, if the path is still that
 * file's only.
 *
 * A socket that a crashed process left behind is taken over; of several
 * processes that do so, one gets it. One that somebody listens on is not, and a
 * file that is no socket is never removed.
 *
 * The socket is made under a secret name in the same folder
 * (`.vnet-` and 12 hexadecimal digits) and linked to its path when it is ready,
 * so that the path never leads to a socket that does not listen yet. A process
 * that is killed in this very moment leaves that name behind, which may be
 * deleted. Tools such as `ss` show the secret name. Where the folder may not be
 * used, has no hard links, or the secret name is too long for the system (107
 * bytes on Linux), the path is bound directly.
 *
 * **Permissions.** `--allow-net`, and `--allow-read` and `--allow-write` for the
 * folder of the path. With those for the path alone the listener works, but two
 * processes that take over one stale socket at once may both succeed.
 *
 * @param path The path of the socket, or an abstract name behind a NUL (Linux).
 * A relative path is resolved at once, and `addr` shows the absolute one.
 * @param options Options of the listener, and limits on its opening.
 * @returns The listener, which listens already.
 * @throws {Deno.errors.AddrInUse} If another process listens there, or the file is no
 * socket.
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
 *   using listener = await listenUnix(path, { mode: 0o600 });
 *   using client = await dialUnix(path);
 *   using server = await listener.accept();
 *   await client.writeString("hello\n");
 *   assertEquals(await server.readLine(), "hello");
 * }
 * await Deno.remove(directory);
 * ```
 */
export function listenUnix(
  path: string,
  options?: ListenUnixOptions & { proxyProtocol?: undefined },
): Promise<UnixListener>;
/**
 * Listens on a Unix socket whose peers are proxies that tell the addresses of
 * their clients: `remoteAddr` of a connection is the client's, a `Deno.NetAddr`,
 * if its proxy has told it. See {@linkcode ProxyProtocolOptions}.
 *
 * @param path The path of the socket, as above.
 * @param options Options of the listener, and limits on its opening.
 * @returns The listener, which listens already.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, encodeProxyHeader, listenUnix } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/example.sock`;
 * {
 *   using listener = await listenUnix(path, {
 *     mode: 0o600,
 *     proxyProtocol: { from: ["unix"] },
 *   });
 *   using proxy = await dialUnix(path);
 *   await proxy.write(encodeProxyHeader({
 *     source: { hostname: "203.0.113.7", port: 50_000 },
 *     destination: { hostname: "192.0.2.1", port: 443 },
 *   }));
 *   using conn = await listener.accept();
 *   const client = { transport: "tcp", hostname: "203.0.113.7", port: 50_000 };
 *   assertEquals<unknown>(conn.remoteAddr, client);
 * }
 * await Deno.remove(directory);
 * ```
 */
export function listenUnix(
  path: string,
  options: ListenUnixOptions,
): Promise<UnixListener<Deno.UnixAddr | Deno.NetAddr>>;
export async function listenUnix(
  path: string,
  options: ListenUnixOptions = {},
): Promise<UnixListener | Listener> {
  checkOptions(options, LISTEN_UNIX_CHECKS);
  const absolute = toAbsolute(path);
  const attempt: Attempt = {
    operation: "listen",
    name: JSON.stringify(absolute),
  };
  try {
    return await limited(
      cannot(attempt),
      options,
      (signal) => listen({ path: absolute, given: path, options, signal }),
      (late) => late.close(),
    );
  } catch (error) {
    throw error === options.signal?.reason
      ? error
      : systemError(attempt, error);
  }
}

/** The caller's type tells which of these the options lead to. */
type Listener = UnixListener<Deno.UnixAddr | Deno.NetAddr>;

/** One call of {@linkcode listenUnix}. */
interface Request {
  /** The absolute path. */
  readonly path: string;
  /** The path as the caller gave it. */
  readonly given: string;
  readonly options: ListenUnixOptions;
  readonly signal: AbortSignal;
}

async function listen(request: Request): Promise<Listener> {
  const { path, given, options } = request;
  if (isAbstract(path)) {
    return new UnixListener(Deno.listen({ transport: "unix", path }), options);
  }
  const name = secretName();
  // A path that does not fit itself could be linked to, but not be dialled.
  const secret = [path, given].some(fits)
    ? [path, given].map((known) => `${folderOf(known)}${name}`).find(fits)
    : undefined;
  const listener = secret !== undefined && mayUse(secret)
    ? await listenBySecret(request, secret, `${folderOf(path)}${name}`)
    : undefined;
  return listener ?? await listenDirectly(request);
}

/**
 * Listens under a secret name and links it to the path.
 *
 * @param bound The secret name as the system takes it.
 * @param secret The same as an absolute path.
 * @returns The listener, or `undefined` if the file system has no links.
 */
async function listenBySecret(
  { path, options, signal }: Request,
  bound: string,
  secret: string,
): Promise<Listener | undefined> {
  const raw = Deno.listen({ transport: "unix", path: bound });
  try {
    const file = fileAt(secret);
    if (options.mode !== undefined) Deno.chmodSync(secret, options.mode);
    const place = () => {
      try {
        Deno.linkSync(secret, path);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) throw inUse(error);
        if (isDenied(error)) return false;
        throw error;
      }
    };
    const isPlaced = await placeOrTakeOver(path, place, signal);
    if (!isPlaced || file === undefined) {
      raw.close();
      return undefined;
    }
    removeFile(secret, file);
    return make(new UnixSocket({ raw, bound, path, file }), options);
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** Binds the path itself. */
async function listenDirectly(
  { path, given, options, signal }: Request,
): Promise<Listener> {
  const bound = fits(path) ? path : given;
  const place = () => Deno.listen({ transport: "unix", path: bound });
  const raw = await placeOrTakeOver(path, place, signal);
  const socket = new UnixSocket({ raw, bound, path, file: fileAt(bound) });
  try {
    if (options.mode !== undefined) Deno.chmodSync(bound, options.mode);
    return make(socket, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Puts a socket at a path that is free, or that a stale one has. */
async function placeOrTakeOver<T>(
  path: string,
  place: () => T,
  signal: AbortSignal,
): Promise<T> {
  try {
    return place();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return await takeOver(path, error, place, signal);
  }
}

function make(socket: UnixSocket, options: ListenUnixOptions): Listener {
  return new UnixListener(socket as unknown as Deno.UnixListener, options);
}

function inUse(cause: Error): Error {
  return new Deno.errors.AddrInUse("the path is taken", { cause });
}

/** Whether the file system or the permissions allow no links. */
function isDenied(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.NotSupported ||
    error instanceof Error && "code" in error &&
      ["EPERM", "ENOTSUP", "EOPNOTSUPP", "EXDEV", "EMLINK", "ENOSYS"]
        .includes(String(error.code));
}
