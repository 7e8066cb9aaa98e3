import type { TcpAddress } from "../internal/address/address.ts";
import { checkOptions, WAIT_CHECKS } from "../internal/check_options.ts";
import { limited } from "../internal/wait/limited.ts";
import { lookup } from "../internal/address/lookup.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { keepZone } from "../internal/address/zone.ts";
import { listenOnLater, type ListenPlace } from "./listener/_listen_on.ts";
import { toFamily } from "./dial_tcp.ts";
import { assertMayBind, noAccess } from "./node/_bind_access.ts";
import { NodeListener } from "./node/_node_listener.ts";
import { LISTEN_TCP_CHECKS, type ListenTcpOptions } from "./listen_tcp.ts";
import { takeOver } from "./listener/stream_listener.ts";
import { TcpListener } from "./tcp_listener.ts";

/** How many connections wait in the system unless the caller says otherwise. */
const DEFAULT_BACKLOG = 511;

/** Options for {@linkcode listenTcpShared}: those of a listener, and limits. */
export interface ListenTcpSharedOptions extends ListenTcpOptions, WaitOptions {}

/** The runtime's own call, which it has with the flag `--unstable-net`. */
type ListenShared = (
  options: Deno.TcpListenOptions & { reusePort: boolean },
) => Deno.TcpListener;

/**
 * Listens for TCP connections on a port that other listeners share: those of
 * other processes, or several of one (Node's `reusePort`, `SO_REUSEPORT`). The
 * system gives each connection to one of them, on Linux evenly. All of them have
 * to share the port, and to run as the same user.
 *
 * It needs no flag: without `--unstable-net`, `node:net` does the work, which
 * listens a moment later than it is called, and which accepts connections as they
 * come. As many as `backlog` allows then wait in this process for `accept`, those
 * beyond are closed. Of a write that the end of such a connection cuts,
 * `bytesWritten` leaves out the part of its last piece that the system has taken
 * (16 KiB at most), which `node:net` does not tell. With the flag the runtime's own
 * listener is used, which has none of this.
 *
 * The connections of a listener that is closed before it has accepted them are
 * lost, also where others share the port.
 *
 * @param address The port or address, as for `listenTcp`. Port 0 takes a free
 * one, which `addr` tells for the others.
 * @param options Options of the listener and of its connections, and limits on
 * the call, which may have to look a name up.
 * @returns The listener, which listens.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port is not in 0 to 65535.
 * @throws {Deno.errors.AddrInUse} If the port is taken by a listener that does
 * not share it.
 * @throws {Deno.errors.NotCapable} If the process may not listen there: of a
 * name, at its address, too.
 *
 * @example Two listeners on one port
 * ```ts
 * import { dialTcp, listenTcpShared } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * // In a program, each is in a process of its own.
 * await using one = await listenTcpShared("127.0.0.1:0");
 * await using other = await listenTcpShared(one.addr);
 * assertEquals(other.addr, one.addr);
 *
 * using client = await dialTcp(one.addr);
 * using server = await Promise.any([one.accept(), other.accept()]);
 * assertEquals(server.remoteAddr, client.localAddr);
 * ```
 */
export async function listenTcpShared(
  address: TcpAddress | number,
  options: ListenTcpSharedOptions = {},
): Promise<TcpListener> {
  checkOptions(options, { ...LISTEN_TCP_CHECKS, ...WAIT_CHECKS });
  // Without the flag this very option would end the process.
  const listen = "listenDatagram" in Deno ? listenByRuntime : listenByNode;
  const open = () =>
    listenOnLater(address, options.network, async (place) => {
      const raw = await listen(place, options);
      return takeOver(
        keepZone(raw, place.hostname),
        (raw) => new TcpListener(raw, options),
      );
    });
  return await limited(
    "Cannot listen on a shared port",
    options,
    open,
    (late) => void late.close(),
  );
}

function listenByRuntime(
  { hostname, port }: ListenPlace,
  { backlog }: ListenTcpOptions,
): Deno.TcpListener {
  const options = { hostname, port, tcpBacklog: backlog, reusePort: true };
  return (Deno.listen as ListenShared)(options);
}

/** Listens without the flag. Exported for tests, which have the flag. */
export async function listenByNode(
  { hostname, port }: ListenPlace,
  { backlog = DEFAULT_BACKLOG, network }: ListenTcpOptions,
): Promise<Deno.TcpListener> {
  const [ip] = await lookup(hostname, toFamily(network)) ?? [];
  const place = { hostname: ip ?? hostname, port };
  if (ip === undefined) throw noAccess(hostname, port);
  assertMayBind(place.hostname, port);
  const raw = await NodeListener.listen(place, { backlog });
  return raw as unknown as Deno.TcpListener;
}
