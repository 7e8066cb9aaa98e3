/** Segments that URL parsers, and so all clients, remove from a path. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** Characters that mean the same with and without escape (RFC 3986 2.3). */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const ENCODER = new TextEncoder();

/**
 * Checks a route: the path of a URL, with or without escapes.
 *
 * @param route The route.
 * @throws {TypeError} If no request can name it.
 */
export function checkRoute(route: unknown): void {
  if (typeof route !== "string") {
    throw new TypeError(
      `Cannot use route of type ${typeof route}: expected a path such as "/chat"`,
    );
  }
  const problem = problemOf(route);
  if (problem === undefined) return;
  throw new TypeError(`Cannot use route "${route}": ${problem}`);
}

function problemOf(route: string): string | undefined {
  if (!route.startsWith("/")) return 'expected a path such as "/chat"';
  if (/[?#]/.test(route)) return "expected a path without query and fragment";
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(route)) return "expected no control characters";
  if (DOT_SEGMENT.test(route)) return 'expected no segments "." and ".."';
  return undefined;
}

/**
 * Whether a path equals a route after percent-decoding. An escaped slash is part
 * of a segment and does not separate segments.
 *
 * @param path The path of a request, as it was sent.
 * @param route The route, which {@linkcode checkRoute} has checked.
 */
export function isRoute(path: string, route: string): boolean {
  return path === route || normalizePath(path) === normalizePath(route);
}

/**
 * Normalizes a path: unreserved characters without escapes, all other bytes except
 * slashes as escapes in upper case.
 */
function normalizePath(path: string): string {
  let normal = "";
  for (const [unit] of path.matchAll(/%[0-9a-f]{2}|\/|[^]/giu)) {
    if (unit === "/") normal += unit;
    else if (unit.length === 3 && unit.startsWith("%")) {
      normal += spell(parseInt(unit.slice(1), 16));
    } else for (const byte of ENCODER.encode(unit)) normal += spell(byte);
  }
  return normal;
}

function spell(byte: number): string {
  const char = String.fromCharCode(byte);
  if (UNRESERVED.test(char)) return char;
  return `%${byte.toString(16).padStart(2, "0").toUpperCase()}`;
}
