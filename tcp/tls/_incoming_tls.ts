import { type Ends, joinAddress } from "../../internal/address/address.ts";
import { expectEnd, isPeerEnd } from "../../internal/errors/expected_end.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { limited } from "../../internal/wait/limited.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import type { RawListener } from "../listener/_accept_loop.ts";
import { secureAsServer } from "./_server_handshake.ts";
import type { ProxiedConn } from "../proxy_protocol/_proxied_conn.ts";
import type { TlsServer } from "./_tls_server.ts";
import { applyTcpOptions, type TcpConnOptions } from "../tcp_conn.ts";
import { fromRuntimeTls, makeTlsConn, type TlsConn } from "./tls_conn.ts";

/**
 * A connection that has been accepted, with its handshake before it. Closing it
 * frees the socket at once, wherever the handshake is.
 */
export class IncomingTls {
  readonly #controller = new AbortController();
  readonly socket: Deno.TcpConn;
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;

  constructor(socket: Deno.TcpConn) {
    this.socket = socket;
    this.localAddr = socket.localAddr;
    this.remoteAddr = socket.remoteAddr;
  }

  close(): void {
    this.#controller.abort(
      new Deno.errors.Interrupted("It was given up for newer connections"),
    );
    closeRaw(this.socket);
  }

  /**
   * Does the handshake, and closes the connection if that fails.
   *
   * @param client The connection behind its PROXY header, if it had one.
   */
  async handshake(
    server: TlsServer,
    timeout: number,
    options: TcpConnOptions,
    client?: ProxiedConn<Deno.NetAddr>,
  ): Promise<TlsConn> {
    const raw = client ?? this.socket;
    const { localAddr, remoteAddr, proxyAddr }: Ends<Deno.NetAddr> = client ??
      this;
    const attempt = toAttempt(remoteAddr);
    applyTcpOptions(raw, options);
    const wait = { timeout, signal: this.#controller.signal };
    try {
      const { layer, serverName, certificate } = await limited(
        cannot(attempt),
        wait,
        (signal) => secureAsServer(raw, server, { signal }),
        ({ layer }) => closeRaw(layer),
      );
      const details = {
        alpnProtocol: layer.alpnProtocol,
        serverName: serverName || undefined,
        peerCertificate: certificate,
      };
      return makeTlsConn({
        raw: layer,
        ends: { localAddr, remoteAddr, proxyAddr },
        keepsAlive: false,
        details,
      });
    } catch (error) {
      closeRaw(raw);
      throw systemError(attempt, error);
    }
  }
}

/** Listens for connections that speak TLS from their first byte on. */
export class TlsSource implements RawListener<IncomingTls> {
  readonly #listener: Deno.TcpListener;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  async accept(): Promise<IncomingTls> {
    return new IncomingTls(await this.#listener.accept());
  }

  close(): void {
    this.#listener.close();
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }
}

/** Does the handshake of a connection whose TLS is the runtime's. */
export async function handshakeByRuntime(
  raw: Deno.TlsConn,
  timeout: number,
): Promise<TlsConn> {
  const attempt = toAttempt(raw.remoteAddr);
  try {
    const info = await limited(
      cannot(attempt),
      { timeout },
      () => raw.handshake(),
      () => {},
    );
    return fromRuntimeTls(raw, info);
  } catch (error) {
    closeRaw(raw);
    const failure = systemError(attempt, error);
    // The runtime does not tell whether a byte has come.
    throw isPeerEnd(error) ? expectEnd(failure) : failure;
  }
}

function toAttempt({ hostname, port }: Deno.NetAddr): Attempt {
  const name = joinAddress(hostname, port);
  return {
    operation: "start TLS",
    name,
    what: `Cannot complete the TLS handshake with ${name}`,
  };
}
