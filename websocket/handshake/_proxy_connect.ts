import { HandshakeError } from "../handshake_error.ts";
import { formatHeaders } from "./_handshake_headers.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import { encodeLatin1 } from "../../internal/http/http_syntax.ts";
import type { WebSocketTarget } from "./_websocket_url.ts";

/**
 * Makes the request for a tunnel through an HTTP proxy (RFC 9110 section 9.3.6).
 *
 * @param target The other end of the tunnel.
 * @param authorization Credentials for the proxy, if it requires them.
 */
export function makeConnectRequest(
  target: WebSocketTarget,
  authorization?: string,
): Uint8Array<ArrayBuffer> {
  const { hostname, port } = target;
  const name = hostname.includes(":") ? `[${hostname}]` : hostname;
  const headers = new Headers({ host: `${name}:${port}` });
  if (authorization !== undefined) {
    headers.set("proxy-authorization", authorization);
  }
  return encodeLatin1(
    `CONNECT ${name}:${port} HTTP/1.1\r\n${formatHeaders(headers, [])}\r\n`,
  );
}

/**
 * Checks the proxy's response: after any 2xx the tunnel begins behind its head.
 *
 * @param target The other end of the tunnel.
 * @param head The response.
 * @throws {HandshakeError} If the proxy refuses.
 */
export function checkConnectResponse(
  target: WebSocketTarget,
  head: HttpHead<StatusLine>,
): void {
  const { status } = head.start;
  if (status >= 200 && status < 300) return;
  throw new HandshakeError(
    `Cannot open WebSocket "${target.url}": the proxy answered ${status}`,
    { status, headers: head.fields.toHeaders() },
  );
}
