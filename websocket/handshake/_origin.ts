/**
 * The origins of pages that may connect: origins, patterns of them, or `"*"` for
 * all. `"https://*.example.com"` means all subdomains of any depth, but not
 * `https://example.com` itself; scheme and port must match too. The scheme is the
 * one of the page: `https://app.example`, not `wss://app.example`. In a list,
 * `"*"` means any origin too.
 */
export type AllowedOrigins = "*" | ReadonlyArray<string | RegExp>;

/**
 * Schemes that never occur in `Origin`: browsers send `null` for files and the
 * like, and the scheme of the page for its WebSockets.
 */
const NEVER_ORIGINS = /^(?:ws|wss|ftp|file|data|blob|about|javascript):/i;

/** The server that a request with an `Origin` has reached. */
export interface OriginTarget {
  /** The host that it names, with the port if it is not the default one. */
  readonly host: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/**
 * Decides whether a page may connect (RFC 6455 section 10.2). Browsers let a page
 * open a WebSocket to any server and send the page's origin, so a server that
 * trusts cookies or its network has to check it.
 *
 * @param origin The value of `Origin`; `undefined`, as from programs that are not
 * browsers, is allowed.
 * @param target The server, whose own origin is always allowed.
 * @param allowed Further allowed origins.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  target: OriginTarget,
  allowed: AllowedOrigins = [],
): boolean {
  if (origin === undefined || allowed === "*") return true;
  const scheme = target.isSecure ? "https" : "http";
  const normal = normalizeOrigin(origin);
  const own = normalizeOrigin(`${scheme}://${target.host}`);
  if (normal !== undefined && normal === own) return true;
  return allowed.some((entry) => matches(entry, origin, normal));
}

function matches(
  entry: string | RegExp,
  origin: string,
  normal: string | undefined,
): boolean {
  if (typeof entry === "string") {
    if (entry === "*" || entry === origin) return true;
    if (normal === undefined) return false;
    return entry.includes("://*.")
      ? isSubdomain(normal, normalizePattern(entry))
      : normalizeOrigin(entry) === normal;
  }
  // A pattern with the flag "g" or "y" keeps the index of its last match.
  entry.lastIndex = 0;
  return entry.test(origin);
}

/**
 * Checks allowed origins: one that can't match any origin would silently refuse
 * all pages.
 *
 * @param allowed The origins.
 * @throws {TypeError} If one is neither an origin, nor a pattern, nor `"*"`.
 */
export function checkAllowedOrigins(allowed: unknown): void {
  if (allowed === "*") return;
  if (!Array.isArray(allowed)) {
    throw new TypeError(
      'Cannot use allowedOrigins: expected "*" or a list of origins and patterns',
    );
  }
  for (const entry of allowed) {
    if (entry instanceof RegExp || isUsable(entry)) continue;
    throw new TypeError(
      `Cannot use ${
        typeof entry === "string"
          ? `"${entry}"`
          : `a value of type ${typeof entry}`
      } in allowedOrigins: expected an origin such as "https://app.example", "https://*.app.example", a RegExp or "*"`,
    );
  }
}

function isUsable(entry: unknown): boolean {
  if (typeof entry !== "string" || NEVER_ORIGINS.test(entry)) return false;
  if (entry === "*" || entry === "null") return true;
  return (entry.includes("*")
    ? normalizePattern(entry)
    : normalizeOrigin(entry)) !== undefined;
}

/** Whether an origin has labels in place of the pattern's asterisk. */
function isSubdomain(origin: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return false;
  const place = pattern.indexOf("*");
  const start = pattern.slice(0, place);
  const end = pattern.slice(place + 1);
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false;
  const labels = origin.slice(start.length, -end.length);
  return /^[^.:\/]+(?:\.[^.:\/]+)*$/.test(labels);
}

/** Normalizes a pattern with an asterisk; `undefined` if it is malformed. */
function normalizePattern(entry: string): string | undefined {
  const [scheme, rest, more] = entry.split("://*.");
  if (more !== undefined || !/^[^.:*][^*]*$/.test(rest ?? "")) {
    return undefined;
  }
  // An asterisk is not a valid label in all URLs, so another label is parsed.
  const normal = normalizeOrigin(`${scheme}://a.${rest}`);
  return normal?.replace("://a.", "://*.");
}

/** Normalizes scheme, host and port; `undefined` for "null" and the like. */
function normalizeOrigin(origin: string): string | undefined {
  // An origin has no user name, path or blanks, which a URL may have.
  if (!/^[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/\\?#@]+\/?$/.test(origin)) {
    return undefined;
  }
  const url = URL.parse(origin);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
}
