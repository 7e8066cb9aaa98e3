import {
  checkOptions,
  isInteger,
  isSignal,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { callHandler } from "../_handlers.ts";
import { printError } from "../../internal/errors/print_error.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import type { UdpConn } from "../../udp/udp_conn.ts";
import {
  DATAGRAM_SIZE,
  decodeQuery,
  DISCOVERY_GROUP,
  DISCOVERY_PORT,
  encodeAnswer,
  isGroup,
  isInterface,
} from "./_discovery_datagram.ts";
import { ReplyBudget } from "./_reply_budget.ts";

/** What the handler is called where it fails itself. */
const ON_ERROR = "onError of announceChat()";

/** The most answers at once, and a second. */
const BURST = 50;
const RATE = 20;

/**
 * Options for {@linkcode announceChat}.
 *
 * @example Usage
 * ```ts
 * import type { AnnounceChatOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: AnnounceChatOptions = { tcpPort: 2020, online: () => 0 };
 * assertEquals(options.tls, undefined);
 * ```
 */
export interface AnnounceChatOptions {
  /** What the server is called; from the 65th character on it is cut. */
  name?: string | undefined;
  /** The port for lines of text, if there is one. */
  tcpPort?: number | undefined;
  /** The port for the page and WebSockets, if there is one. */
  httpPort?: number | undefined;
  /**
   * Whether the ports speak TLS.
   *
   * @default {false}
   */
  tls?: boolean | undefined;
  /** Asked at each query how many people are in the chat. */
  online: () => number;
  /**
   * The IPv4 address of the interface to listen on for queries. By default the
   * system chooses.
   */
  interface?: string | undefined;
  /**
   * The multicast group.
   *
   * @default {"239.255.20.20"}
   */
  group?: string | undefined;
  /**
   * The UDP port for queries; 0 takes a free one.
   *
   * @default {2020}
   */
  port?: number | undefined;
  /** Ends the announcement when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * Told of what goes wrong, which ends nothing. Without it, what `online` throws
   * is printed.
   */
  onError?: ((error: unknown) => void) | undefined;
}

const CHECKS: OptionChecks<AnnounceChatOptions> = {
  name: isType("string"),
  tcpPort: isInteger(1, 65535),
  httpPort: isInteger(1, 65535),
  tls: isType("boolean"),
  online: isType("function"),
  interface: isInterface,
  group: isGroup,
  port: isInteger(0, 65535),
  signal: isSignal,
  onError: isType("function"),
};

/**
 * A server's answers to those who look for one; see {@linkcode announceChat}.
 *
 * @example Usage
 * ```ts
 * import { announceChat, type ChatAnnouncement } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const announcement: ChatAnnouncement = await announceChat({
 *   tcpPort: 2020,
 *   online: () => 0,
 *   interface: "127.0.0.1",
 *   port: 0,
 * });
 * assertEquals(announcement.instance.length, 36);
 * announcement.close();
 * await announcement.finished;
 * ```
 */
export interface ChatAnnouncement extends Disposable {
  /** By which others tell this server from the others. */
  readonly instance: string;
  /** The UDP port for queries. */
  readonly port: number;
  /** Settles when it has ended. */
  readonly finished: Promise<void>;
  /** Ends it, which may be done twice. */
  close(): void;
}

/**
 * Lets others on the local network find a chat server: answers the queries of
 * {@linkcode discoverChats}.
 *
 * It sends nothing but answers, and none of them is longer than its query, so
 * that it can't be used to flood others; it sends at most 50 at once and 20 a
 * second. Queries go to a multicast group that stays within the local network.
 *
 * @param options What to tell of the server.
 * @returns The announcement, which goes on until it is closed.
 * @throws {RangeError} If a port is out of range, or the group is no multicast
 * address.
 * @throws {TypeError} If there is no port to tell of, or an option has no valid
 * type.
 * @throws {SyntaxError} If the group or the interface is no IPv4 address.
 * @throws {Deno.errors.AddrInUse} If a program that does not share it has the
 * UDP port.
 *
 * @example Usage
 * ```ts
 * import { announceChat, discoverChats } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const loopback = "127.0.0.1"; // left out, the local network is searched
 * using announcement = await announceChat({
 *   name: "The Kitchen",
 *   tcpPort: 2020,
 *   online: () => 3,
 *   interface: loopback,
 *   port: 0,
 * });
 * const { port } = announcement;
 * for await (const found of discoverChats({ interface: loopback, port })) {
 *   assertEquals([found.name, found.online], ["The Kitchen", 3]);
 *   break;
 * }
 * announcement.close();
 * await announcement.finished;
 * ```
 */
export async function announceChat(
  options: AnnounceChatOptions,
): Promise<ChatAnnouncement> {
  checkOptions(options, CHECKS);
  const { tcpPort, httpPort, signal } = options;
  if (typeof options.online !== "function") {
    throw new TypeError("Cannot announce the chat: expected online");
  }
  if (tcpPort === undefined && httpPort === undefined) {
    throw new TypeError(
      "Cannot announce the chat: expected tcpPort or httpPort",
    );
  }
  const { group = DISCOVERY_GROUP, port = DISCOVERY_PORT } = options;
  const conn = await listenUdp({ hostname: "0.0.0.0", port }, {
    reuseAddress: true,
    maxReplyRatio: 1,
    maxQueued: 64,
    overflow: "newest",
    maxDatagramSize: DATAGRAM_SIZE + 1,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await conn.joinMulticast(
      group,
      options.interface === undefined ? {} : { interface: options.interface },
    );
  } catch (error) {
    conn.close();
    throw error;
  }
  const instance = crypto.randomUUID();
  const close = () => conn.close();
  signal?.addEventListener("abort", close);
  if (signal?.aborted) close();
  const finished = answerAll(conn, instance, options)
    .finally(() => signal?.removeEventListener("abort", close));
  return {
    instance,
    port: conn.addr.port,
    finished,
    close,
    [Symbol.dispose]: close,
  };
}

async function answerAll(
  conn: UdpConn,
  instance: string,
  options: AnnounceChatOptions,
): Promise<void> {
  const budget = new ReplyBudget(BURST, RATE, performance.now());
  for await (const { data, addr } of conn) {
    const nonce = decodeQuery(data);
    if (nonce === undefined || !budget.take(performance.now())) continue;
    const online = countOnline(options);
    if (online === undefined) continue;
    try {
      const answer = encodeAnswer({
        nonce,
        instance,
        name: options.name,
        tcpPort: options.tcpPort,
        httpPort: options.httpPort,
        tls: options.tls ?? false,
        online,
      });
      await conn.writeTo(addr, answer);
    } catch (error) {
      const { onError } = options;
      if (onError !== undefined) callHandler(ON_ERROR, onError, error);
    }
  }
}

/** Asks the program, whose failure is told or printed. */
function countOnline(
  { online, onError }: AnnounceChatOptions,
): number | undefined {
  try {
    const count = online();
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new TypeError(
      `Cannot announce ${String(count)} users: expected a whole number`,
    );
  } catch (error) {
    if (onError !== undefined) callHandler(ON_ERROR, onError, error);
    else printError("Uncaught error in online of announceChat()", error);
    return undefined;
  }
}
