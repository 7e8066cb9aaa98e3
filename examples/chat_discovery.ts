/**
 * Recipe: finding chat servers on the local network by multicast.
 *
 * A search sends a query to a multicast group with a TTL of 1, and announced
 * servers answer it. Without an argument, both happen on the loopback interface.
 * The other forms search the local network, and announce the HTTP port of a chat
 * that other machines can reach.
 *
 * ```sh
 * deno run --allow-net examples/chat_discovery.ts
 * deno run --allow-net examples/chat_discovery.ts find
 * deno run --allow-net examples/chat_discovery.ts announce 2021 "The Kitchen"
 * ```
 *
 * Nobody can use an announcement to flood a third party with a forged address: a
 * query has 512 bytes, an answer has at most as many, and there are at most 50
 * answers at once and 20 a second. Anybody can answer a query, so a found server
 * is a claim: use TLS to be sure of a server.
 *
 * @module
 */

import { serveChat } from "../chat/mod.ts";
import { listenUdp, type UdpConn } from "../udp/mod.ts";

const GROUP = "239.255.20.20";
const PORT = 2020;

/** The length of a query in bytes, and the most bytes of an answer. */
export const SIZE = 512;

/** The most answers at once, and a second after that. */
export const BURST = 50;
export const RATE = 20;

/** How often a search sends its query, as datagrams may get lost. */
const QUERIES = 3;
/** The most servers that a search returns. */
const MAX_FOUND = 256;
const MAX_NAME_LENGTH = 64;

/** What a server announces. */
export interface Announcement {
  readonly name: string;
  /** The HTTP port, on the address that the answer comes from. */
  readonly port: number;
  /** A UUID, as several servers may have one address. */
  readonly instance: string;
}

export function encodeQuery(nonce: string): Uint8Array {
  const query = { "vnet-chat": 1, type: "query", nonce, pad: "" };
  const pad = "x".repeat(SIZE - JSON.stringify(query).length);
  return new TextEncoder().encode(JSON.stringify({ ...query, pad }));
}

/** Returns the nonce of a query; `undefined` for any other datagram. */
export function decodeQuery(data: Uint8Array): string | undefined {
  if (data.length !== SIZE) return undefined;
  const { nonce } = decode(data, "query");
  return typeof nonce === "string" && /^[0-9a-f]{32}$/.test(nonce)
    ? nonce
    : undefined;
}

export function encodeAnswer(
  nonce: string,
  { name, port, instance }: Announcement,
): Uint8Array {
  const answer = { nonce, instance, name: cleanName(name), http: port };
  return new TextEncoder().encode(
    JSON.stringify({ "vnet-chat": 1, type: "here", ...answer }),
  );
}

/** Reads an answer to a query; `undefined` for any other datagram. */
export function decodeAnswer(
  data: Uint8Array,
  nonce: string,
): Announcement | undefined {
  const { nonce: answered, name, http, instance } = decode(data, "here");
  if (answered !== nonce || typeof name !== "string") return undefined;
  if (typeof instance !== "string" || instance.length !== 36) return undefined;
  const port = Number.isInteger(http) ? Number(http) : 0;
  if (port < 1 || port > 65535) return undefined;
  return { name: cleanName(name), port, instance };
}

/** The members of a datagram; none if it is not valid. */
function decode(data: Uint8Array, type: string): Record<string, unknown> {
  if (data.length > SIZE) return {};
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    const value: Record<string, unknown> = { ...JSON.parse(text) };
    return value["vnet-chat"] === 1 && value["type"] === type ? value : {};
  } catch {
    return {};
  }
}

/** Removes characters that could control a terminal, and limits the length. */
function cleanName(name: string): string {
  const characters = [...name.replace(/\p{C}/gu, "")];
  return characters.slice(0, MAX_NAME_LENGTH).join("");
}

/** Opens a socket for {@linkcode announce}, a member of the group. */
export async function joinGroup(
  port: number = PORT,
  options: { readonly interface?: string } = {},
): Promise<UdpConn> {
  const conn = await listenUdp({ hostname: "0.0.0.0", port }, {
    reuseAddress: true,
    // The socket itself never sends more bytes than it got from an address.
    maxReplyRatio: 1,
    maxQueued: 64,
    overflow: "newest",
    maxDatagramSize: SIZE + 1,
  });
  await conn.joinMulticast(GROUP, options);
  return conn;
}

/** Limits the number of answers. Times are in milliseconds. */
export class AnswerBudget {
  #left = BURST;
  #counted: number;

  constructor(now: number) {
    this.#counted = now;
  }

  /** Takes one answer from the budget, if there is one. */
  take(now: number): boolean {
    const passed = Math.max(0, now - this.#counted) / 1000;
    this.#counted = now;
    this.#left = Math.min(BURST, this.#left + passed * RATE);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** Answers queries until the socket is closed. */
export async function announce(
  conn: UdpConn,
  announcement: Announcement,
): Promise<void> {
  const budget = new AnswerBudget(performance.now());
  for await (const { data, addr } of conn) {
    const nonce = decodeQuery(data);
    if (nonce === undefined || !budget.take(performance.now())) continue;
    try {
      await conn.writeTo(addr, encodeAnswer(nonce, announcement));
    } catch (error) {
      console.error("Cannot answer:", error);
    }
  }
}

/** Searches for a second, and yields each server once. */
export async function* find(
  port: number = PORT,
  local = "0.0.0.0",
): AsyncGenerator<Announcement & { readonly hostname: string }> {
  using conn = await listenUdp({ hostname: local, port: 0 }, {
    // This back end sends to a group without being a member.
    backend: "node",
    maxDatagramSize: SIZE + 1,
  });
  await conn.setMulticastTtl(1);
  const nonce = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const known = new Set<string>();
  for (let n = 0; n < QUERIES; n++) {
    await conn.writeTo({ hostname: GROUP, port }, encodeQuery(nonce));
    const deadline = Date.now() + 1000 / QUERIES;
    while (known.size < MAX_FOUND) {
      const datagram = await receiveUntil(conn, deadline);
      if (datagram === undefined) break;
      const found = decodeAnswer(datagram.data, nonce);
      if (found === undefined || known.has(found.instance)) continue;
      known.add(found.instance);
      yield { ...found, hostname: datagram.addr.hostname };
    }
  }
}

async function receiveUntil(conn: UdpConn, deadline: number) {
  try {
    return await conn.receive({ deadline });
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const [command, port, name = "A chat"] = Deno.args;
  const instance = crypto.randomUUID();
  if (command === "announce") {
    using conn = await joinGroup();
    console.log(`Announcing ${name}`);
    await announce(conn, { name, port: Number(port), instance });
  } else if (command === "find") {
    for await (const { name, hostname, port } of find()) {
      console.log(`${name} at http://${hostname}:${port}/`);
    }
  } else {
    const local = "127.0.0.1";
    await using server = serveChat({ http: { port: 0 } });
    using conn = await joinGroup(0, { interface: local });
    const { port } = server.httpAddr;
    const announcing = announce(conn, { name: "The Kitchen", port, instance });
    for await (const found of find(conn.addr.port, local)) {
      const isServer = found.port === port;
      console.log(`Found ${found.name}: ${isServer ? "this server" : "other"}`);
    }
    conn.close();
    await announcing;
  }
}
