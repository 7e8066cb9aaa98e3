import { noteOn } from "./note_on.ts";
import { expectEnd, isExpectedEnd } from "./expected_end.ts";

/** The operation that the system refused. */
export type SystemOperation =
  | "accept"
  | "dial"
  | "join"
  | "listen"
  | "look up"
  | "read"
  | "reach"
  | "receive"
  | "send"
  | "set an option"
  | "start TLS"
  | "write";

/**
 * The fields of every error that reports a failure of the system, whatever its
 * class in `Deno.errors` is: what was tried, where, and why it failed. The
 * message says the same in words, and `cause` is the runtime's own error.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, type SystemErrorInfo } from "@vnet/net/tcp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0");
 * const address = `127.0.0.1:${listener.addr.port}`;
 * await listener.shutdown();
 * const error = await assertRejects(
 *   () => dialTcp(address),
 *   Deno.errors.ConnectionRefused,
 * );
 * const info = error as Error & SystemErrorInfo;
 * assertEquals(info.operation, "dial");
 * assertEquals(info.address, address);
 * assertEquals(info.code, "ECONNREFUSED");
 * ```
 */
export interface SystemErrorInfo {
  /** The operation that failed. */
  readonly operation: SystemOperation;
  /**
   * Where: `host:port` as `joinAddress` writes it, the path of a Unix socket, or
   * the name that was looked up.
   */
  readonly address: string;
  /**
   * Why it failed, by the system's name: `"ECONNREFUSED"`, `"EADDRINUSE"`,
   * `"ECONNRESET"`, `"ENOTFOUND"` (a name without an address), `"EMFILE"` and so
   * on. It is set also where the runtime has no code; other failures have the
   * nearest one: `"EPROTO"` for a failed TLS handshake, `"EINVAL"`
   * for an address or an option that the runtime refuses, `"EACCES"` for a
   * missing permission.
   */
  readonly code: string;
}

/** An operation and its address, for the message and the fields of an error. */
export interface Attempt {
  readonly operation: SystemOperation;
  /**
   * The address as messages show it: `host:port`, or the path of a Unix socket
   * in quotes.
   */
  readonly name: string;
  /** How the message begins, where it says more than the two. */
  readonly what?: string;
}

/** How messages begin. */
const PHRASES: Readonly<Record<SystemOperation, string>> = {
  accept: "Cannot accept on",
  dial: "Cannot dial",
  join: "Cannot join",
  listen: "Cannot listen on",
  "look up": "Cannot look up",
  read: "Cannot read from",
  reach: "Cannot reach",
  receive: "Cannot receive at",
  send: "Cannot send to",
  "set an option": "Cannot set an option of",
  "start TLS": "Cannot start TLS with",
  write: "Cannot write to",
};

/** The codes of errors that have none of their own, by their class. */
const CODES: Readonly<Record<string, string>> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  AlreadyExists: "EEXIST",
  BadResource: "EBADF",
  BrokenPipe: "EPIPE",
  Busy: "EBUSY",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  FilesystemLoop: "ELOOP",
  Interrupted: "EINTR",
  InvalidData: "EPROTO",
  IsADirectory: "EISDIR",
  NetworkUnreachable: "ENETUNREACH",
  NotADirectory: "ENOTDIR",
  NotCapable: "EACCES",
  NotConnected: "ENOTCONN",
  NotFound: "ENOENT",
  NotSupported: "ENOTSUP",
  PermissionDenied: "EACCES",
  RangeError: "EINVAL",
  TimedOut: "ETIMEDOUT",
  TypeError: "EINVAL",
  URIError: "EINVAL",
  UnexpectedEof: "EPROTO",
  WouldBlock: "EAGAIN",
  WriteZero: "EIO",
};

/** The classes that the runtime has for arguments which it refuses. */
const ARGUMENT_ERRORS: readonly unknown[] = [TypeError, RangeError, URIError];

/** The operations that fail by their arguments if the system gives no reason. */
const BY_ARGUMENTS: readonly SystemOperation[] = [
  "dial",
  "join",
  "listen",
  "set an option",
];

/** A constructor of errors. */
type ErrorClass = new (message: string, options?: ErrorOptions) => Error;

/** How the message of an attempt that failed begins. */
export function cannot({ operation, name, what }: Attempt): string {
  return what ?? `${PHRASES[operation]} ${name}`;
}

/**
 * Says what could not be done when the system refused it: an error of the same
 * class, with the operation and the address before the system's own words and as
 * fields (see {@linkcode SystemErrorInfo}), and the original as `cause`.
 *
 * A failed name look-up, for which the runtime has a bare `Error`, becomes
 * `Deno.errors.NotFound`. An error that is no failure of the system (one of this
 * package, a `DOMException`, the reason of a signal) is returned as it is.
 *
 * @param attempt The operation that failed.
 * @param error The error of the runtime.
 */
export function systemError(attempt: Attempt, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DOMException) return error;
  if (!isOfSystem(error)) return error;
  // It has passed here before, on its way through two calls of one operation.
  const { operation } = error as Error & Partial<SystemErrorInfo>;
  if (operation === attempt.operation) return error;
  return likeError(attempt, error, lowerFirst(error.message), error);
}

/**
 * Makes an error of the class and with the code of another.
 *
 * @param attempt The operation that failed.
 * @param error The other one.
 * @param reason Why, for the message.
 * @param cause The cause of the new one.
 */
export function likeError(
  attempt: Attempt,
  error: Error,
  reason: string,
  cause: unknown,
): Error {
  const { operation, name } = attempt;
  const Class = classLike(error);
  const made = new Class(`${cannot(attempt)}: ${reason}`, { cause });
  const address = name.startsWith('"') ? String(JSON.parse(name)) : name;
  const code = codeOf(error, operation);
  noteOn(made, { operation, address, code } satisfies SystemErrorInfo);
  return isExpectedEnd(error) ? expectEnd(made) : made;
}

/** The system's words as they stand behind a colon. */
export function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Whether an error is the runtime's word on a failure. */
function isOfSystem(error: Error): boolean {
  if (isSystemErrorClass(error.constructor)) return true;
  // The errors of this package name the operation already.
  if (error.message.startsWith("Cannot ")) return false;
  return error.constructor === Error ||
    ARGUMENT_ERRORS.includes(error.constructor);
}

function classLike(error: Error): ErrorClass {
  if (isLookupError(error)) return Deno.errors.NotFound as ErrorClass;
  return error.constructor as ErrorClass;
}

function isSystemErrorClass(constructor: unknown): boolean {
  return Object.values(Deno.errors).some((known) => known === constructor);
}

function codeOf(error: Error, operation: SystemOperation): string {
  const code = "code" in error ? error.code : undefined;
  // `node:dgram` says "UNKNOWN" where it has lost the reason.
  if (typeof code === "string" && code !== "UNKNOWN") return code;
  if (isLookupError(error)) return "ENOTFOUND";
  const isGiven = (operation === "listen" || operation === "set an option") &&
    error instanceof Deno.errors.InvalidData;
  // The certificate of a listener is an argument, that of a peer is not.
  if (isGiven) return "EINVAL";
  const known = Object.entries(Deno.errors)
    .find(([, Class]) => Class === error.constructor)?.[0];
  const byClass = CODES[known ?? error.constructor.name];
  if (byClass !== undefined) return byClass;
  if (isCertificateError(error)) return "EPROTO";
  return BY_ARGUMENTS.includes(operation) ? "EINVAL" : "EIO";
}

function isLookupError(error: Error): boolean {
  return "code" in error && error.code === "ENOTFOUND" ||
    error.message.startsWith("failed to lookup address information");
}

/** Whether TLS has refused a certificate, for which the runtime has no class. */
function isCertificateError(error: Error): boolean {
  return error.message.startsWith("invalid peer certificate");
}
