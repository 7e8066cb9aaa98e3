import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  dialWebSocket,
  newClient,
  newServer,
  upgradeWebSocket,
} from "@vnet/net/websocket";
import { serve } from "../support/_servers.ts";

/** A value whose type the compiler would refuse. */
// deno-lint-ignore no-explicit-any
type Wrong = any;

const BAD_WAITS: Wrong[] = [
  { timeout: -1 },
  { timeout: "1" },
  { timeout: null },
  { timeout: NaN },
  { deadline: "x" },
  { deadline: null },
  { deadline: new Date(NaN) },
  { signal: "x" },
  { signal: {} },
  null,
  5,
];

/** Whether it is the kind of error that wrong arguments are told by. */
function isRefusal(error: unknown): boolean {
  const isOwn = error instanceof TypeError || error instanceof RangeError;
  return isOwn && /^Cannot (use|wait)/.test(error.message);
}

Deno.test("close() of a server refuses wrong arguments before it stops to listen", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  await using served = await serve(server);
  for (const wait of BAD_WAITS) {
    const error = await assertRejects(() => server.close(1001, "", wait));
    assertEquals([isRefusal(error), error], [true, error]);
  }
  await assertRejects(() => server.close(5), RangeError);
  await assertRejects(() => server.close(1000, "x".repeat(124)), RangeError);
  assertEquals(server.listening, true);
  const client = await dialWebSocket(served.url);
  for (const wait of BAD_WAITS) {
    const error = await assertRejects(() => server.close(1001, "", wait));
    assertEquals([isRefusal(error), error], [true, error]);
  }
  await client.write("still open");
  assertEquals(server.listening, true);
  await client.close();
});

Deno.test("close() of a client refuses wrong arguments without a connection, too", async () => {
  const client = newClient("ws://127.0.0.1:1/");
  for (const wait of BAD_WAITS) {
    const error = await assertRejects(() => client.close(1000, "", wait));
    assertEquals([isRefusal(error), error], [true, error]);
  }
  await assertRejects(() => client.close(5), RangeError);
  await assertRejects(() => client.close(1000, "x".repeat(124)), RangeError);
  await client.close();
});

Deno.test("close() with wrong arguments does not give an attempt to connect up", async () => {
  await using served = await serve(newServer(0, "", { hostname: "127.0.0.1" }));
  const client = newClient(served.url);
  const connecting = client.connect();
  await assertRejects(() => client.close(5), RangeError);
  await connecting;
  await client.close();
});

Deno.test("handleHandshake() refuses limits that are none, and ends the connection", async () => {
  const server = newServer(0);
  for (const wait of BAD_WAITS) {
    const [left, right] = pipe();
    const error = await assertRejects(() => server.handleHandshake(left, wait));
    assertEquals([isRefusal(error), error], [true, error]);
    assertEquals(left.state, "closed");
    right.terminate();
  }
});

Deno.test("acceptWebSocket() and handleHandshake() refuse what is no connection", async () => {
  for (const conn of [null, undefined, {}, 5, "x"] as Wrong[]) {
    for (
      const accept of [
        () => acceptWebSocket(conn),
        () => acceptWebSocket(conn, { route: "x" }),
        () => newServer(0).handleHandshake(conn),
        () => newServer(0).handleHandshake(conn, { timeout: 1 }),
      ]
    ) {
      await assertRejects(
        accept,
        TypeError,
        "Cannot accept a WebSocket on a value of type",
      );
    }
  }
});

Deno.test("handleUpgrade() and upgradeWebSocket() refuse what is no request", async () => {
  for (const request of [null, undefined, {}, 5, "x"] as Wrong[]) {
    const says = "Cannot upgrade a value of type";
    assertThrows(() => upgradeWebSocket(request), TypeError, says);
    const server = newServer(0);
    await assertRejects(() => server.handleUpgrade(request), TypeError, says);
  }
});

Deno.test("handleUpgrade() refuses a remoteAddr that is no address", async () => {
  const server = newServer(0);
  const request = new Request("http://127.0.0.1/");
  for (const remoteAddr of ["127.0.0.1", 5, null, {}, []] as Wrong[]) {
    await assertRejects(
      () => server.handleUpgrade(request, { remoteAddr }),
      TypeError,
      "Cannot use remoteAddr",
    );
  }
  const addresses: (Deno.Addr | undefined)[] = [
    undefined,
    { transport: "unix", path: "/x" },
    { transport: "vsock", cid: 1, port: 2 },
    { transport: "tcp", hostname: "::1", port: 1 },
  ];
  for (const remoteAddr of addresses) {
    const response = await server.handleUpgrade(request, { remoteAddr });
    assertEquals(response.status, 426);
  }
});

Deno.test("onConnect() refuses what is no function, and takes one after that", () => {
  const server = newServer(0);
  for (const callback of ["x", 5, undefined, null, {}] as Wrong[]) {
    assertThrows(
      () => server.onConnect(callback),
      TypeError,
      "Cannot register a callback of type",
    );
  }
  const off = server.onConnect(() => true);
  assertThrows(() => server.onConnect(() => true), TypeError, "only one");
  off();
  server.onConnect(() => true);
});

Deno.test("broadcast() and publish() refuse options that are no object", () => {
  const server = newServer(0);
  // Such as the opcode alone.
  for (const options of [2, null, "binary"] as Wrong[]) {
    for (
      const call of [
        () => server.broadcast("x", options),
        () => server.publish("topic", "x", options),
      ]
    ) assertThrows(call, TypeError, "expected an object");
  }
});

Deno.test("broadcast() refuses exceptions that are no clients", () => {
  const server = newServer(0);
  for (const except of ["x", 5, null, {}, [5], ["x"], [undefined]] as Wrong[]) {
    assertThrows(
      () => server.broadcast("x", { except }),
      TypeError,
      "Cannot use except",
    );
  }
  const client = newClient("ws://127.0.0.1/");
  for (const except of [client, [client], [], new Set([client]), undefined]) {
    assertEquals(server.broadcast("x", { except } as Wrong), 0);
  }
  assertThrows(() => server.broadcast("x", null as Wrong), TypeError);
});

Deno.test("listen() refuses options that are none before it listens", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const bad: Wrong[] = [null, 5, { signal: "x" }, { onListen: "x" }];
  for (const options of bad) {
    await assertRejects(() => server.listen(options), TypeError, "Cannot use");
  }
  assertEquals(server.listening, false);
});
