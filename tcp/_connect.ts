import { joinAddress } from "../internal/address/address.ts";
import { type Family, lookup } from "../internal/address/lookup.ts";
import {
  type Attempt,
  cannot,
  likeError,
  lowerFirst,
  systemError,
} from "../internal/errors/system_error.ts";
import { keepZone } from "../internal/address/zone.ts";
import { connectByNode, type SocketOptions } from "./node/_node_connect.ts";

/** How long one address is tried before the next joins in (RFC 8305). */
const ATTEMPT_DELAY = 250;
/** The reason of an abort that no call sees: creating an error is expensive. */
const LOST = "another address has connected";
/** How often a dial that has connected to itself is tried again. */
const MAX_SELF_CONNECTIONS = 2;

/** The settings that all attempts of one dial have in common. */
interface Dial {
  readonly what: Attempt;
  readonly port: number;
  readonly signal: AbortSignal;
  readonly socket: SocketOptions | undefined;
}

/** Options for {@linkcode connect}. */
export interface ConnectOptions {
  /** Options that `Deno.connect` lacks: then `node:net` connects. */
  readonly socket?: SocketOptions | undefined;
  /** The operation that fails, for errors, if it is more than this connection. */
  readonly attempt?: Attempt | undefined;
  /** Looks names up, as {@linkcode lookup} does. */
  readonly resolve?: typeof lookup;
}

/**
 * Opens a raw TCP connection to a host, of which all addresses are tried: each
 * gets a head start of 250 ms or until it fails, and the first to connect wins.
 *
 * @param signal Stops all attempts, and rejects with its reason. A connection
 * that comes together with the abort is given all the same: the caller closes it.
 */
export async function connect(
  hostname: string,
  port: number,
  family: Family,
  signal: AbortSignal,
  options: ConnectOptions = {},
): Promise<Deno.TcpConn> {
  const { socket, resolve = lookup } = options;
  const what = options.attempt ?? dialling(hostname, port);
  const dial: Dial = { what, port, signal, socket };
  const addresses = await lookUp(what, () => resolve(hostname, family));
  signal.throwIfAborted();
  // Permissions may be given for the name and not for its addresses: then
  // the runtime has to do the look-up, as part of its connect.
  const direct = addresses !== undefined &&
    addresses.every((address) =>
      address === hostname || isAllowed(address, port)
    );
  if (direct) {
    const [first = hostname] = addresses;
    return addresses.length === 1
      ? await connectOne(dial, first)
      : await connectAny(dial, addresses);
  }
  if (family !== "any") {
    throw likeError(
      { ...what, what: `${cannot(what)} by ${family} only` },
      new Deno.errors.NotCapable(),
      "expected permission to the host's addresses",
      undefined,
    );
  }
  return await connectOne(dial, hostname);
}

/** The attempt to dial, for errors. */
export function dialling(hostname: string, port: number): Attempt {
  return { operation: "dial", name: joinAddress(hostname, port) };
}

async function lookUp(
  what: Attempt,
  resolve: () => Promise<string[] | undefined>,
): Promise<string[] | undefined> {
  try {
    return await resolve();
  } catch (error) {
    throw systemError(what, error);
  }
}

/**
 * Connects to an address, and not to itself: where no process listens on a port of
 * this machine that the system may choose for the local end as well, it
 * connects the socket to itself (TCP's simultaneous open). Go does the same.
 */
async function open(
  { port, signal, socket }: Dial,
  hostname: string,
): Promise<Deno.TcpConn> {
  for (let tries = 0; tries <= MAX_SELF_CONNECTIONS; tries++) {
    signal.throwIfAborted();
    try {
      const conn = socket === undefined
        ? await Deno.connect({
          hostname,
          port,
          signal: withoutThrowing(signal),
        })
        : await connectByNode(hostname, port, socket, signal);
      if (!isSelfConnected(conn)) return keepZone(conn, hostname);
      conn.close();
    } catch (error) {
      // The port of the one before may be the only one, and not free yet.
      const isLeftover = tries > 0 &&
        error instanceof Deno.errors.AddrNotAvailable;
      if (!isLeftover) throw error;
    }
  }
  throw Object.assign(
    new Deno.errors.ConnectionRefused("Nobody listens: it connected to itself"),
    { code: "ECONNREFUSED" },
  );
}

/**
 * A signal that aborts with another and whose `throwIfAborted` does nothing.
 *
 * `Deno.connect` calls that when it has got its connection; if the abort has
 * come just then, the connection is lost, and its socket stays open as long as
 * the process. With this signal it is given to the caller, who closes it. An
 * abort that comes earlier still frees the socket at once, where a dial without
 * a signal would hold it, and the process, until the system gives up.
 */
function withoutThrowing(signal: AbortSignal): AbortSignal {
  const own = AbortSignal.any([signal]);
  return Object.defineProperty(own, "throwIfAborted", { value: () => {} });
}

function isSelfConnected({ localAddr, remoteAddr }: Deno.TcpConn): boolean {
  // The system chooses no port below 1024.
  return localAddr.port === remoteAddr.port && localAddr.port >= 1024 &&
    localAddr.hostname === remoteAddr.hostname;
}

async function connectOne(
  dial: Dial,
  hostname: string,
): Promise<Deno.TcpConn> {
  try {
    return await open(dial, hostname);
  } catch (error) {
    const { signal } = dial;
    throw signal.aborted ? signal.reason : systemError(dial.what, error);
  }
}

function isAllowed(address: string, port: number): boolean {
  const host = joinAddress(address, port);
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

async function connectAny(
  dial: Dial,
  addresses: readonly string[],
): Promise<Deno.TcpConn> {
  const { what, port, signal } = dial;
  const losers = new AbortController();
  const stop = AbortSignal.any([signal, losers.signal]);
  const attempts: Promise<Deno.TcpConn>[] = [];
  const errors: unknown[] = [];
  try {
    for (const hostname of addresses) {
      const attempt = open({ ...dial, signal: stop }, hostname);
      const index = attempts.push(attempt) - 1;
      attempt.catch((error) => errors[index] = error);
      const first = Promise.any(attempts);
      const isLast = attempts.length === addresses.length;
      const conn = await (isLast ? first : headStart(attempt, first));
      if (conn !== undefined) {
        losers.abort(LOST);
        closeOthers(attempts, conn);
        return conn;
      }
    }
  } catch {
    // Every attempt has failed: `errors` has them.
  }
  if (signal.aborted) throw signal.reason;
  throw dialError(what, addresses, port, errors);
}

/** Waits until any attempt connects, this one fails, or the time is up. */
async function headStart(
  attempt: Promise<Deno.TcpConn>,
  first: Promise<Deno.TcpConn>,
): Promise<Deno.TcpConn | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const id = setTimeout(() => timer.resolve(undefined), ATTEMPT_DELAY);
  try {
    const failed = attempt.then(() => first, () => undefined);
    return await Promise.race([
      first.catch(() => undefined),
      failed,
      timer.promise,
    ]);
  } finally {
    clearTimeout(id);
  }
}

function closeOthers(
  attempts: readonly Promise<Deno.TcpConn>[],
  winner: Deno.TcpConn,
): void {
  for (const attempt of attempts) {
    attempt.then((conn) => {
      if (conn !== winner) conn.close();
    }, () => {});
  }
}

/** One error for all attempts, which names each address and its reason. */
function dialError(
  what: Attempt,
  addresses: readonly string[],
  port: number,
  errors: readonly unknown[],
): unknown {
  const [first] = errors;
  if (!(first instanceof Error)) return first;
  const tried = addresses.map((address, index) => {
    const error = errors[index];
    const reason = error instanceof Error ? lowerFirst(error.message) : error;
    return `${joinAddress(address, port)}: ${reason}`;
  });
  return likeError(
    what,
    first,
    `tried ${tried.join("; ")}`,
    new AggregateError(errors, "Every address failed"),
  );
}
