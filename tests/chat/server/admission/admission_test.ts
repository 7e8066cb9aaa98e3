import { assertEquals } from "@std/assert";
import { Admission } from "../../../../chat/server/admission/_admission.ts";
import { Monitor } from "../../../../chat/server/monitoring/_monitor.ts";

const TROLL = "192.0.2.1";
const ALICE = "192.0.2.2";

function make() {
  const state = {
    isStopping: false,
    isBanned: (host: string) => host === TROLL,
  };
  const monitor = new Monitor(undefined);
  const admission = new Admission(
    {
      maxConnections: 1,
      maxPerAddress: 1,
      maxNewPerAddress: 1,
      exemptLoopback: true,
    },
    monitor,
    state,
  );
  return { admission, monitor, state };
}

Deno.test("Admission rejects a banned address at each stage, and gives it no place", () => {
  const { admission, monitor } = make();
  assertEquals(admission.admit("tcp", TROLL), "banned");
  assertEquals(admission.admitClient(TROLL), "banned");
  // With TLS, a client is told after the handshake.
  assertEquals(admission.reserve(TROLL), undefined);
  assertEquals(admission.admitReserved("tcp", TROLL), "banned");
  assertEquals(admission.admit("tcp", TROLL), "banned");
  assertEquals(admission.admit("tcp", ALICE), "full");
  admission.release(TROLL);
  assertEquals(monitor.accepted, 0);
  assertEquals(admission.admit("tcp", ALICE), undefined);
  assertEquals(monitor.accepted, 1);
});

Deno.test("Admission rejects everyone at each stage of a server that is shutting down", () => {
  const { admission, monitor, state } = make();
  assertEquals(admission.reserve(undefined), undefined);
  state.isStopping = true;
  for (const hostname of [TROLL, ALICE]) {
    assertEquals(admission.admit("http", hostname), "shutdown");
    assertEquals(admission.reserve(hostname), "shutdown");
    assertEquals(admission.admitReserved("http", hostname), "shutdown");
    assertEquals(admission.admitClient(hostname), "shutdown");
  }
  assertEquals(monitor.accepted, 0);
});

Deno.test("Admission takes a place back from a connection that comes too often", () => {
  const { admission, monitor } = make();
  assertEquals(admission.admit("tcp", ALICE), undefined);
  admission.release(ALICE);
  assertEquals(admission.admit("tcp", ALICE), "too-many-attempts");
  assertEquals(admission.admit("http", ALICE), undefined);
  assertEquals(monitor.accepted, 2);
});
