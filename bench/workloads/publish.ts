import type { Workload } from "../_workload.ts";
import { COMPARED_CLOSELY, servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";
import { BUN, OUR_SERVERS, webSocketServers } from "./_websocket.ts";

const CONNECTIONS = 10_000;
const SUBSCRIBERS = 1000;
const RATES = [
  { turns: 25, perTurn: 1, interval: 20, label: "one each 20 ms", ratio: 1.3 },
  { turns: 1, perTurn: 1, interval: 0, label: "one at a time", ratio: 1.3 },
  { turns: 64, perTurn: 1, interval: 0, label: "one a turn", ratio: 1.3 },
  { turns: 16, perTurn: 16, interval: 0, label: "16 a turn", ratio: 1.1 },
];

/** Servers that publish to the subscribers of a topic. */
export function publishWorkloads(kit: Kit): Workload[] {
  if (!kit.canOpen(CONNECTIONS)) return [];
  return RATES.flatMap(({ turns, perTurn, interval, label, ratio }) =>
    workload({
      group: "WebSocket server",
      name: `publishing 64 bytes to 1,000 of 10,000 clients, ${label}`,
      measures: [{ unit: "µs", isLessBetter: true }],
      ...COMPARED_CLOSELY,
      // The connections of each round take longer than what is measured.
      roundsFactor: 0.5,
      contestants: servers(
        kit,
        webSocketServers(kit, "publish", ["callbacks"]),
        "publish_load",
        CONNECTIONS,
        SUBSCRIBERS,
        64,
        turns,
        perTurn,
        interval,
      ),
      marks: [{ subject: OUR_SERVERS.callbacks, peers: [BUN], ratio }],
    })
  );
}
