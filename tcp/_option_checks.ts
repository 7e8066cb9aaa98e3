import {
  isInteger,
  isOneOf,
  isStrings,
  isTime,
  isType,
  type OptionCheck,
  type OptionChecks,
  typeOf,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { encodeText } from "../internal/bytes/encode_text.ts";
import { parseLocalAddress } from "./_local_address.ts";
import { canBeServerName } from "./tls/_tls_client.ts";
import type { CopyOptions } from "./copy.ts";
import type { DialTcpOptions } from "./dial_tcp.ts";
import type { DialTlsOptions } from "./tls/dial_tls.ts";
import type { ListenTcpOptions } from "./listen_tcp.ts";
import type { ListenTlsOptions } from "./tls/listen_tls.ts";
import type { ListenUnixOptions } from "./unix/listen_unix.ts";
import type { NetListenerOptions } from "./listener/net_listener.ts";
import {
  isProxyProtocol,
  isUnixProxyProtocol,
} from "./proxy_protocol/proxy_protocol_options.ts";
import type { ReadAllOptions } from "./read_all.ts";
import type { StartTlsOptions } from "./tls/start_tls.ts";
import type { ListenerOptions } from "./listener/stream_listener.ts";
import type { KeepAliveOptions, TcpConnOptions } from "./tcp_conn.ts";
import type { AcceptTlsOptions } from "./tls/accept_tls.ts";
import type { TlsCertificate } from "./tls/tls_certificate.ts";
import type { TlsServerOptions } from "./tls/tls_server_options.ts";

/** The largest `int` of the system. */
const MAX_INT = 2 ** 31 - 1;
/** How many bytes the name of a protocol may have (RFC 7301, section 3.1). */
const MAX_PROTOCOL = 255;

/** The longest silence in milliseconds before a probe, of Linux. */
const MAX_KEEP_ALIVE = 32_767_000;

const isBoolean = isType("boolean");
const isNetwork = isOneOf("tcp", "tcp4", "tcp6");
const isBacklog = isInteger(0, MAX_INT);

/** Protocols for ALPN. */
const isProtocols: OptionCheck = (value, name) => {
  isStrings(value, name);
  for (const protocol of value as string[]) {
    const { length } = encodeText(protocol);
    if (length >= 1 && length <= MAX_PROTOCOL) continue;
    throw new RangeError(
      `Cannot use "${protocol}" in ${name}: expected 1 to ${MAX_PROTOCOL} bytes`,
    );
  }
};

/** A name to verify a certificate against. */
export function isServerName(value: unknown, name: string): void {
  if (typeof value === "string" && canBeServerName(value)) return;
  const found = typeof value === "string" ? `"${value}"` : typeOf(value);
  throw new TypeError(
    `Cannot use ${found} as ${name}: expected a host name or a numeric address`,
  );
}

/** How many connections there may be. */
function isLimit(value: unknown, name: string): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot set ${name} to a value of type ${
        typeOf(value)
      }: expected a number`,
    );
  }
  if (value === Infinity || Number.isInteger(value) && value >= 0) return;
  throw new RangeError(
    `Cannot set ${name} to ${value}: expected a whole number of at least 0, or Infinity`,
  );
}

/** The options of `TcpConn`. */
export const TCP_CONN_CHECKS: OptionChecks<TcpConnOptions> = {
  noDelay: isBoolean,
  keepAlive: isBoolean,
};

/** The times of keep-alive probes. */
export const KEEP_ALIVE_CHECKS: OptionChecks<KeepAliveOptions> = {
  delay: isInteger(1, MAX_KEEP_ALIVE),
};

/** Whether peers are probed, or when. */
const isKeepAlive: OptionCheck = (value, name) => {
  if (typeof value === "boolean") return;
  isType("object")(value, name);
  const { delay } = value as KeepAliveOptions;
  isInteger(1, MAX_KEEP_ALIVE)(delay, `${name}.delay`);
};

/** The options of every listener. */
export const LISTENER_CHECKS: OptionChecks<ListenerOptions> = {
  maxConnections: isLimit,
  proxyProtocol: isProxyProtocol,
};

/** The options of `NetListener`. */
export const NET_LISTENER_CHECKS: OptionChecks<NetListenerOptions> = {
  ...LISTENER_CHECKS,
  maxConnectionsPerIp: isLimit,
};

/** A certificate and its key. */
export const CERTIFICATE_CHECKS: OptionChecks<TlsCertificate> = {
  cert: isType("string"),
  key: isType("string"),
};

/** The options of the side that accepts TLS. */
export const TLS_SERVER_CHECKS: OptionChecks<TlsServerOptions> = {
  ...CERTIFICATE_CHECKS,
  certificate: isType("function"),
  alpnProtocols: isProtocols,
  minVersion: isOneOf("TLSv1.2", "TLSv1.3"),
  clientCaCerts: isStrings,
  requireClientCertificate: isBoolean,
};

/** The options of `listenTcp`. */
export const LISTEN_TCP_CHECKS: OptionChecks<ListenTcpOptions> = {
  ...NET_LISTENER_CHECKS,
  ...TCP_CONN_CHECKS,
  backlog: isBacklog,
  network: isNetwork,
};

/** The options of `listenTls`. */
export const LISTEN_TLS_CHECKS: OptionChecks<ListenTlsOptions> = {
  ...NET_LISTENER_CHECKS,
  ...TCP_CONN_CHECKS,
  ...TLS_SERVER_CHECKS,
  handshakeTimeout: isTime,
  tlsBackend: isOneOf("layer", "runtime"),
  backlog: isBacklog,
  network: isNetwork,
};

/** The options of `acceptTls`. */
export const ACCEPT_TLS_CHECKS: OptionChecks<AcceptTlsOptions> = {
  ...WAIT_CHECKS,
  ...TLS_SERVER_CHECKS,
};

/** The options of `UnixListener`. */
export const UNIX_LISTENER_CHECKS: OptionChecks<ListenerOptions> = {
  ...LISTENER_CHECKS,
  proxyProtocol: isUnixProxyProtocol,
};

/** The options of `listenUnix`. */
export const LISTEN_UNIX_CHECKS: OptionChecks<ListenUnixOptions> = {
  ...WAIT_CHECKS,
  ...UNIX_LISTENER_CHECKS,
  mode: isInteger(0, 0o7777),
};

/** The options of `dialTcp`. */
export const DIAL_TCP_CHECKS: OptionChecks<DialTcpOptions> = {
  ...WAIT_CHECKS,
  ...TCP_CONN_CHECKS,
  keepAlive: isKeepAlive,
  localAddress: (value) => void parseLocalAddress(value as string),
  network: isNetwork,
};

/** The options of `readAll`. */
export const READ_ALL_CHECKS: OptionChecks<ReadAllOptions> = {
  ...WAIT_CHECKS,
  maxBytes: (value, name) => {
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot use ${name} of type ${typeOf(value)}: expected a number`,
      );
    }
    if (value >= 0) return;
    throw new RangeError(`Cannot read ${value} bytes: expected 0 or more`);
  },
};

/** The options of `copy`. */
export const COPY_CHECKS: OptionChecks<CopyOptions> = {
  ...WAIT_CHECKS,
  bufferSize: isInteger(1, MAX_INT),
};

/** The options of `startTls`. */
export const START_TLS_CHECKS: OptionChecks<StartTlsOptions> = {
  ...WAIT_CHECKS,
  serverName: isServerName,
  caCerts: isStrings,
  cert: isType("string"),
  key: isType("string"),
  minVersion: isOneOf("TLSv1.2", "TLSv1.3"),
  alpnProtocols: isProtocols,
};

/** The options of `dialTls`. */
export const DIAL_TLS_CHECKS: OptionChecks<DialTlsOptions> = {
  ...DIAL_TCP_CHECKS,
  ...START_TLS_CHECKS,
};
