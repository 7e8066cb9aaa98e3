/** Options for {@linkcode ProxyError}. */
export interface ProxyErrorOptions extends ErrorOptions {
  /** The address of the proxy, as `host:port`. */
  proxy: string;
  /** The status of an HTTP proxy that refused. */
  status?: number | undefined;
  /** The reply code of a SOCKS5 proxy that refused. */
  reply?: number | undefined;
  /** The system's name for the reason. */
  code?: string | undefined;
}

/**
 * A proxy has refused to open a connection, or has broken its protocol. A proxy
 * that can't be reached is an error of `Deno.errors`, with the address of the
 * proxy.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, ProxyError } from "@vnet/net/tcp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using proxy = listenTcp("127.0.0.1:0");
 * const refusing = proxy.accept().then(async (conn) => {
 *   await conn.readLine();
 *   await conn.writeString("HTTP/1.1 403 Forbidden\r\n\r\n");
 *   conn.close();
 * });
 * const error = await assertRejects(
 *   () =>
 *     dialTcp("example.com:80", {
 *       proxy: `http://127.0.0.1:${proxy.addr.port}`,
 *     }),
 *   ProxyError,
 * );
 * assertEquals(error.status, 403);
 * assertEquals(error.proxy, `127.0.0.1:${proxy.addr.port}`);
 * await refusing;
 * ```
 */
export class ProxyError extends Error {
  /** `"ProxyError"`. */
  override readonly name: string = "ProxyError";

  /** The address of the proxy as `host:port`, without user name and password. */
  readonly proxy: string;

  /** The status that an HTTP proxy answered, if it refused. */
  readonly status: number | undefined;

  /**
   * The reply code of a SOCKS5 proxy (RFC 1928 section 6), if it refused: 2 for
   * its own rules, 3 to 5 for a target that it can't reach.
   */
  readonly reply: number | undefined;

  /**
   * Why a SOCKS5 proxy can't reach the target, by the system's name as in errors
   * of a direct dial: `"ENETUNREACH"`, `"EHOSTUNREACH"`, `"ECONNREFUSED"`.
   */
  readonly code: string | undefined;

  /**
   * Makes the error.
   *
   * @param message The text of the error.
   * @param options The details of the proxy, and the origin as `cause`.
   */
  constructor(message: string, options: ProxyErrorOptions) {
    super(message, options);
    this.proxy = options.proxy;
    this.status = options.status;
    this.reply = options.reply;
    this.code = options.code;
  }
}
