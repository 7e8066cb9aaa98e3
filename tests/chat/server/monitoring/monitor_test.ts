import { assertEquals } from "@std/assert";
import { Monitor } from "../../../../chat/server/monitoring/_monitor.ts";

Deno.test("Monitor counts all rejections, and reports at most 20 a second", () => {
  let told = 0;
  const monitor = new Monitor(() => told++);
  for (let n = 0; n < 1000; n++) {
    monitor.refuse("tcp", "192.0.2.1:50000", "too-many-connections");
  }
  assertEquals(monitor.refused.toRecord(), { "too-many-connections": 1000 });
  // The clock may turn to another second meanwhile.
  assertEquals(told === 20 || told === 40, true, String(told));
});

Deno.test("Monitor adds the time to events, and works without onEvent", () => {
  const times: number[] = [];
  const before = Date.now();
  new Monitor(({ time }) => times.push(time)).tell({ type: "stop" });
  new Monitor(undefined).tell({ type: "stop" });
  assertEquals(times.length, 1);
  assertEquals(times.every((time) => time >= before), true);
});
