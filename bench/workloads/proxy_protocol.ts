import { underLoad } from "../_under_load.ts";
import type { Contestant, Workload } from "../_workload.ts";
import { COMPARED_CLOSELY, SERVER_TURNS } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const PLAIN = "vnet";
const PROXIED = "vnet, PROXY header";
const CONNECTIONS = 32;
const SIZE = 64;

/** The cost of a PROXY header for each connection. */
export function proxyProtocolWorkloads(kit: Kit): Workload[] {
  return workload({
    group: "TCP",
    name: "connections behind a proxy, opened, used once and closed",
    measures: [{ unit: "connections/s" }],
    turns: SERVER_TURNS,
    ...COMPARED_CLOSELY,
    contestants: [
      server(kit, PLAIN, "plain", "connect"),
      server(kit, PROXIED, "proxied", "proxied"),
    ],
    marks: [{ subject: PROXIED, peers: [PLAIN], ratio: 0.9 }],
  });
}

/** A server, under a load that has no stand-in. */
function server(
  kit: Kit,
  name: string,
  way: string,
  mode: string,
): Contestant | undefined {
  if (kit.c("tcp_load") === undefined) return undefined;
  return underLoad(name, {
    server: kit.deno("servers/proxied_echo.ts", way),
    load: ([port = ""], seconds) =>
      kit.c("tcp_load", port, seconds, CONNECTIONS, SIZE, mode) ?? [],
  });
}
