import type { ChatServerEvent } from "../chat_server_event.ts";
import { joinAddress } from "../../../internal/address.ts";

/** What a log may tell. */
export interface LogOptions {
  /** Whether the addresses of users are in it. */
  readonly addresses: boolean;
}

/** What helps against the refusal of a host that is wanted. */
const HOST_HINT = "--allow-host NAME (allowedHosts) allows a further host";

const ADDRESS = /\[[0-9a-f:.%]+\](?::\d+)?|\b\d+(?:\.\d+){3}(?::\d+)?/gi;

/**
 * Makes a line of JSON, without its end, of what happened on a server. What users
 * write is in no event, so it can't be in a log; their addresses are left out
 * unless they are asked for.
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
  return type === "refuse" || type === "kick" || type === "ban"
    ? "warn"
    : "info";
}

function detailsOf(
  event: ChatServerEvent,
  options: LogOptions,
): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case "start":
      return { tcp: nameOf(event.tcp), http: nameOf(event.http) };
    case "connect":
    case "refuse": {
      const { type: _, time: __, address, ...details } = event;
      return {
        ...details,
        ...(options.addresses ? { address } : {}),
        ...("reason" in details && details.reason === "host"
          ? { hint: HOST_HINT }
          : {}),
      };
    }
    case "error":
      return { message: messageOf(event.error, options) };
    default: {
      const { type: _, time: __, ...details } = event;
      return details;
    }
  }
}

function nameOf(addr: Deno.NetAddr | undefined): string | undefined {
  return addr && joinAddress(addr.hostname, addr.port);
}

/** Errors name the connection that they are about by its address. */
function messageOf(error: unknown, { addresses }: LogOptions): string {
  const message = error instanceof Error ? error.message : String(error);
  return addresses ? message : message.replace(ADDRESS, "(address)");
}
