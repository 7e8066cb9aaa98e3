import type { Workload } from "../_workload.ts";
import { broadcastWorkloads } from "./broadcast.ts";
import { chatWorkloads } from "./chat.ts";
import { chatStoreWorkloads } from "./chat_store.ts";
import { chatTeamWorkloads } from "./chat_team.ts";
import { chatClusterWorkloads } from "./chat_cluster.ts";
import { floodWorkloads } from "./flood.ts";
import { idleWorkloads } from "./idle.ts";
import type { Kit } from "./_kit.ts";
import { proxyProtocolWorkloads } from "./proxy_protocol.ts";
import { publishWorkloads } from "./publish.ts";
import { roundTripWorkloads } from "./round_trip.ts";
import { tcpWorkloads } from "./tcp.ts";
import { tlsWorkloads } from "./tls.ts";
import { udpWorkloads } from "./udp.ts";
import { webSocketClientWorkloads } from "./websocket_client.ts";
import { webSocketEchoWorkloads } from "./websocket_echo.ts";

/** Every workload that this machine can run, those of one group together. */
export function allWorkloads(kit: Kit): Workload[] {
  const workloads = [
    ...tcpWorkloads(kit),
    ...proxyProtocolWorkloads(kit),
    ...tlsWorkloads(kit),
    ...udpWorkloads(kit),
    ...webSocketEchoWorkloads(kit),
    ...broadcastWorkloads(kit),
    ...publishWorkloads(kit),
    ...roundTripWorkloads(kit),
    ...webSocketClientWorkloads(kit),
    ...idleWorkloads(kit),
    ...chatWorkloads(kit),
    ...chatStoreWorkloads(kit),
    ...chatTeamWorkloads(kit),
    ...chatClusterWorkloads(kit),
    ...floodWorkloads(kit),
  ];
  const groups = Object.groupBy(workloads, ({ group }) => group);
  return Object.values(groups).flatMap((group) => group ?? []);
}
