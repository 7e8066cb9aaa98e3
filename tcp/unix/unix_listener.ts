import { checkOptions } from "../../internal/check_options.ts";
import { UNIX_LISTENER_CHECKS } from "../_option_checks.ts";
import type { ProxyProtocolOptions } from "../proxy_protocol/proxy_protocol_options.ts";
import { receiveProxied } from "../proxy_protocol/_receive_proxied.ts";
import { fileAt } from "./_unix_file.ts";
import { isAbstract, toAbsolute } from "./_unix_path.ts";
import { UnixSocket } from "./_unix_socket.ts";
import {
  type ListenerOptions,
  StreamListener,
} from "../listener/stream_listener.ts";
import { UnixConn } from "./unix_conn.ts";

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
   * Takes over a listener of Deno, which nobody else may use from then on.
   *
   * @param listener The listener.
   * @param options Options of the listener.
   */
  constructor(listener: Deno.UnixListener, options: ListenerOptions = {}) {
    checkOptions(options, UNIX_LISTENER_CHECKS);
    const addr = listener.addr as Deno.UnixAddr;
    const { proxyProtocol } = options;
    super({
      raw: own(listener),
      addr,
      name: JSON.stringify(addr.path),
      admits: () => true,
      prepare: (raw: Deno.Conn<A>) =>
        proxyProtocol === undefined
          ? new UnixConn(raw)
          : prepareProxied(raw, proxyProtocol),
    }, options);
  }
}

/** Every peer of a Unix socket is a proxy. */
async function prepareProxied<A extends Deno.Addr>(
  raw: Deno.Conn<A>,
  { timeout }: ProxyProtocolOptions,
): Promise<UnixConn<A>> {
  return new UnixConn(
    await receiveProxied(raw, timeout) as unknown as Deno.Conn<A>,
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
