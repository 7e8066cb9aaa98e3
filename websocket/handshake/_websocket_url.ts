import { redact } from "../../internal/address/redact.ts";
import {
  credentialsOf,
  formatBasic,
} from "../../internal/http/basic_credentials.ts";

/** The parts of a WebSocket URL. */
export interface WebSocketTarget {
  /** The URL without user name and password. */
  readonly url: string;
  /** The name or address to dial, IPv6 without brackets. */
  readonly hostname: string;
  /** The port to dial. */
  readonly port: number;
  /** The value of `Host`, with the port if it is not the default one. */
  readonly host: string;
  /** Whether to use TLS. */
  readonly isSecure: boolean;
  /** The path and query. */
  readonly resourceName: string;
  /** Credentials for `Authorization`, if the URL has some. */
  readonly authorization: string | undefined;
}

/**
 * Parses a WebSocket URL (RFC 6455 section 3). `http:` and `https:` mean `ws:` and
 * `wss:`, as in browsers.
 *
 * @param url The URL.
 * @throws {SyntaxError} If it is not a URL, has another scheme, or has a fragment.
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
  const credentials = credentialsOf(parsed);
  const resourceName = parsed.pathname + parsed.search;
  return {
    url: `${isSecure ? "wss" : "ws"}://${parsed.host}${resourceName}`,
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? (isSecure ? 443 : 80) : Number(parsed.port),
    host: parsed.host,
    isSecure,
    resourceName,
    authorization: credentials && formatBasic(credentials),
  };
}
