import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { WaitOptions } from "@vnet/net/udp";
import { assertTimeout } from "./support/_asserts.ts";
import { FakeBackend, makeConn } from "./support/_fake_backend.ts";
import { bytes, keepAlive } from "./support/_support.ts";

const PEER = { transport: "udp", hostname: "127.0.0.1", port: 7000 } as const;

/** Checks that a call which can't be served ends at each kind of limit. */
async function assertEnds(
  call: (wait: WaitOptions) => Promise<unknown>,
): Promise<void> {
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  for (const signal of [AbortSignal.abort(reason), controller.signal]) {
    const pending = call({ signal });
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => pending), reason);
  }
  for (
    const limit of [
      { timeout: 0 },
      { timeout: 1 },
      { deadline: Date.now() + 1 },
      { deadline: new Date(0) },
    ]
  ) await assertTimeout(call(limit));
  await assertRejects(() => call({ timeout: -1 }), RangeError);
  await assertRejects(() => call({ deadline: NaN }), RangeError);
}

Deno.test("Each call of a connection ends at its limits, also behind a full buffer", () =>
  keepAlive(async () => {
    const backend = new FakeBackend();
    using conn = makeConn(backend, PEER);
    // The system does not take it.
    conn.write(bytes("stuck")).catch(() => {});
    await assertEnds((wait) => conn.write(bytes("x"), wait));
    await assertEnds((wait) => conn.writeString("x", wait));
    await assertEnds((wait) => conn.writeStr("x", wait));
    await assertEnds((wait) => conn.writeTo(PEER, bytes("x"), wait));
    await assertEnds((wait) => conn.writeToString(PEER, "x", wait));
    await assertEnds((wait) => conn.receive(wait));
    await assertEnds((wait) => conn.read(new Uint8Array(9), wait));
    // Those that gave up were withdrawn.
    backend.sends[0].done.resolve();
    await Promise.resolve();
    assertEquals(backend.sends.length, 1);
  }));

Deno.test("Each call of sessions ends at its limits, also behind a full buffer", () =>
  keepAlive(async () => {
    const backend = new FakeBackend();
    using conn = makeConn(backend);
    using sessions = conn.sessions();
    backend.sink?.onDatagram(bytes("hello"), PEER);
    const session = await sessions.accept();
    assertEquals((await session.receive())?.data, bytes("hello"));
    session.write(bytes("stuck")).catch(() => {});
    await assertEnds((wait) => session.write(bytes("x"), wait));
    await assertEnds((wait) => session.writeString("x", wait));
    await assertEnds((wait) => session.receive(wait));
    await assertEnds((wait) => session.read(new Uint8Array(9), wait));
    await assertEnds((wait) => sessions.accept(wait));
    backend.sends[0].done.resolve();
    await Promise.resolve();
    assertEquals(backend.sends.length, 1);
  }));
