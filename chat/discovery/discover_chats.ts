import { joinAddress } from "../../internal/address/address.ts";
import {
  checkOptions,
  isInteger,
  isSignal,
  isTime,
  type OptionChecks,
} from "../../internal/check_options.ts";
import {
  checkDeadline,
  toMonotonic,
} from "../../internal/wait/wait_options.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import type { UdpConn } from "../../udp/udp_conn.ts";
import {
  DATAGRAM_SIZE,
  decodeAnswer,
  DISCOVERY_GROUP,
  DISCOVERY_PORT,
  type DiscoveryAnswer,
  encodeQuery,
  isGroup,
  isInterface,
} from "./_discovery_datagram.ts";

/** How often it asks, as datagrams get lost. */
const QUERIES = 3;
/** The most servers that it tells of. */
const MAX_FOUND = 256;

/**
 * Options for {@linkcode discoverChats}.
 *
 * @example Usage
 * ```ts
 * import type { DiscoverChatsOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: DiscoverChatsOptions = { timeout: 2000 };
 * assertEquals(options.group, undefined);
 * ```
 */
export interface DiscoverChatsOptions {
  /**
   * Milliseconds to wait for answers.
   *
   * @default {1000}
   */
  timeout?: number | undefined;
  /**
   * The moment until which it waits, as a `Date` or in milliseconds since the
   * epoch, if that is earlier.
   */
  deadline?: Date | number | undefined;
  /**
   * The IPv4 address of the interface to ask on. By default the system chooses.
   */
  interface?: string | undefined;
  /**
   * The multicast group.
   *
   * @default {"239.255.20.20"}
   */
  group?: string | undefined;
  /**
   * The UDP port of the servers.
   *
   * @default {2020}
   */
  port?: number | undefined;
  /** Stops, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const CHECKS: OptionChecks<DiscoverChatsOptions> = {
  timeout: isTime,
  deadline: (value) => void checkDeadline(value as Date | number),
  interface: isInterface,
  group: isGroup,
  port: isInteger(1, 65535),
  signal: isSignal,
};

/**
 * A chat server that was found.
 *
 * @example Usage
 * ```ts
 * import type { FoundChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const found: FoundChat = {
 *   instance: "6d0cbd2f-6f0c-4f5b-9c54-1f3f1a0e6b52",
 *   name: "The Kitchen",
 *   hostname: "192.0.2.7",
 *   online: 3,
 *   addresses: ["ws://192.0.2.7:2021", "192.0.2.7:2020"],
 * };
 * assertEquals(found.addresses.length, 2);
 * ```
 */
export interface FoundChat {
  /** By which it is told from others, also at the same address. */
  readonly instance: string;
  /** What it is called, if it has a name. */
  readonly name: string | undefined;
  /** Where it answered from first. */
  readonly hostname: string;
  /** How many people are there, as it says. */
  readonly online: number;
  /** Addresses for {@linkcode ChatClient}, the one that can do more first. */
  readonly addresses: readonly string[];
}

/**
 * Looks for chat servers on the local network, those that
 * {@linkcode announceChat} makes known. Each is told of once, when its first
 * answer comes; what it says is what it claims.
 *
 * @param options How long, and where.
 * @returns The servers, as they answer, until the time is over.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid, at the first step.
 *
 * @example Usage
 * ```ts
 * import { announceChat, discoverChats } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const loopback = "127.0.0.1"; // left out, the local network is searched
 * const announcement = await announceChat({
 *   httpPort: 2021,
 *   online: () => 0,
 *   interface: loopback,
 *   port: 0,
 * });
 * const { port } = announcement;
 * for await (const found of discoverChats({ interface: loopback, port })) {
 *   assertEquals(found.addresses, [`ws://${found.hostname}:2021`]);
 *   break;
 * }
 * announcement.close();
 * await announcement.finished;
 * ```
 */
export async function* discoverChats(
  options: DiscoverChatsOptions = {},
): AsyncGenerator<FoundChat, void, undefined> {
  checkOptions(options, CHECKS);
  const { timeout = 1000, signal } = options;
  const end = Math.min(
    performance.now() + timeout,
    toMonotonic(checkDeadline(options.deadline)),
  );
  signal?.throwIfAborted();
  using conn = await listenUdp(
    { hostname: options.interface ?? "0.0.0.0", port: 0 },
    // This back end sends to a group without being a member.
    { backend: "node", maxDatagramSize: DATAGRAM_SIZE + 1, maxQueued: 256 },
  );
  const nonce = makeNonce();
  const asking = new AbortController();
  const asked = ask(conn, nonce, options, asking.signal);
  try {
    const known = new Set<string>();
    while (known.size < MAX_FOUND) {
      const datagram = await receive(conn, end, signal, asked);
      if (datagram === undefined) break;
      const answer = decodeAnswer(datagram.data);
      if (answer === undefined || answer.nonce !== nonce) continue;
      if (known.has(answer.instance)) continue;
      known.add(answer.instance);
      yield toFound(answer, datagram.addr.hostname);
    }
  } finally {
    asking.abort();
  }
}

/** Sends the query now and a few times more. */
async function ask(
  conn: UdpConn,
  nonce: string,
  options: DiscoverChatsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { group = DISCOVERY_GROUP, port = DISCOVERY_PORT } = options;
  const address = joinAddress(group, port);
  const query = encodeQuery(nonce);
  const pause = Math.min((options.timeout ?? 1000) / (QUERIES + 1), 250);
  await conn.setMulticastTtl(1);
  await conn.writeTo(address, query);
  for (let n = 1; n < QUERIES; n++) {
    if (!await wait(pause, signal)) return;
    try {
      await conn.writeTo(address, query);
    } catch {
      // The first one went out.
    }
  }
}

async function receive(
  conn: UdpConn,
  end: number,
  signal: AbortSignal | undefined,
  asked: Promise<void>,
): Promise<{ data: Uint8Array; addr: Deno.NetAddr } | undefined> {
  const failed = new AbortController();
  asked.catch((error) => failed.abort(error));
  const either = signal === undefined
    ? failed.signal
    : AbortSignal.any([signal, failed.signal]);
  try {
    const timeout = Math.max(0, end - performance.now());
    return await conn.receive({ timeout, signal: either });
  } catch (error) {
    const isOver = error instanceof DOMException &&
      error.name === "TimeoutError" && !either.aborted;
    if (isOver) return undefined;
    throw error;
  }
}

function toFound(answer: DiscoveryAnswer, hostname: string): FoundChat {
  const { instance, name, tcpPort, httpPort, tls, online } = answer;
  const addresses: string[] = [];
  if (httpPort !== undefined) {
    addresses.push(
      `${tls ? "wss" : "ws"}://${joinAddress(hostname, httpPort)}`,
    );
  }
  if (tcpPort !== undefined) {
    addresses.push(`${tls ? "tls://" : ""}${joinAddress(hostname, tcpPort)}`);
  }
  return { instance, name, hostname, online, addresses };
}

function makeNonce(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** Waits, unless the signal aborts first. */
function wait(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
