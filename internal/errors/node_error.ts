/** A constructor of errors. */
type ErrorClass = new (message: string, options?: ErrorOptions) => Error;

/** The runtime's classes for the codes of sockets. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  EACCES: Deno.errors.PermissionDenied,
  EADDRINUSE: Deno.errors.AddrInUse,
  EADDRNOTAVAIL: Deno.errors.AddrNotAvailable,
  ECANCELED: Deno.errors.Interrupted,
  ECONNABORTED: Deno.errors.ConnectionAborted,
  ECONNREFUSED: Deno.errors.ConnectionRefused,
  ECONNRESET: Deno.errors.ConnectionReset,
  ENETUNREACH: Deno.errors.NetworkUnreachable,
  ENOTCONN: Deno.errors.NotConnected,
  ENOTFOUND: Deno.errors.NotFound,
  EPIPE: Deno.errors.BrokenPipe,
  ETIMEDOUT: Deno.errors.TimedOut,
} as Record<string, ErrorClass>;

/**
 * Turns an error of Node's modules into one such as Deno throws: of the class
 * that stands for its code, which it keeps. Others are returned as they are.
 */
export function fromNodeError(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const Class = CLASSES[String(error.code)];
  if (Class === undefined) return error;
  const made = new Class(error.message, { cause: error });
  return Object.assign(made, { code: error.code });
}
