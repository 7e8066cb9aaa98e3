import { messageOf } from "../../../internal/errors/message_of.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import type { ChatServerEvent } from "../chat_server_event.ts";

/** The content of a log. */
export interface LogOptions {
  /** Whether the addresses of users are included. */
  readonly addresses: boolean;
}

/** The remedy for each refusal of a request that should be accepted. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["host", "--allow-host NAME (allowedHosts) allows a further host"],
  [
    "origin",
    "--allow-origin ORIGIN (allowedOrigins) allows a further page; behind a proxy, --trusted-proxy and --forwarded-origin (trustedProxies, forwardedOrigin) tell the page's own origin",
  ],
  [
    "proxy-header",
    "the proxy sends no PROXY header, which --proxy-protocol (proxyProtocol) expects of it",
  ],
]);

const WARNINGS: ReadonlySet<ChatServerEvent["type"]> = new Set(
  ["refuse", "kick", "ban", "operator", "wrong-token"] as const,
);

const ADDRESS = /\[[0-9a-f:.%]+\](?::\d+)?|\b\d+(?:\.\d+){3}(?::\d+)?/gi;

/**
 * Formats an event of a server as a line of JSON, without its end. No event
 * contains texts of users; their addresses are left out unless asked for.
 */
export function formatLogLine(
  event: ChatServerEvent,
  options: LogOptions,
): string {
  const { type, time } = event;
  return JSON.stringify({
    time: new Date(time).toISOString(),
    level: levelOf(event),
    event: type,
    ...detailsOf(event, options),
  });
}

function levelOf({ type }: ChatServerEvent): "info" | "warn" | "error" {
  if (type === "error") return "error";
  return WARNINGS.has(type) ? "warn" : "info";
}

function detailsOf(
  event: ChatServerEvent,
  { addresses }: LogOptions,
): Readonly<Record<string, unknown>> {
  const { type: _, time: __, ...details } = event;
  switch (event.type) {
    case "start":
      return { tcp: nameOf(event.tcp), http: nameOf(event.http) };
    case "wrong-token":
    case "connect":
      return { ...details, address: addresses ? event.address : undefined };
    case "refuse":
      return {
        ...details,
        address: addresses ? event.address : undefined,
        hint: HINTS.get(event.reason),
      };
    case "error": {
      const message = messageOf(event.error);
      // Errors name the address of the connection they are about.
      return {
        message: addresses ? message : message.replace(ADDRESS, "(address)"),
      };
    }
    default:
      return details;
  }
}

function nameOf(addr: Deno.NetAddr | undefined): string | undefined {
  return addr && joinAddress(addr.hostname, addr.port);
}
