import { underLoad } from "../_under_load.ts";
import type { Contestant, Workload } from "../_workload.ts";
import { COMPARED_CLOSELY, SERVER_TURNS, servers } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";

const SERVER = "servers/udp_echo.ts";
const NODE_SERVER = "servers/udp_node.mjs";
/** The mark is nearer to what is measured than single rounds are. */
const ROUNDS_FACTOR = 2;
const BARE = { subject: "vnet, read", peers: ["Deno"], ratio: 0.95 };
const EVENTS = {
  subject: "vnet, read",
  peers: ["node:dgram, Deno"],
  ratio: 2,
};

/** UDP, against Deno's own sockets and `node:dgram`. */
export function udpWorkloads(kit: Kit): Workload[] {
  return [
    ...workload({
      group: "UDP",
      name: "echo of 64 bytes to 32 sockets",
      measures: [{ unit: "datagrams/s" }],
      turns: SERVER_TURNS,
      ...COMPARED_CLOSELY,
      contestants: servers(
        kit,
        [
          ["Deno", kit.deno(SERVER, "deno")],
          ["vnet, read", kit.deno(SERVER, "read")],
          ["vnet, receive", kit.deno(SERVER, "receive")],
          ["vnet, streams", kit.deno(SERVER, "stream")],
          ["vnet over node:dgram, read", kit.deno(SERVER, "read", "node")],
          ["node:dgram, Node", kit.node(NODE_SERVER)],
          ["node:dgram, Deno", kit.deno(NODE_SERVER)],
          ["C", kit.c("udp_server")],
        ],
        "udp_load",
        32,
        64,
      ),
      marks: [BARE],
    }),
    ...workload({
      group: "UDP",
      name: "64 bytes sent and received in one process",
      measures: [{ unit: "datagrams/s" }],
      roundsFactor: ROUNDS_FACTOR,
      contestants: [
        pair(kit, "Deno", "deno"),
        pair(kit, "vnet, read", "read"),
        pair(kit, "vnet, receive", "receive"),
        pair(kit, "vnet over node:dgram, receive", "receive", "node"),
        pair(kit, "node:dgram, Deno", "events"),
      ],
      marks: [BARE, EVENTS],
    }),
  ];
}

function pair(
  kit: Kit,
  name: string,
  way: string,
  backend = "native",
): Contestant {
  return underLoad(name, {
    load: (_ports, seconds) =>
      kit.deno("clients/udp_pair.ts", way, seconds, backend),
  });
}
