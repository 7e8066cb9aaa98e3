import { HandshakeError } from "../handshake_error.ts";
import { acceptKey, makeKey } from "./_accept_key.ts";
import {
  type DeflateOptions,
  type DeflateParams,
  makeDeflateOffer,
  readDeflateAnswer,
} from "../deflate/_deflate_negotiation.ts";
import { formatExtensions, parseExtensions } from "./_extensions.ts";
import {
  formatHeaders,
  REQUEST_RESERVED,
  toHeaders,
} from "./_handshake_headers.ts";
import type { HeaderFields } from "../../internal/http/header_fields.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import { encodeLatin1, listIncludes } from "../../internal/http/http_syntax.ts";
import type { WebSocketTarget } from "./_websocket_url.ts";

/** Options of a client's request. */
export interface RequestOptions {
  /** Further header fields; `host` and `authorization` replace the URL's. */
  readonly headers?: HeadersInit | undefined;
  /** The subprotocols it speaks, in order of preference. */
  readonly protocols?: readonly string[] | undefined;
  /** Options of permessage-deflate, which is not offered if they are missing. */
  readonly deflate?: DeflateOptions | undefined;
}

/** A client's request, and the values that its response must match. */
export interface ClientRequest {
  /** The bytes to send. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The URL, for messages. */
  readonly url: string;
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The subprotocols that are offered. */
  readonly protocols: readonly string[];
  /** The options with which permessage-deflate is offered. */
  readonly deflate: DeflateOptions | undefined;
}

/** A handshake that the server has accepted. */
export interface OpenedUpgrade {
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` of the response, empty if there are none. */
  readonly extensions: string;
  /** The agreed parameters, if messages may be compressed. */
  readonly deflate: DeflateParams | undefined;
  /** The header fields of the response. */
  readonly fields: HeaderFields;
}

/**
 * Makes the request of a client (RFC 6455 section 4.1).
 *
 * @param target The server.
 * @param options The contents of the request, which have been checked.
 * @throws {TypeError} If a header field can't be sent.
 */
export function makeRequest(
  target: WebSocketTarget,
  options: RequestOptions = {},
): ClientRequest {
  const { protocols = [], deflate } = options;
  const key = makeKey();
  let head = `GET ${target.resourceName} HTTP/1.1\r\n` +
    formatFields(target, options.headers) +
    "Upgrade: websocket\r\n" +
    "Connection: Upgrade\r\n" +
    `Sec-WebSocket-Key: ${key}\r\n` +
    "Sec-WebSocket-Version: 13\r\n";
  if (protocols.length > 0) {
    head += `Sec-WebSocket-Protocol: ${protocols.join(", ")}\r\n`;
  }
  if (deflate !== undefined) {
    const offer = formatExtensions([makeDeflateOffer(deflate)]);
    head += `Sec-WebSocket-Extensions: ${offer}\r\n`;
  }
  const bytes = encodeLatin1(`${head}\r\n`);
  return { bytes, url: target.url, key, protocols: [...protocols], deflate };
}

/** Formats the caller's header fields and those of the URL. */
function formatFields(
  { host, authorization }: WebSocketTarget,
  further: HeadersInit | undefined,
): string {
  const headers = toHeaders(further);
  if (!headers.has("host")) headers.set("host", host);
  if (authorization !== undefined && !headers.has("authorization")) {
    headers.set("authorization", authorization);
  }
  return formatHeaders(headers, REQUEST_RESERVED);
}

/**
 * Checks the response to a request (RFC 6455 section 4.1). No redirect is
 * followed.
 *
 * @param request The request.
 * @param head The response.
 * @throws {HandshakeError} If it is not a valid 101.
 */
export function checkResponse(
  request: ClientRequest,
  head: HttpHead<StatusLine>,
): OpenedUpgrade {
  const { start, fields } = head;
  const problem = start.status === 101
    ? checkSwitch(start, fields, acceptKey(request.key))
    : `the server answered ${start.status}`;
  if (problem !== undefined) throw refuse(request, head, problem);
  const protocol = readProtocol(request, fields);
  if (protocol === undefined) {
    throw refuse(request, head, "the server chose a subprotocol unasked");
  }
  const offered = fields.get("sec-websocket-extensions");
  const deflate = offered === undefined
    ? undefined
    : readDeflate(request, offered);
  if (offered !== undefined && deflate === undefined) {
    throw refuse(request, head, "the server chose an extension unasked");
  }
  return { protocol, extensions: offered ?? "", deflate, fields };
}

function refuse(
  request: ClientRequest,
  head: HttpHead<StatusLine>,
  problem: string,
): HandshakeError {
  return new HandshakeError(
    `Cannot open WebSocket "${request.url}": ${problem}`,
    { status: head.start.status, headers: head.fields.toHeaders() },
  );
}

/** Returns the fault of a 101, if it has one. */
function checkSwitch(
  start: StatusLine,
  fields: HeaderFields,
  accept: string,
): string | undefined {
  if (start.minorVersion < 1) return "the server answered with HTTP/1.0";
  if (fields.get("upgrade")?.toLowerCase() !== "websocket") {
    return "the response lacks Upgrade: websocket";
  }
  if (!listIncludes(fields.get("connection"), "upgrade")) {
    return "the response lacks Connection: Upgrade";
  }
  if (fields.get("sec-websocket-accept") !== accept) {
    return "the response has a wrong Sec-WebSocket-Accept";
  }
  return undefined;
}

/** The chosen subprotocol, empty if none; `undefined` if it was not offered. */
function readProtocol(
  request: ClientRequest,
  fields: HeaderFields,
): string | undefined {
  const protocol = fields.get("sec-websocket-protocol");
  if (protocol === undefined) return "";
  return request.protocols.includes(protocol) ? protocol : undefined;
}

/** The agreed parameters; `undefined` if they do not match the offer. */
function readDeflate(
  request: ClientRequest,
  value: string,
): DeflateParams | undefined {
  const extensions = parseExtensions(value);
  if (request.deflate === undefined || extensions?.length !== 1) {
    return undefined;
  }
  return readDeflateAnswer(extensions[0], request.deflate);
}
