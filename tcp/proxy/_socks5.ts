import { parseIpv4, parseIpv6 } from "../../internal/address/ip.ts";
import { encodeText } from "../../internal/bytes/encode_text.ts";
import type { Credentials } from "../../internal/http/basic_credentials.ts";
import {
  type ProxyFailure,
  ProxyHandshake,
  type TunnelTarget,
} from "./_proxy_handshake.ts";

const VERSION = 5;
const CONNECT = 1;
/** Methods of authentication (RFC 1928 section 3). */
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;
const NO_ACCEPTABLE_METHOD = 0xff;
/** The version of the sub-negotiation (RFC 1929 section 2). */
const PASSWORD_VERSION = 1;
/** Types of addresses (RFC 1928 section 5). */
const IPV4 = 1;
const DOMAIN_NAME = 3;
const IPV6 = 4;
/** A reply with the longest domain name. */
const MAX_REPLY = 7 + 255;

/** The reply codes (RFC 1928 section 6), some with the system's name for them. */
const REPLIES: readonly (readonly [reason: string, code?: string])[] = [
  ["succeeded"],
  ["general failure"],
  ["not allowed by its rules"],
  ["network unreachable", "ENETUNREACH"],
  ["host unreachable", "EHOSTUNREACH"],
  ["connection refused", "ECONNREFUSED"],
  ["TTL expired"],
  ["command not supported"],
  ["address type not supported"],
];

/** The message that comes next. */
type Stage = "method" | "password" | "reply" | "done";

/**
 * The client's side of SOCKS5 (RFC 1928) for a connection, with user name and
 * password (RFC 1929) if there are some. The bytes may come in pieces of any size.
 */
export class Socks5Handshake extends ProxyHandshake {
  readonly #target: TunnelTarget;
  readonly #credentials: Credentials | undefined;
  /** The message of the proxy so far. */
  readonly #message = new Uint8Array(MAX_REPLY);
  #length = 0;
  #stage: Stage = "method";
  #failure: ProxyFailure | undefined;

  /**
   * Begins a handshake.
   *
   * @param target The other end, its name of at most 255 ASCII characters.
   * @param credentials At most 255 bytes each, which are sent if the proxy asks.
   */
  constructor(target: TunnelTarget, credentials: Credentials | undefined) {
    super();
    this.#target = target;
    this.#credentials = credentials;
    const methods = credentials === undefined
      ? [NO_AUTHENTICATION]
      : [NO_AUTHENTICATION, PASSWORD];
    this.output = Uint8Array.of(VERSION, methods.length, ...methods);
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  get failure(): ProxyFailure | undefined {
    return this.#failure;
  }

  push(bytes: Uint8Array): number {
    let at = 0;
    // Bytes to send go first, whatever the proxy has sent already.
    while (
      at < bytes.length && !this.isDone && this.output === undefined
    ) {
      this.#message[this.#length++] = bytes[at++];
      if (this.#stage === "method") this.#readMethod();
      else if (this.#stage === "password") this.#readVerdict();
      else this.#readReply();
    }
    return at;
  }

  #readMethod(): void {
    const [version, method] = this.#message;
    if (version !== VERSION) return this.#fail("does not speak SOCKS5");
    if (this.#length < 2) return;
    const credentials = this.#credentials;
    if (method === NO_AUTHENTICATION) {
      this.#next("reply", connectRequest(this.#target));
    } else if (method === PASSWORD && credentials !== undefined) {
      this.#next("password", passwordRequest(credentials));
    } else if (method === NO_ACCEPTABLE_METHOD) {
      this.#fail(
        credentials === undefined
          ? "demands authentication"
          : "accepts neither no authentication nor user name and password",
      );
    } else {
      this.#fail(`chose authentication ${method}, which was not offered`);
    }
  }

  #readVerdict(): void {
    const [version, status] = this.#message;
    // Some proxies send the version of SOCKS here.
    if (version !== PASSWORD_VERSION && version !== VERSION) {
      return this.#fail("sent a malformed answer to the password");
    }
    if (this.#length < 2) return;
    if (status !== 0) return this.#fail("refused the user name or password");
    this.#next("reply", connectRequest(this.#target));
  }

  #readReply(): void {
    const [version, reply, , addressType, first] = this.#message;
    if (version !== VERSION) return this.#fail("sent a malformed reply");
    if (this.#length < 2) return;
    // A proxy may leave out the rest if it refuses.
    if (reply !== 0) return this.#failReply(reply);
    if (this.#length < 4) return;
    if (addressType === IPV4) return this.#endReply(4 + 4 + 2);
    if (addressType === IPV6) return this.#endReply(4 + 16 + 2);
    if (addressType !== DOMAIN_NAME) {
      return this.#fail(`sent a reply with address type ${addressType}`);
    }
    if (this.#length > 4) this.#endReply(4 + 1 + first + 2);
  }

  #endReply(length: number): void {
    if (this.#length === length) this.#stage = "done";
  }

  #next(stage: Stage, output: Uint8Array): void {
    this.#stage = stage;
    this.output = output;
    this.#length = 0;
  }

  #failReply(reply: number): void {
    const [reason, code] = REPLIES[reply] ?? ["unknown reason"];
    this.#failure = {
      reason: `refused: ${reason} (reply ${reply})`,
      reply,
      ...(code === undefined ? {} : { code }),
    };
    this.#stage = "done";
  }

  #fail(reason: string): void {
    this.#failure = { reason };
    this.#stage = "done";
  }
}

function connectRequest({ hostname, port }: TunnelTarget): Uint8Array {
  return Uint8Array.of(
    VERSION,
    CONNECT,
    0,
    ...encodeAddress(hostname),
    port >> 8,
    port & 0xff,
  );
}

/** An address with its type before it. */
function encodeAddress(hostname: string): number[] {
  const ipv4 = parseIpv4(hostname);
  if (ipv4 !== undefined) return [IPV4, ...ipv4];
  const ipv6 = parseIpv6(hostname);
  if (ipv6 !== undefined) return [IPV6, ...ipv6];
  return [DOMAIN_NAME, hostname.length, ...encodeText(hostname)];
}

function passwordRequest({ username, password }: Credentials): Uint8Array {
  const user = encodeText(username);
  const secret = encodeText(password);
  return Uint8Array.of(
    PASSWORD_VERSION,
    user.length,
    ...user,
    secret.length,
    ...secret,
  );
}
