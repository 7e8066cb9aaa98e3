/**
 * UDP: datagrams with limits on every wait, a bounded queue and counters, and with
 * no silent truncation.
 *
 * A server listens and answers the peers it hears; a client dials one peer:
 *
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * const serving = server.readable.pipeTo(server.writable); // echoes
 *
 * using client = await dialUdp(server.addr);
 * await client.writeString("hello");
 * const { data } = await client.receive({ timeout: 1000 });
 * assertEquals(new TextDecoder().decode(data), "hello");
 *
 * server.close();
 * await serving;
 * ```
 *
 * ## Datagrams
 *
 * Each call sends or receives one datagram. Datagrams may be lost, doubled or
 * reordered on the way; between the system and the program vnet keeps their order,
 * and counts dropped ones in `conn.stats`. A datagram that was sent may not arrive:
 * a program that needs an answer waits for it with a limit, and asks again.
 *
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp(server.addr);
 *
 * let answer: string | undefined;
 * for (let attempt = 1; answer === undefined; attempt++) {
 *   await client.writeString(`question, attempt ${attempt}`);
 *   if (attempt === 2) await server.writeToString(client.addr, "42");
 *   try {
 *     const { data } = await client.receive({ timeout: 50 * attempt });
 *     answer = new TextDecoder().decode(data);
 *   } catch (error) {
 *     if (!(error instanceof DOMException)) throw error;
 *   }
 * }
 * assertEquals(answer, "42");
 * ```
 *
 * ## Waiting and errors
 *
 * Every call that waits takes `{ signal, timeout, deadline }`, and setters give
 * defaults; the earliest limit ends the wait. No datagram is lost by that: the
 * next call takes it. At a limit a call rejects with a `DOMException` named
 * `TimeoutError`, on an abort with the signal's reason, and after `close()` with a
 * {@linkcode ClosedError}; streams and loops end then. Failures of the system are
 * errors of `Deno.errors`.
 *
 * ## Concurrency and ownership
 *
 * `receive`, `read`, `readable` and `for await` may be mixed and overlap: they
 * take datagrams in the order asked, each datagram once. Datagrams are sent in the
 * order asked. The caller of `listenUdp` or `dialUdp` owns the connection; `using`
 * closes it. The receiver owns a datagram; a buffer may be used again when its call
 * has settled.
 *
 * ## Servers
 *
 * `conn.sessions()` gives each peer a connection of its own. A server on the
 * internet whose replies are longer than its requests should set
 * `maxReplyRatio`, as the source of a datagram is easily forged.
 *
 * ## Limits
 *
 * | limit | default | set by |
 * | --- | --- | --- |
 * | any wait | none | options of the call, `set…Timeout`, `set…Deadline` |
 * | size of a datagram sent | 65,507 bytes over IPv4, 65,527 over IPv6 | |
 * | size of a datagram received | 65,527 bytes; a longer one is `truncated` | `maxDatagramSize` |
 * | datagrams that wait to be received | 1,024 and 4 MiB; the oldest is dropped | `maxQueued`, `maxQueuedBytes`, `overflow` |
 * | sessions, their idle time, and the bytes that wait in all | 1,024, 30 s, 16 MiB | `maxSessions`, `idleTimeout`, `maxQueuedBytes` |
 * | replies, as a multiple of the received bytes | none | `maxReplyRatio` |
 *
 * Before that queue, datagrams wait in the system's buffer, which Deno can't
 * enlarge: on Linux about 90 datagrams of 1 KiB.
 *
 * ## Back ends
 *
 * `Deno.listenDatagram` is used with the flag `--unstable-net`, and `node:dgram`,
 * which needs no flag, without it. They differ in speed, and in the operations that
 * they do not support, which fail with `Deno.errors.NotSupported`:
 *
 * | | native | node |
 * | --- | --- | --- |
 * | multicast TTL, loopback | once a group is joined | always |
 * | multicast interface for sending | no | yes |
 * | hop limit of IPv6 multicast | no | no |
 * | broadcast to one network, such as 192.0.2.255 | always | after `setBroadcast(true)` |
 * | system's buffer sizes | no | no |
 * | refused port of a dialled peer | on Windows | no |
 * | why the system refused a datagram | yes | seldom |
 *
 * ## Permissions
 *
 * `--allow-net`. Sending needs permission to each address, such as
 * `--allow-net=192.0.2.1:53`, and binding permission to the local address,
 * `0.0.0.0` for all interfaces. To look a name up needs permission to it on any
 * port.
 *
 * @module
 */
export {
  type AddressFamily,
  addressFamily,
} from "../internal/address/address_family.ts";
export * from "../internal/shared_exports.ts";
export type { Datagram, OutgoingDatagram, ReadResult } from "./datagram.ts";
export { DatagramLimits } from "./datagram_limits.ts";
export { dialUdp } from "./dial_udp.ts";
export { listenUdp, type ListenUdpOptions } from "./listen_udp.ts";
export { type JoinMulticastOptions, Membership } from "./membership.ts";
export { ReplyRefusedError } from "./reply_refused_error.ts";
export type { UdpAddr, UdpAddress } from "./udp_address.ts";
export { UdpConn } from "./udp_conn.ts";
export type { UdpOptions } from "./udp_options.ts";
export { UdpSession } from "./udp_session.ts";
export { type SessionsOptions, UdpSessions } from "./udp_sessions.ts";
export { UdpSettings } from "./udp_settings.ts";
export type { UdpStats } from "./udp_stats.ts";
