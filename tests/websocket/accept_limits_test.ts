import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { StreamConn, WaitOptions } from "@vnet/net/tcp";
import { pipe } from "@vnet/net/testing";
import { acceptWebSocket, newServer } from "@vnet/net/websocket";
import { request } from "./support/_servers.ts";

/** What does a handshake on a connection within limits. */
type Accept = (
  conn: StreamConn<unknown>,
  wait: WaitOptions,
) => Promise<unknown>;

const ACCEPTS: ReadonlyArray<readonly [string, Accept]> = [
  ["acceptWebSocket()", acceptWebSocket],
  [
    "handleHandshake()",
    (conn, wait) => newServer(0).handleHandshake(conn, wait),
  ],
];

for (const [name, accept] of ACCEPTS) {
  Deno.test(`${name} ends at each kind of limit, and closes the connection`, async () => {
    const limits: WaitOptions[] = [
      { timeout: 1 },
      { deadline: Date.now() + 1 },
      { deadline: new Date(0) },
    ];
    for (const limit of limits) {
      const [conn, peer] = pipe();
      using _peer = peer;
      const error = await assertRejects(
        () => accept(conn, limit),
        DOMException,
      );
      assertEquals(error.name, "TimeoutError");
      assertEquals(await peer.read(new Uint8Array(1)), null);
    }
  });

  Deno.test(`${name} rejects with the reason of its signal, before and meanwhile`, async () => {
    const reason = new RangeError("Stopped by the test");
    const controller = new AbortController();
    for (const signal of [AbortSignal.abort(reason), controller.signal]) {
      const [conn, peer] = pipe();
      using _peer = peer;
      const accepting = accept(conn, { signal });
      controller.abort(reason);
      assertStrictEquals(await assertRejects(() => accepting), reason);
      assertEquals(await peer.read(new Uint8Array(1)), null);
    }
  });
}

Deno.test("handleHandshake() within its limits gives the client", async () => {
  const [conn, peer] = pipe();
  const server = newServer(0);
  const accepting = server.handleHandshake(conn, { timeout: 60_000 });
  await peer.writeString(request("/path"));
  const { resourceName, client } = await accepting;
  assertEquals(resourceName, "/path");
  assertEquals(server.clients.size, 1);
  client.terminate();
  peer.close();
  await server.close();
});
