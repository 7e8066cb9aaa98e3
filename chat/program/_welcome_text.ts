import { joinAddress } from "../../internal/address/address.ts";
import { isLoopback } from "../../internal/address/address_key.ts";

/** Where a server listens. */
export interface Places {
  readonly tcp: Deno.NetAddr | undefined;
  readonly http: Deno.NetAddr | undefined;
  readonly metrics?: Deno.NetAddr | undefined;
  readonly isTls: boolean;
}

/** Says in plain words how to connect, and how to stop. */
export function welcomeText(places: Places): string {
  const { tcp, http, metrics, isTls } = places;
  const addr = tcp ?? http;
  return [
    `The chat is open on ${
      [tcp, http].filter((addr) => addr !== undefined)
        .map(({ hostname, port }) => joinAddress(hostname, port))
        .join(" and ")
    }.`,
    "",
    ...(http === undefined ? [] : inBrowser(http, isTls)),
    ...(tcp === undefined ? [] : inTerminal(tcp, isTls)),
    ...(addr === undefined ? [] : reach(addr)),
    ...(metrics === undefined ? [] : [
      `Metrics are at http://${
        joinAddress(metrics.hostname, metrics.port)
      }/metrics.`,
    ]),
    "Ctrl+C stops the server.",
  ].join("\n");
}

function inBrowser(addr: Deno.NetAddr, isTls: boolean): string[] {
  const scheme = isTls ? "https" : "http";
  const host = joinAddress(hostFor(addr), addr.port);
  return [
    "To join, open this page in a browser:",
    "",
    `    ${scheme}://${host}/`,
    "",
  ];
}

function inTerminal(addr: Deno.NetAddr, isTls: boolean): string[] {
  const host = hostFor(addr);
  const { port } = addr;
  const commands = isTls
    ? [`openssl s_client -quiet -connect ${joinAddress(host, port)}`]
    : [`nc ${host} ${port}`, `telnet ${host} ${port}`];
  return [
    isTls
      ? "To join from a terminal, type this:"
      : "To join from a terminal, open another one and type one of these:",
    "",
    ...commands.map((command) => `    ${command}`),
    "",
  ];
}

/** Who can come. */
function reach({ hostname }: Deno.NetAddr): string[] {
  if (isAny(hostname)) {
    return [
      "From another machine, use the address of this one in place of that.",
    ];
  }
  return isLoopback(hostname)
    ? ["Only this machine can connect; --host 0.0.0.0 lets others in."]
    : [];
}

/** What to type for an address. */
function hostFor({ hostname }: Deno.NetAddr): string {
  if (!isAny(hostname)) return hostname;
  return hostname === "::" ? "::1" : "127.0.0.1";
}

function isAny(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}
