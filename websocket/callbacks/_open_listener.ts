import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import { toTlsChoice, wantsTls } from "../../tcp/tls/_tls_choice.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import type { TlsListener } from "../../tcp/tls/tls_listener.ts";
import type { ServerOptions } from "./server_options.ts";

/** Listens on the port of a server, by TLS if its options have a certificate. */
export function openListener(
  port: number,
  options: ServerOptions,
): TcpListener | TlsListener {
  const {
    hostname = "",
    handshakeTimeout,
    maxConnections,
    maxConnectionsPerIp,
    proxyProtocol,
  } = options;
  const address = { hostname, port };
  const limits = { maxConnections, maxConnectionsPerIp, proxyProtocol };
  if (!wantsTls(options)) return listenTcp(address, limits);
  const tls = { ...toTlsChoice(options), handshakeTimeout };
  return listenTls(address, { ...limits, ...tls });
}
