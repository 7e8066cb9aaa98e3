import type { Workload } from "../_workload.ts";
import { idlers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const CONNECTIONS = 5000;
const MEASURES = [{ unit: "bytes", isLessBetter: true }];
const TCP_SERVER = "servers/tcp_echo.ts";
const WS_SERVER = "servers/ws_echo.ts";

/** The memory of idle connections. */
export function idleWorkloads(kit: Kit): Workload[] {
  return [
    ...workload({
      group: "Memory",
      name: "one of 5,000 idle TCP connections",
      measures: MEASURES,
      maxRounds: 3,
      contestants: idlers(
        kit,
        [
          ["Deno", kit.deno(TCP_SERVER, "deno", "calls", 1024)],
          ["vnet", kit.deno(TCP_SERVER, "vnet", "calls", 1024)],
          ["node:net, Node", kit.node("servers/tcp_node.mjs", "events")],
        ],
        "tcp",
        CONNECTIONS,
      ),
      marks: [],
    }),
    ...workload({
      group: "Memory",
      name: "one of 5,000 idle WebSockets",
      measures: MEASURES,
      maxRounds: 3,
      contestants: idlers(
        kit,
        [
          ["Deno", kit.deno(WS_SERVER, "deno", "echo")],
          ["vnet, callbacks", kit.deno(WS_SERVER, "callbacks", "echo")],
          ["vnet, read", kit.deno(WS_SERVER, "read", "echo")],
          ["ws, Node", kit.npmUnderNode("servers/ws_npm.mjs", "echo")],
        ],
        "ws",
        CONNECTIONS,
      ),
      marks: [
        { subject: "vnet, callbacks", peers: ["Deno"], ratio: 0.6 },
        { subject: "vnet, read", peers: ["Deno"], ratio: 0.6 },
      ],
    }),
  ];
}
