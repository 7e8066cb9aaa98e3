import { IDLE_MEASURES } from "../_idle_memory.ts";
import type { Mark, Workload } from "../_workload.ts";
import { idlers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const CONNECTIONS = 5000;
const TCP_SERVER = "servers/tcp_echo.ts";
const WS_SERVER = "servers/ws_echo.ts";

/** The memory of idle connections. */
export function idleWorkloads(kit: Kit): Workload[] {
  return [
    ...workload({
      group: "Memory",
      name: "one of 5,000 idle TCP connections",
      measures: IDLE_MEASURES,
      maxRounds: 1,
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
    ...webSockets(kit, CONNECTIONS, [
      { subject: "vnet, callbacks", peers: ["Deno"], ratio: 0.6 },
      { subject: "vnet, read", peers: ["Deno"], ratio: 0.6 },
    ]),
    ...webSockets(kit, 2 * CONNECTIONS, []),
  ];
}

function webSockets(
  kit: Kit,
  connections: number,
  marks: readonly Mark[],
): Workload[] {
  return workload({
    group: "Memory",
    name: `one of ${connections.toLocaleString("en")} idle WebSockets`,
    measures: IDLE_MEASURES,
    maxRounds: 1,
    contestants: idlers(
      kit,
      [
        ["Deno", kit.deno(WS_SERVER, "deno", "echo")],
        ["vnet, callbacks", kit.deno(WS_SERVER, "callbacks", "echo")],
        ["vnet, read", kit.deno(WS_SERVER, "read", "echo")],
        ["ws, Node", kit.npmUnderNode("servers/ws_npm.mjs", "echo")],
      ],
      "ws",
      connections,
    ),
    marks,
  });
}
