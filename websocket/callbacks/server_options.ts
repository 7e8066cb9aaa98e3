import {
  isCount,
  isSignal,
  isTime,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { isProxyProtocol } from "../../tcp/proxy_protocol/proxy_protocol_options.ts";
import { TLS_CHOICE_CHECKS } from "../../tcp/tls/_tls_choice.ts";
import type { ListenTlsOptions } from "../../tcp/tls/listen_tls.ts";
import type { TlsCertificate } from "../../tcp/tls/tls_certificate.ts";
import {
  ACCEPT_CHECKS,
  type AcceptWebSocketOptions,
} from "../accept_websocket.ts";
import type { OPCode } from "../opcode.ts";
import type { TopicsOptions } from "../topics/topics_options.ts";
import { isAddr } from "../upgrade_websocket.ts";
import type { Client } from "./client.ts";

/** The least `pingInterval`, in milliseconds. */
const MIN_PING_INTERVAL = 1000;

/** Options for `newServer`. */
export interface ServerOptions extends
  Omit<
    AcceptWebSocketOptions,
    "route" | "onRequest" | "pingInterval" | keyof WaitOptions
  >,
  Pick<
    ListenTlsOptions,
    | "minVersion"
    | "clientCaCerts"
    | "requireClientCertificate"
    | "proxyProtocol"
  > {
  /**
   * The name or address to listen on.
   *
   * @default {"", all interfaces of both families, as for `listenTcp`}
   */
  hostname?: string;
  /** The certificate chain in PEM; with `key`, the server listens by TLS. */
  cert?: string;
  /** The private key in PEM. */
  key?: string;
  /**
   * Chooses the certificate by the name that a client asks for, instead of
   * `cert` and `key`: the server listens by TLS. See `listenTls`.
   */
  certificate?: (
    serverName: string,
  ) => TlsCertificate | undefined | Promise<TlsCertificate | undefined>;
  /**
   * The implementation of TLS. `"runtime"` is for servers behind a proxy only, as it
   * frees no socket before its peer does; see `listenTls`.
   *
   * @default {"layer"}
   */
  tlsBackend?: "layer" | "runtime";
  /**
   * Milliseconds between pings to each client, at least 1000; `Infinity` for no
   * pings. It is the first value of `Server.pingInterval`, which is in seconds,
   * as V has it, and takes less.
   *
   * @default {30000}
   */
  pingInterval?: number;
  /**
   * How many connections may be open at once, those in a handshake included. One
   * more is closed at once; of those that the program hands over, refused with 503.
   *
   * @default {Infinity}
   */
  maxConnections?: number;
  /**
   * How many connections one IP address may have open at once. Behind
   * `trustedProxies` the address is the client's, and one too many is refused with
   * 503; the addresses of the proxies have no limit.
   *
   * @default {Infinity}
   */
  maxConnectionsPerIp?: number;
  /** Limits on `Server.topics`. */
  topics?: TopicsOptions;
}

/** The checks of the options of `newServer`. */
export const SERVER_CHECKS: OptionChecks<ServerOptions> = {
  ...ACCEPT_CHECKS,
  pingInterval: isPingInterval,
  hostname: isHostname,
  ...TLS_CHOICE_CHECKS,
  maxConnections: isCount(0),
  maxConnectionsPerIp: isCount(0),
  topics: isType("object"),
  proxyProtocol: isProxyProtocol,
};

/** The checks of the options of `Server.listen`. */
export const LISTEN_CHECKS: OptionChecks<ServerListenOptions> = {
  signal: isSignal,
  onListen: isType("function"),
};

/** The checks of the options of `Server.handleUpgrade`. */
export const UPGRADE_CHECKS: OptionChecks<HandleUpgradeOptions> = {
  remoteAddr: isAddr,
};

/** Refuses a number of seconds, which this option once was. */
function isPingInterval(value: unknown, name: string): void {
  isTime(value, name);
  if (value as number >= MIN_PING_INTERVAL) return;
  throw new RangeError(
    `Cannot use ${name} ${value}: it is in milliseconds, no longer in seconds; expected at least ${MIN_PING_INTERVAL}, or Infinity for no pings`,
  );
}

function isHostname(value: unknown, name: string): void {
  isType("string")(value, name);
  if (!/[\s\/?#@]/.test(value as string)) return;
  throw new TypeError(
    `Cannot use ${name} "${value}": expected a host name or an IP address`,
  );
}

/** Options for `Server.listen`. */
export interface ServerListenOptions {
  /** Closes the server, with 1001, when it aborts. */
  signal?: AbortSignal;
  /** Called when the server listens, with the port that the system has chosen. */
  onListen?: (addr: Deno.NetAddr) => void;
}

/** Options for `Server.broadcast`, and for `publish` of topics. */
export interface BroadcastOptions<C = Client> {
  /**
   * The kind of message.
   *
   * @default {textFrame for a string, binaryFrame for bytes}
   */
  opcode?: typeof OPCode.textFrame | typeof OPCode.binaryFrame;
  /** The connections that do not get it. */
  except?: C | Iterable<C>;
}

/** Options for `Server.handleUpgrade`. */
export interface HandleUpgradeOptions {
  /** The address of the peer, which `Deno.serve` has in its handler's `info`. */
  remoteAddr?: Deno.Addr;
}
