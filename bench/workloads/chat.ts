import type { Workload } from "../_workload.ts";
import { servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

/** Chat rooms of 200, against one as Node tutorials write it. */
export function chatWorkloads(kit: Kit): Workload[] {
  return [[200, 0], [100, 100]].flatMap(([tcpUsers = 0, webUsers = 0]) =>
    workload({
      group: "Chat",
      name:
        `a room of ${tcpUsers} users over TCP and ${webUsers} over WebSocket`,
      measures: [{ unit: "deliveries/s" }],
      contestants: servers(
        kit,
        [
          ["net and ws, Node", kit.npmUnderNode("servers/chat_node.mjs")],
          ["vnet", kit.deno("servers/chat_vnet.ts")],
        ],
        "chat_load",
        tcpUsers,
        webUsers,
      ),
      marks: [{ subject: "vnet", peers: ["net and ws, Node"], ratio: 3 }],
    })
  );
}
