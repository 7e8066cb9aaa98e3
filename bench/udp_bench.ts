// The workloads of `udp_compare.ts` for `deno bench`, one after the other. For
// ratios to rely on, take `udp_compare.ts`, where they take turns.

import { UDP_WORKLOADS } from "./udp_workloads.ts";

for (const [name, make] of UDP_WORKLOADS) {
  const workload = await make();
  Deno.bench({
    name,
    group: "UDP: send and receive 100 datagrams of 64 bytes",
    baseline: name.startsWith("Deno"),
    fn: async () => {
      await workload.run(100);
    },
  });
}
