import { joinAddress } from "../../internal/address/address.ts";
import { isIpv6 } from "../../internal/address/ip.ts";
import { encodeText } from "../../internal/bytes/encode_text.ts";
import {
  type Credentials,
  credentialsOf,
} from "../../internal/http/basic_credentials.ts";

/** A proxy to dial through. */
export interface ProxyServer {
  readonly kind: "http" | "https" | "socks5";
  /** The name or numeric address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The address as `host:port`, for messages. */
  readonly name: string;
  readonly credentials: Credentials | undefined;
}

/** The kinds of proxies by the schemes of their URLs, with their usual ports. */
const KINDS: Readonly<Record<string, readonly [ProxyServer["kind"], number]>> =
  {
    "http:": ["http", 80],
    "https:": ["https", 443],
    "socks5:": ["socks5", 1080],
    "socks5h:": ["socks5", 1080],
  };

/** The most bytes of a user name or password in SOCKS5 (RFC 1929 section 2). */
const MAX_SOCKS_CREDENTIAL = 255;

/**
 * Parses the URL of a proxy. Its path is ignored, as other programs do.
 *
 * @param url The URL.
 * @param what Its name in errors: no message contains the URL itself, as
 * the end of a password can't be told in one that is not valid.
 * @throws {SyntaxError} If it is not a URL of a proxy.
 */
export function parseProxyUrl(url: string | URL, what: string): ProxyServer {
  const parsed = URL.parse(String(url));
  const [kind, usualPort] = KINDS[parsed?.protocol ?? ""] ?? [];
  const hostname = parsed?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  if (
    parsed === null || kind === undefined || parsed.port === "0" ||
    !isProxyHost(hostname)
  ) {
    throw new SyntaxError(
      `Cannot use ${what}: expected an http:, https: or socks5: URL such as "http://proxy.example:3128"`,
    );
  }
  const port = parsed.port === "" ? usualPort : Number(parsed.port);
  const credentials = credentialsOf(parsed);
  if (kind === "socks5" && credentials !== undefined) {
    checkSocksCredentials(credentials, what);
  }
  const name = joinAddress(hostname, port);
  return { kind, hostname, port, name, credentials };
}

/** A name of the characters that URLs allow in hosts, or an IPv4 address. */
const NAME = /^[-\w.!"$&'()*+,;=`{}~]{1,255}$/;

/** Whether a host can stand in a request to a proxy: a name in ASCII, or an address. */
export function isProxyHost(hostname: string): boolean {
  return NAME.test(hostname) || isIpv6(hostname) && !hostname.includes("%");
}

function checkSocksCredentials(
  { username, password }: Credentials,
  what: string,
): void {
  const longest = Math.max(
    encodeText(username).length,
    encodeText(password).length,
  );
  if (longest <= MAX_SOCKS_CREDENTIAL) return;
  throw new SyntaxError(
    `Cannot use ${what}: expected a user name and a password of at most ${MAX_SOCKS_CREDENTIAL} bytes each`,
  );
}
