import type { Workload } from "../_workload.ts";
import {
  clients,
  COMPARED_CLOSELY,
  SERVER_TURNS,
  servers,
} from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";
import {
  OUR_SERVERS,
  webSocketClients,
  webSocketServers,
} from "./_websocket.ts";

const MEASURES = [
  { name: "median", unit: "µs", isLessBetter: true },
  { name: "99 %", unit: "µs", isLessBetter: true, isAside: true },
];
const MARKS = [OUR_SERVERS.callbacks, OUR_SERVERS.read].map((subject) => ({
  subject,
  peers: ["Deno", "ws, Node", "ws, Deno"],
  ratio: 1,
  measure: "median",
}));
/** The marks are nearer to 1 than single rounds are to each other. */
const ROUNDS_FACTOR = 1.6;
const SIZES: readonly (readonly [label: string, size: number])[] = [
  ["64 bytes", 64],
  ["2 KiB", 2048],
  ["16 KiB", 16384],
];

/**
 * Round trips of WebSocket messages, one at a time. Both sides are on one core:
 * how long the system takes to wake another one would be the larger part, and
 * depends on where it has put them.
 */
export function roundTripWorkloads(kit: Kit): Workload[] {
  const core = kit.onOneCore();
  return [
    ...SIZES.flatMap(([label, size]) =>
      workload({
        group: "WebSocket server",
        name: `round trip of ${label}`,
        measures: MEASURES,
        turns: SERVER_TURNS,
        ...COMPARED_CLOSELY,
        roundsFactor: ROUNDS_FACTOR,
        contestants: servers(
          core,
          webSocketServers(core, "echo", ["callbacks", "read"]),
          "latency_load",
          size,
        ),
        marks: MARKS,
      })
    ),
    ...SIZES.flatMap(([label, size]) =>
      workload({
        group: "WebSocket client",
        name: `round trip of ${label}`,
        measures: MEASURES,
        roundsFactor: ROUNDS_FACTOR,
        contestants: clients(
          webSocketClients(core, size, "latency"),
          core.c("ws_server"),
        ),
        marks: MARKS,
      })
    ),
  ];
}
