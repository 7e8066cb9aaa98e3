import type { Workload } from "../_workload.ts";
import { COMPARED_CLOSELY, servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";
import { OUR_SERVERS, webSocketServers } from "./_websocket.ts";

const CLIENTS = 1000;
const BURSTS = [
  { burst: 1, label: "singly", ratio: 1.2, ...COMPARED_CLOSELY },
  { burst: 10, label: "in bursts of 10", ratio: 5 },
];

/** Servers that send what one client says to all of them. */
export function broadcastWorkloads(kit: Kit): Workload[] {
  return BURSTS.flatMap(({ burst, label, ratio, ...rounds }) =>
    workload({
      group: "WebSocket server",
      name: `broadcast of 64 bytes to 1,000 clients, ${label}`,
      measures: [{ unit: "deliveries/s" }],
      ...rounds,
      contestants: servers(
        kit,
        webSocketServers(kit, "broadcast", ["callbacks"]),
        "broadcast_load",
        CLIENTS,
        64,
        burst,
      ),
      marks: [
        { subject: OUR_SERVERS.callbacks, peers: ["ws, Node"], ratio },
      ],
    })
  );
}
