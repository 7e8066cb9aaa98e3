import type { Workload } from "../_workload.ts";
import { clients } from "./_contestants.ts";
import { type Kit, workload } from "./_kit.ts";
import { webSocketClients } from "./_websocket.ts";

const SIZES:
  readonly (readonly [label: string, size: number, window: number])[] = [
    ["32 bytes, window 1,000", 32, 1000],
    ["1 KiB, window 200", 1024, 200],
    ["64 KiB, window 16", 65536, 16],
  ];

/** WebSocket clients, against the runtime's and npm's `ws`. */
export function webSocketClientWorkloads(kit: Kit): Workload[] {
  return SIZES.flatMap(([label, size, window]) =>
    workload({
      group: "WebSocket client",
      name: `echo of ${label}`,
      measures: [{ unit: "messages/s" }],
      contestants: clients(
        webSocketClients(kit, size, window),
        kit.c("ws_server"),
      ),
      marks: [],
    })
  );
}
