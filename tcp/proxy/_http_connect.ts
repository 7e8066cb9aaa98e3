import { joinAddress } from "../../internal/address/address.ts";
import {
  type Credentials,
  formatBasic,
} from "../../internal/http/basic_credentials.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import { encodeLatin1 } from "../../internal/http/http_syntax.ts";
import { ResponseReader } from "../../internal/http/response_reader.ts";
import { lowerFirst } from "../../internal/errors/system_error.ts";
import {
  type ProxyFailure,
  ProxyHandshake,
  type TunnelTarget,
} from "./_proxy_handshake.ts";

/**
 * The client's side of a CONNECT request (RFC 9110 section 9.3.6). After any 2xx
 * the tunnel begins behind the head, whatever length it tells. Heads of more than
 * 16 KiB are refused.
 */
export class HttpConnectHandshake extends ProxyHandshake {
  readonly #response = new ResponseReader();

  /**
   * Begins a handshake.
   *
   * @param target The other end: an address, or a name in ASCII.
   * @param credentials They are sent at once, as Basic credentials.
   */
  constructor(
    { hostname, port }: TunnelTarget,
    credentials: Credentials | undefined,
  ) {
    super();
    const authority = joinAddress(hostname, port);
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
    if (credentials !== undefined) {
      lines.push(`Proxy-Authorization: ${formatBasic(credentials)}`);
    }
    this.output = encodeLatin1(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** The head of the proxy's answer, once it is complete. */
  get head(): HttpHead<StatusLine> | undefined {
    return this.#response.head;
  }

  get isDone(): boolean {
    return (this.#response.head ?? this.#response.failure) !== undefined;
  }

  get failure(): ProxyFailure | undefined {
    const { head, failure } = this.#response;
    if (failure !== undefined) {
      return { reason: `broke HTTP: ${lowerFirst(failure.reason)}` };
    }
    if (head === undefined) return undefined;
    const { status } = head.start;
    if (status >= 200 && status < 300) return undefined;
    return { reason: `answered ${status}`, status };
  }

  push(bytes: Uint8Array): number {
    return this.#response.push(bytes);
  }
}
