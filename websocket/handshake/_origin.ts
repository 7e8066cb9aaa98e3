/**
 * Which pages may connect: origins, patterns of them, or `"*"` for any.
 * `"https://*.example.com"` stands for all subdomains of any depth, and not for
 * `https://example.com` itself; the scheme and the port count too. The scheme is
 * that of the page: `https://app.example`, not `wss://app.example`. In a list,
 * `"*"` stands for any origin too.
 */
export type AllowedOrigins = "*" | ReadonlyArray<string | RegExp>;

/**
 * Schemes whose pages have no origin of their own, or that no page has: browsers
 * send `null` for files, and the scheme of the page for its WebSockets.
 */
const NEVER_ORIGINS = /^(?:ws|wss|ftp|file|data|blob|about|javascript):/i;

/** Where a request with an `Origin` came to. */
export interface OriginTarget {
  /** The host it named, with the port if it isn't the default one. */
  readonly host: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/**
 * Decides whether a page may connect (RFC 6455 section 10.2). Browsers send the
 * page's origin and let it open a WebSocket to any server, so a server that
 * trusts cookies or its network has to look.
 *
 * @param origin The value of `Origin`, `undefined` if there was none: no browser
 * then, which passes.
 * @param target What the same origin is, which always passes.
 * @param allowed The further ones.
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
  // A pattern with the flag "g" or "y" remembers where it stopped.
  entry.lastIndex = 0;
  return entry.test(origin);
}

/**
 * Checks allowed origins when they are given: one that can't match any origin
 * would keep all pages out in silence.
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

/** Whether an origin has labels in the place of the pattern's asterisk. */
function isSubdomain(origin: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return false;
  const place = pattern.indexOf("*");
  const start = pattern.slice(0, place);
  const end = pattern.slice(place + 1);
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false;
  const labels = origin.slice(start.length, -end.length);
  return /^[^.:\/]+(?:\.[^.:\/]+)*$/.test(labels);
}

/** A pattern with an asterisk in one spelling; `undefined` if it is none. */
function normalizePattern(entry: string): string | undefined {
  const [scheme, rest, more] = entry.split("://*.");
  if (more !== undefined || !/^[^.:*][^*]*$/.test(rest ?? "")) {
    return undefined;
  }
  // An asterisk is no label in all URLs; any label will do to parse it.
  const normal = normalizeOrigin(`${scheme}://a.${rest}`);
  return normal?.replace("://a.", "://*.");
}

/** Scheme, host and port in one spelling; `undefined` for "null" and the like. */
function normalizeOrigin(origin: string): string | undefined {
  // A URL would take user names, paths and blanks too; an origin has none.
  if (!/^[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/\\?#@]+\/?$/.test(origin)) {
    return undefined;
  }
  const url = URL.parse(origin);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
}
