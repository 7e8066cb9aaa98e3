/**
 * UDP: datagrams that arrive in order, are counted, and are never cut without a
 * word.
 *
 * A server listens and answers whom it hears; a client dials one peer:
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
 * Each call that sends makes one datagram, each that receives takes one. They
 * may get lost, doubled or out of order on the way; between the system and the
 * program vnet keeps their order, and counts what it has to drop in `conn.stats`.
 * To have sent says nothing about arrival: who needs an answer waits for it with
 * a limit, and asks again.
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
 * one that comes late goes to the next call. A limit is a `DOMException` named
 * `TimeoutError`, an abort the signal's reason, anything after `close()` a
 * {@linkcode ClosedError}, except that streams and loops end. The system's
 * failures are errors of `Deno.errors`.
 *
 * ## Concurrency and ownership
 *
 * `receive`, `read`, `readable` and `for await` may be mixed and overlap: they
 * take datagrams in the order asked, each datagram once. Writes go out in the
 * order asked. Whoever listens or dials owns the connection; `using` closes it. A
 * datagram belongs to whoever receives it; a buffer is the caller's again when
 * its call has settled.
 *
 * ## Servers
 *
 * `conn.sessions()` gives each peer a connection of its own. A server on the
 * internet whose replies are longer than its requests should set
 * `maxReplyRatio`, as the source of a datagram is easily forged.
 *
 * ## Limits
 *
 * | what | default | set by |
 * | --- | --- | --- |
 * | any wait | none | options of the call, `set…Timeout`, `set…Deadline` |
 * | size of a datagram sent | 65,507 bytes over IPv4, 65,527 over IPv6 | |
 * | size of a datagram received | 65,527 bytes; a longer one is `truncated` | `maxDatagramSize` |
 * | datagrams that wait to be received | 1,024 and 4 MiB; the oldest is dropped | `maxQueued`, `maxQueuedBytes`, `overflow` |
 * | sessions, their idle time, and what waits in all | 1,024, 30 s, 16 MiB | `maxSessions`, `idleTimeout`, `maxQueuedBytes` |
 * | replies, by what was received | none | `maxReplyRatio` |
 *
 * Before they wait in that queue, datagrams wait in the system's buffer, which
 * Deno can't enlarge: on Linux some 90 of 1 KiB.
 *
 * ## Back ends
 *
 * `Deno.listenDatagram` needs the flag `--unstable-net`, so that without it
 * `node:dgram` does the work, and nobody needs a flag. Both behave alike but for
 * speed, and for what each can't do, which fails with a
 * `Deno.errors.NotSupported` that says so:
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
 * `--allow-net`. What is sent is checked for each address:
 * `--allow-net=192.0.2.1:53` is enough to send there, and to bind takes
 * permission to the local address, `0.0.0.0` for all interfaces. Names take
 * permission to be looked up, on any port.
 *
 * @module
 */
export {
  type AddressFamily,
  addressFamily,
} from "../internal/address/address_family.ts";
export { ClosedError } from "../internal/errors/closed_error.ts";
export { isClosed, isTimeout } from "../internal/errors/error_kinds.ts";
export type {
  SystemErrorInfo,
  SystemOperation,
} from "../internal/errors/system_error.ts";
export type { WaitOptions } from "../internal/wait/wait_options.ts";
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
