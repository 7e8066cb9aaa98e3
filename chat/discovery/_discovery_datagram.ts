import { isType } from "../../internal/check_options.ts";
import { parseIpv4 } from "../../internal/address/ip.ts";
import { cleanText } from "../room/text/_clean_text.ts";

/** An IPv4 group, for which datagrams are sent to all on the local network. */
export function isGroup(value: unknown, name: string): void {
  isType("string")(value, name);
  const [first] = parseIpv4(value as string) ?? [];
  if (first !== undefined && first >> 4 === 14) return;
  const message =
    `Cannot use ${name} "${value}": expected a multicast address from 224.0.0.0 to 239.255.255.255`;
  throw first === undefined
    ? new SyntaxError(message)
    : new RangeError(message);
}

/** The address of an interface. */
export function isInterface(value: unknown, name: string): void {
  isType("string")(value, name);
  if (parseIpv4(value as string) !== undefined) return;
  throw new SyntaxError(
    `Cannot use ${name} "${value}": expected an IPv4 address`,
  );
}

/** The group and the port where chat servers listen for queries. */
export const DISCOVERY_GROUP = "239.255.20.20";
export const DISCOVERY_PORT = 2020;

/**
 * The length of a query, in bytes, and the most that an answer may have: nobody
 * gets more of them by a forged address than they send.
 */
export const DATAGRAM_SIZE = 512;

const VERSION = 1;
const MAX_NAME_LENGTH = 64;
const MAX_ONLINE = 1_000_000;
const NONCE = /^[0-9a-f]{32}$/;
const INSTANCE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ENCODER = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** What a server tells of itself. */
export interface DiscoveryAnswer {
  /** The query that it answers. */
  readonly nonce: string;
  /** The server, of which there may be several at one address. */
  readonly instance: string;
  /** What it is called. */
  readonly name: string | undefined;
  /** The port for lines of text. */
  readonly tcpPort: number | undefined;
  /** The port for the page and WebSockets. */
  readonly httpPort: number | undefined;
  /** Whether its ports speak TLS. */
  readonly tls: boolean;
  /** How many people are there. */
  readonly online: number;
}

/** Makes a query, padded to the length that it has to have. */
export function encodeQuery(nonce: string): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify({ "vnet-chat": VERSION, type: "query", nonce });
  const pad = "x".repeat(DATAGRAM_SIZE - text.length - ',"pad":""'.length);
  return ENCODER.encode(`${text.slice(0, -1)},"pad":"${pad}"}`);
}

/** Reads a query, and returns its nonce. */
export function decodeQuery(data: Uint8Array): string | undefined {
  if (data.length !== DATAGRAM_SIZE) return undefined;
  const fields = decode(data, "query");
  return fields === undefined ? undefined : toNonce(fields["nonce"]);
}

/** Makes an answer; a name that is too long is cut. */
export function encodeAnswer(answer: DiscoveryAnswer): Uint8Array<ArrayBuffer> {
  const { nonce, instance, name, tcpPort, httpPort, tls, online } = answer;
  return ENCODER.encode(JSON.stringify({
    "vnet-chat": VERSION,
    type: "here",
    nonce,
    instance,
    name: toName(name),
    tcp: tcpPort,
    http: httpPort,
    tls,
    online: Math.min(Math.max(0, Math.trunc(online) || 0), MAX_ONLINE),
  }));
}

/** Reads an answer; `undefined` if anything in it is not as it has to be. */
export function decodeAnswer(data: Uint8Array): DiscoveryAnswer | undefined {
  const fields = decode(data, "here");
  if (fields === undefined) return undefined;
  const nonce = toNonce(fields["nonce"]);
  const { instance, name, tls, online } = fields;
  const tcpPort = toPort(fields["tcp"]);
  const httpPort = toPort(fields["http"]);
  if (nonce === undefined) return undefined;
  if (typeof instance !== "string" || !INSTANCE.test(instance)) {
    return undefined;
  }
  if (name !== undefined && typeof name !== "string") return undefined;
  if (tcpPort === null || httpPort === null) return undefined;
  if (tcpPort === undefined && httpPort === undefined) return undefined;
  if (typeof tls !== "boolean" || !isCount(online)) return undefined;
  return {
    nonce,
    instance,
    name: toName(name),
    tcpPort,
    httpPort,
    tls,
    online,
  };
}

function decode(
  data: Uint8Array,
  type: string,
): Readonly<Record<string, unknown>> | undefined {
  if (data.length > DATAGRAM_SIZE) return undefined;
  try {
    const value: unknown = JSON.parse(UTF8.decode(data));
    if (typeof value !== "object" || value === null) return undefined;
    const fields = { ...value } as Readonly<Record<string, unknown>>;
    const isOurs = fields["vnet-chat"] === VERSION && fields["type"] === type;
    return isOurs ? fields : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}

function toNonce(value: unknown): string | undefined {
  return typeof value === "string" && NONCE.test(value) ? value : undefined;
}

/** A port, `undefined` if there is none, `null` if it is wrong. */
function toPort(value: unknown): number | undefined | null {
  if (value === undefined) return undefined;
  return isCount(value) && value >= 1 && value <= 65535 ? value : null;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 &&
    Number(value) <= MAX_ONLINE;
}

function toName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const characters = [...cleanText(name).trim()];
  return characters.length === 0
    ? undefined
    : characters.slice(0, MAX_NAME_LENGTH).join("");
}
