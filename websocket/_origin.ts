/** Which pages may connect: origins, patterns of them, or `"*"` for any. */
export type AllowedOrigins = "*" | ReadonlyArray<string | RegExp>;

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
    return normal !== undefined && normalizeOrigin(entry) === normal;
  }
  // A pattern with the flag "g" or "y" remembers where it stopped.
  entry.lastIndex = 0;
  return entry.test(origin);
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
