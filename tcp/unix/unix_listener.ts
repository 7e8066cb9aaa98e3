import {
  checkOptions,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { ProxyHeaderReads } from "../proxy_protocol/_proxy_header_reads.ts";
import { isUnixProxyProtocol } from "../proxy_protocol/proxy_protocol_options.ts";
import { fileAt } from "./_unix_file.ts";
import { isAbstract, toAbsolute } from "./_unix_path.ts";
import { UnixSocket } from "./_unix_socket.ts";
import {
  LISTENER_CHECKS,
  type ListenerOptions,
  StreamListener,
} from "../listener/stream_listener.ts";
import { UnixConn } from "./unix_conn.ts";

/** The checks of the options of a {@linkcode UnixListener}. */
export const UNIX_LISTENER_CHECKS: OptionChecks<ListenerOptions> = {
  ...LISTENER_CHECKS,
  proxyProtocol: isUnixProxyProtocol,
};

/**
 * Listens on a Unix socket (V's `unix.StreamListener`). Closing it removes the
 * socket's file, and no other that stands at its path by then.
 *
 * @typeParam A The type of the connections' addresses.
 *
 * @example Usage
 * ```ts
 * import { dialUnix, listenUnix, UnixListener } from "@vnet/net/tcp";
 * import { assertInstanceOf } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   using listener = await listenUnix(`${directory}/example.sock`);
 *   assertInstanceOf(listener, UnixListener);
 * }
 * await Deno.remove(directory);
 * ```
 */
export class UnixListener<A extends Deno.Addr = Deno.UnixAddr>
  extends StreamListener<UnixConn<A>, Deno.UnixAddr> {
  /**
   * Takes over a listener of Deno, which must not be used elsewhere from then on.
   *
   * @param listener The listener.
   * @param options Options of the listener.
   */
  constructor(listener: Deno.UnixListener, options: ListenerOptions = {}) {
    checkOptions(options, UNIX_LISTENER_CHECKS);
    const raw = own(listener);
    const addr = raw.addr as Deno.UnixAddr;
    const { proxyProtocol } = options;
    const headers = new ProxyHeaderReads(proxyProtocol?.timeout);
    super({
      raw,
      addr,
      name: JSON.stringify(addr.path),
      admits: () => true,
      prepare: (raw: Deno.Conn<A>) =>
        proxyProtocol === undefined
          ? new UnixConn(raw)
          : prepareProxied(raw, headers),
      onClose: () => headers.close(),
    }, options);
  }
}

/** Every peer of a Unix socket is a proxy. */
async function prepareProxied<A extends Deno.Addr>(
  raw: Deno.Conn<A>,
  headers: ProxyHeaderReads,
): Promise<UnixConn<A>> {
  return new UnixConn(
    await headers.read(raw) as unknown as Deno.Conn<A>,
  );
}

/** Makes a listener of the runtime leave the files of others alone. */
function own(
  raw: Deno.UnixListener | UnixSocket,
): Deno.UnixListener | UnixSocket {
  if (raw instanceof UnixSocket) return raw;
  const { path: bound } = raw.addr as Deno.UnixAddr;
  if (typeof bound !== "string" || isAbstract(bound)) return raw;
  return new UnixSocket({
    raw,
    bound,
    path: toAbsolute(bound),
    file: fileAt(bound),
  });
}
