import type { Workload } from "../_workload.ts";
import { servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const ALONE = "vnet, one process";
const CLUSTER = "vnet, one of two servers";
const SHARED = "vnet, one of two servers, half of the users";

/** What it costs a chat server to be one of several with a common log. */
export function chatClusterWorkloads(kit: Kit): Workload[] {
  return workload({
    group: "Chat",
    name: "a line each 10 ms to 200 users, processor time for a delivery",
    measures: [{ unit: "µs", isLessBetter: true }],
    processes: 3,
    warmUp: 3,
    contestants: servers(
      kit,
      [
        [ALONE, kit.deno("servers/chat_vnet.ts")],
        [CLUSTER, kit.denoWithNats("servers/chat_cluster.ts")],
        [SHARED, kit.denoWithNats("servers/chat_cluster.ts", "--both")],
      ],
      "chat_load",
      100,
      100,
      100,
    ),
    marks: [CLUSTER, SHARED].map((subject) => ({
      subject,
      peers: [ALONE],
      ratio: 2,
    })),
  });
}
