import { acceptKey } from "./_accept_key.ts";
import {
  acceptDeflateOffer,
  type DeflateOptions,
  type DeflateParams,
} from "../deflate/_deflate_negotiation.ts";
import { formatExtensions } from "./_extensions.ts";
import { formatHeaders, RESPONSE_RESERVED } from "./_handshake_headers.ts";
import { encodeLatin1 } from "../../internal/http/http_syntax.ts";
import type { UpgradeRequest } from "./_upgrade_request.ts";

/** The part of a server's answer that its program chooses. */
export interface AcceptOptions {
  /** The subprotocols that are served; the client's order decides. */
  readonly protocols?: readonly string[] | undefined;
  /** Options of permessage-deflate, which is declined if they are missing. */
  readonly deflate?: DeflateOptions | undefined;
  /** Further header fields of the answer. */
  readonly headers?: HeadersInit | undefined;
}

/** A handshake that the server has accepted. */
export interface AcceptedUpgrade {
  /** The answer, after which frames follow. */
  readonly response: Uint8Array<ArrayBuffer>;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` of the answer, empty if there are none. */
  readonly extensions: string;
  /** The agreed parameters, if messages may be compressed. */
  readonly deflate: DeflateParams | undefined;
}

/**
 * Accepts a request with 101, and selects a subprotocol and extensions.
 *
 * @param request The request.
 * @param options The rules of the server.
 * @throws {TypeError} If a header field can't be sent.
 */
export function acceptUpgrade(
  request: UpgradeRequest,
  options: AcceptOptions = {},
): AcceptedUpgrade {
  const further = formatHeaders(options.headers, RESPONSE_RESERVED);
  const protocol = selectProtocol(request.protocols, options.protocols ?? []);
  const deflate = options.deflate &&
    acceptDeflateOffer(request.extensions, options.deflate);
  const extensions = deflate ? formatExtensions([deflate.answer]) : "";
  let head = "HTTP/1.1 101 Switching Protocols\r\n" +
    "Upgrade: websocket\r\n" +
    "Connection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptKey(request.key)}\r\n`;
  if (protocol !== "") head += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions !== "") head += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  const response = encodeLatin1(`${head}${further}\r\n`);
  return { response, protocol, extensions, deflate: deflate?.params };
}

/** The first of the client's subprotocols that is served, or an empty string. */
export function selectProtocol(
  offered: readonly string[],
  served: readonly string[],
): string {
  return offered.find((protocol) => served.includes(protocol)) ?? "";
}
