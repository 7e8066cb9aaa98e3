import { encodeBase64 } from "./_http_syntax.ts";

/** Where a WebSocket URL leads. */
export interface WebSocketTarget {
  /** The URL without user name and password. */
  readonly url: string;
  /** The name or address to dial, IPv6 without brackets. */
  readonly hostname: string;
  /** The port to dial. */
  readonly port: number;
  /** What goes into `Host`: the port only if it isn't the default one. */
  readonly host: string;
  /** Whether to use TLS. */
  readonly isSecure: boolean;
  /** The path and query to ask for. */
  readonly resourceName: string;
  /** Credentials for `Authorization`, if the URL has some. */
  readonly authorization: string | undefined;
}

/**
 * Reads a WebSocket URL (RFC 6455 section 3). `http:` and `https:` stand for
 * `ws:` and `wss:`, as they do in browsers.
 *
 * @param url The URL.
 * @throws {SyntaxError} If it is no URL, has another scheme, or has a fragment.
 */
export function parseWebSocketUrl(url: string | URL): WebSocketTarget {
  const parsed = URL.parse(String(url));
  const isSecure = parsed?.protocol === "wss:" || parsed?.protocol === "https:";
  const isPlain = parsed?.protocol === "ws:" || parsed?.protocol === "http:";
  if (parsed === null || !(isSecure || isPlain)) {
    throw new SyntaxError(
      `Cannot parse WebSocket URL "${
        redact(String(url))
      }": expected ws://host/path or wss://host/path`,
    );
  }
  if (parsed.href.includes("#")) {
    throw new SyntaxError(
      `Cannot open WebSocket URL "${
        redact(parsed.href)
      }": expected no fragment`,
    );
  }
  const authorization = basicCredentials(parsed);
  const resourceName = parsed.pathname + parsed.search;
  return {
    url: `${isSecure ? "wss" : "ws"}://${parsed.host}${resourceName}`,
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? (isSecure ? 443 : 80) : Number(parsed.port),
    host: parsed.host,
    isSecure,
    resourceName,
    authorization,
  };
}

/**
 * Reads the URL of an HTTP proxy.
 *
 * @param url The URL.
 * @throws {SyntaxError} If it is no `http:` URL. The error does not have the
 * password.
 */
export function parseProxyUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (
    parsed !== null && parsed.protocol === "http:" && parsed.hostname !== ""
  ) {
    return parsed;
  }
  // Nothing of it is shown: where a password ends can't be told of what is no URL.
  throw new SyntaxError(
    'Cannot use proxyUrl: expected an http: URL such as "http://proxy.example:3128"',
  );
}

/**
 * Makes Basic credentials (RFC 7617) of a URL's user name and password.
 *
 * @param url The URL, of a server or a proxy.
 * @returns The value of the header field, `undefined` if the URL has none.
 */
export function basicCredentials(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const user = decode(url.username);
  const password = decode(url.password);
  return `Basic ${encodeBase64(`${user}:${password}`)}`;
}

/** Undoes percent-encoding, as far as there is any. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Keeps user name and password out of messages, of what is no URL too: of what
 * stands before the last "@" nothing stays but the scheme.
 */
function redact(url: string): string {
  const at = url.lastIndexOf("@");
  if (at === -1) return url;
  const scheme = /^[a-z][a-z0-9+.\-]*:\/\//i.exec(url)?.[0] ?? "";
  const isName = scheme === "" && !url.slice(0, at).includes(":");
  return isName ? url : scheme + url.slice(at + 1);
}
