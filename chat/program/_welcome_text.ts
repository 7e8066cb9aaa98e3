import { joinAddress } from "../../internal/address/address.ts";
import { isLoopback } from "../../internal/address/address_key.ts";

/** The addresses of a server. */
export interface Places {
  readonly tcp: Deno.NetAddr | undefined;
  readonly http: Deno.NetAddr | undefined;
  readonly metrics?: Deno.NetAddr | undefined;
  readonly isTls: boolean;
  /** Whether proxies name the clients, so that others are refused. */
  readonly isProxied: boolean;
  readonly basePath: string | undefined;
  /** Further lines, such as the access to the chat. */
  readonly notes: readonly string[];
}

/** Explains how to connect, and how to stop the server. */
export function welcomeText(
  { tcp, http, metrics, isTls, isProxied, basePath = "", notes }: Places,
): string {
  const addrs = [tcp, http].filter((addr) => addr !== undefined);
  return [
    `The chat is open on ${addrs.map(format).join(" and ")}.`,
    "",
    ...isProxied ? ["Users connect to the proxy, by its address."] : [
      ...(http === undefined ? [] : forBrowsers(http, isTls, basePath)),
      ...(tcp === undefined ? [] : forTerminals(tcp, isTls)),
      ...addrs.slice(0, 1).flatMap(reach),
    ],
    ...(metrics === undefined
      ? []
      : [`Metrics are at http://${format(metrics)}/metrics.`]),
    ...notes,
    "Press Ctrl+C to stop the server.",
  ].join("\n");
}

function forBrowsers(
  addr: Deno.NetAddr,
  isTls: boolean,
  basePath: string,
): string[] {
  const scheme = isTls ? "https" : "http";
  const url = `${scheme}://${format(reachable(addr))}${basePath}/`;
  return ["To join, open this page in a browser:", "", `    ${url}`, ""];
}

function forTerminals(addr: Deno.NetAddr, isTls: boolean): string[] {
  const { hostname, port } = reachable(addr);
  const commands = isTls
    ? [`openssl s_client -quiet -connect ${format(reachable(addr))}`]
    : [`nc ${hostname} ${port}`, `telnet ${hostname} ${port}`];
  return [
    "To join from another terminal, use:",
    "",
    ...commands.map((command) => `    ${command}`),
    "",
  ];
}

/** Explains which machines can connect. */
function reach({ hostname }: Deno.NetAddr): string[] {
  if (isAny(hostname)) {
    return ["From another machine, use this machine's address instead."];
  }
  return isLoopback(hostname)
    ? ["Only this machine can connect; --host 0.0.0.0 allows others."]
    : [];
}

/** The address that a client on this machine connects to. */
function reachable(addr: Deno.NetAddr): Deno.NetAddr {
  if (!isAny(addr.hostname)) return addr;
  return { ...addr, hostname: addr.hostname === "::" ? "::1" : "127.0.0.1" };
}

function isAny(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

function format({ hostname, port }: Deno.NetAddr): string {
  return joinAddress(hostname, port);
}
