import { assert, assertEquals } from "@std/assert";
import {
  type UpgradeSlot,
  UpgradeSlots,
} from "../../../websocket/callbacks/_upgrade_slots.ts";

const LIMITS = { maxConnections: 2, maxConnectionsPerIp: 1 };
const ADDRESS = "192.0.2.1";

function take(slots: UpgradeSlots, address?: string): UpgradeSlot {
  const slot = slots.take(LIMITS, 0, address);
  if (typeof slot === "string") throw new Error(`Over ${slot}`);
  return slot;
}

Deno.test("UpgradeSlots counts a slot until it is free, and its address too", () => {
  const slots = new UpgradeSlots();
  const first = take(slots, ADDRESS);
  assertEquals(slots.take(LIMITS, 0, ADDRESS), "maxConnectionsPerIp");
  const second = take(slots);
  assert(!second.enter(ADDRESS));
  assertEquals(slots.take(LIMITS, 0, undefined), "maxConnections");
  first.free();
  first.free();
  assert(second.enter(ADDRESS));
  assertEquals(slots.take(LIMITS, 0, ADDRESS), "maxConnectionsPerIp");
  second.free();
  take(slots, ADDRESS).free();
});

Deno.test("a slot of UpgradeSlots that is free holds no address", () => {
  const slots = new UpgradeSlots();
  const ended = take(slots);
  ended.free();
  // Its connection ended while its request was on its way through the handshake.
  assert(ended.enter(ADDRESS));
  take(slots, ADDRESS).free();
});
