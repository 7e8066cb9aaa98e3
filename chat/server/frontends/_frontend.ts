import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import type { ProxyTrust } from "../../../websocket/handshake/_trusted_proxies.ts";
import type { Rejection } from "../admission/_admission.ts";

/** A TCP or TLS connection. */
export type NetConn = StreamConn<Deno.NetAddr>;

/** The protocol of one port of the server. */
export interface Frontend {
  readonly kind: "tcp" | "http";
  /** Proxies that tell their clients in the requests. */
  readonly proxies?: ProxyTrust | undefined;
  /** Serves a connection until it ends. */
  serve(conn: NetConn): Promise<void>;
  /** Tells a client why it is rejected, and closes the connection. */
  reject(conn: NetConn, reason: Rejection): Promise<void>;
}
