import { joinAddress, splitAddress } from "../../internal/address/address.ts";
import { isIpv6 } from "../../internal/address/ip.ts";
import { redact } from "../../internal/address/redact.ts";

/** The address of a chat server. */
export type ChatAddress =
  | {
    readonly kind: "websocket";
    readonly url: string;
    /** The name in messages to people, without a password. */
    readonly name: string;
  }
  | {
    /** TCP or TLS. */
    readonly kind: "tcp";
    readonly hostname: string;
    readonly port: number;
    readonly isTls: boolean;
    /** The name in messages to people, without a password. */
    readonly name: string;
  };

/** The port for TCP. */
const TCP_PORT = 2020;
/** The port for HTTP and WebSockets. */
const HTTP_PORT = 2021;
/** The path of the WebSocket. */
const PATH = "/chat";

/**
 * Reads the address of a chat server: a URL with `ws:`, `wss:`, `http:`,
 * `https:`, `tcp:` or `tls:`; `host:port` for TCP; or a bare host, for the
 * WebSocket at the port that chat servers have.
 *
 * @throws {SyntaxError} If it is none of these.
 */
export function parseChatAddress(address: string | URL): ChatAddress {
  const text = String(address).trim();
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "tcp" || scheme === "tls") {
    return tcpAddress(text, text.slice(6), scheme === "tls");
  }
  if (scheme !== undefined) return webAddress(text);
  if (text === "" || text === "[]") throw notAnAddress(text);
  const isBareHost = isIpv6(text) || /^\[[^\]]*\]$/.test(text) ||
    !text.includes(":");
  if (!isBareHost) return tcpAddress(text, text, false);
  const host = isIpv6(text) ? `[${text}]` : text;
  return webAddress(`ws://${host}:${HTTP_PORT}`);
}

function tcpAddress(text: string, rest: string, isTls: boolean): ChatAddress {
  // It may have a password, which is for web addresses only.
  if (rest.includes("@")) throw notAnAddress(text);
  const place = rest.replace(/\/$/, "");
  const hasPort = /:[0-9]+$/.test(place);
  const [hostname, port] = splitAddress(
    hasPort ? place : `${place}:${TCP_PORT}`,
  );
  if (port === 0 || (hostname === "" && !hasPort)) throw notAnAddress(text);
  const name = joinAddress(hostname === "" ? "localhost" : hostname, port);
  return { kind: "tcp", hostname, port, isTls, name };
}

function webAddress(text: string): ChatAddress {
  const url = URL.parse(text);
  if (url === null || !/^(?:ws|http)s?:$/.test(url.protocol)) {
    throw notAnAddress(text);
  }
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  if (url.pathname === "/") url.pathname = PATH;
  const path = url.pathname === PATH ? "" : url.pathname;
  return {
    kind: "websocket",
    url: url.href,
    name: `${url.protocol}//${url.host}${path}`,
  };
}

function notAnAddress(text: string): SyntaxError {
  return new SyntaxError(
    `Cannot use address "${
      redact(text)
    }": expected "host:port", "tcp://host:port", "tls://host:port" or a ws:, wss:, http: or https: URL`,
  );
}
