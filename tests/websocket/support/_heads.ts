import {
  type HttpHead,
  HttpHeadParser,
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
  type StatusLine,
} from "../../../internal/http/http_head.ts";
import { encodeLatin1 } from "../../../internal/http/http_syntax.ts";

/** The key and its answer in RFC 6455 section 1.3. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Header lines as text; a field given as `undefined` is left out. */
function lines(fields: Record<string, string | string[] | undefined>): string {
  let text = "";
  for (const [name, values] of Object.entries(fields)) {
    if (values === undefined) continue;
    for (const value of [values].flat()) text += `${name}: ${value}\r\n`;
  }
  return text;
}

export type Fields = Record<string, string | string[] | undefined>;

/** The head of a request, good but for what is given. */
export function request(
  fields: Fields = {},
  line = "GET / HTTP/1.1",
): HttpHead<RequestLine> {
  const parser = new HttpHeadParser(parseRequestLine, { maxSize: 2 ** 20 });
  const all = {
    "Host": "example.org",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  parser.push(encodeLatin1(`${line}\r\n${lines(all)}\r\n`));
  if (parser.head === undefined) throw new Error(parser.failure?.reason);
  return parser.head;
}

/** The head of a response to `KEY`, good but for what is given. */
export function response(
  fields: Fields = {},
  line = "HTTP/1.1 101 Switching Protocols",
): HttpHead<StatusLine> {
  const parser = new HttpHeadParser(parseStatusLine);
  const all = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": ACCEPT,
    ...fields,
  };
  parser.push(encodeLatin1(`${line}\r\n${lines(all)}\r\n`));
  if (parser.head === undefined) throw new Error(parser.failure?.reason);
  return parser.head;
}

/** Bytes as text, each of them a character. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
