import { assert, assertEquals, assertRejects } from "@std/assert";
import { dialTcp } from "@vnet/net/tcp";
import {
  dialWebSocket,
  HandshakeError,
  newServer,
  OPCode,
  type Server,
  type ServerClient,
  State,
  upgradeWebSocket,
  type WebSocketConn,
} from "@vnet/net/websocket";
import { UpgradeSlots } from "../../../websocket/callbacks/_upgrade_slots.ts";
import { Log, rawClient, readFrame, request } from "../support/_servers.ts";
import { KEY } from "../support/_heads.ts";

const HOST = { hostname: "127.0.0.1" };

function serveHttp(
  handler: (request: Request, info: Deno.ServeHandlerInfo) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { ...HOST, port: 0, onListen: () => {} },
    handler as Deno.ServeHandler<Deno.NetAddr>,
  );
}

/** Dials so often at once: those that are in, and the statuses of the others. */
async function dialMany(
  port: number,
  count: number,
): Promise<{ open: WebSocketConn[]; statuses: (number | undefined)[] }> {
  const open: WebSocketConn[] = [];
  const statuses: (number | undefined)[] = [];
  await Promise.all(Array.from({ length: count }, async () => {
    try {
      open.push(await dialWebSocket(`ws://127.0.0.1:${port}/`));
    } catch (error) {
      assert(error instanceof HandshakeError, String(error));
      statuses.push(error.status);
    }
  }));
  return { open, statuses };
}

const LIMITS = {
  maxConnections: { maxConnections: 2 },
  maxConnectionsPerIp: { maxConnectionsPerIp: 2 },
};

for (const [name, limits] of Object.entries(LIMITS)) {
  Deno.test(`handleUpgrade() lets no more in at once than ${name}`, async () => {
    const server = newServer(0, "", limits);
    const closed = new Log<void>();
    server.onClose(() => closed.add());
    // All of them have to wait for the same.
    const decided = Promise.withResolvers<boolean>();
    let asked = 0;
    server.onConnect(() => {
      if (++asked === 2) setTimeout(decided.resolve, 0, true);
      return decided.promise;
    });
    await using http = serveHttp((request, info) =>
      server.handleUpgrade(request, info)
    );
    const { port } = http.addr;
    const { open, statuses } = await dialMany(port, 20);
    assertEquals([open.length, statuses], [2, Array(18).fill(503)]);
    assertEquals(server.clients.size, 2);
    // When they have gone there is room again.
    for (const client of open) await client.close();
    await closed.have(2);
    const again = await dialMany(port, 3);
    assertEquals([again.open.length, again.statuses], [2, [503]]);
    await server.close();
    for (const client of again.open) await client.closed;
  });
}

Deno.test("handleUpgrade() counts addresses one by one, IPv6 by /64", async () => {
  const server = newServer(0, "", { maxConnectionsPerIp: 1 });
  const addresses = [
    "10.0.0.1",
    "10.0.0.2",
    "2001:db8::1",
    "2001:db8:0:1::1",
    "2001:db8::ffff:2",
    "::ffff:10.0.0.1",
  ];
  await using http = serveHttp((request) => {
    const hostname = addresses[Number(new URL(request.url).search.slice(1))];
    const remoteAddr: Deno.Addr = { transport: "tcp", hostname, port: 1 };
    return server.handleUpgrade(request, { remoteAddr });
  });
  const outcomes: unknown[] = [];
  for (const index of addresses.keys()) {
    const url = `ws://127.0.0.1:${http.addr.port}/?${index}`;
    await dialWebSocket(url).then(
      () => outcomes.push("open"),
      (error: HandshakeError) => outcomes.push(error.status),
    );
  }
  assertEquals(outcomes, ["open", "open", "open", "open", 503, 503]);
  await server.close();
});

Deno.test("handleUpgrade() gives the place of a client back that was never open", async () => {
  const server = newServer(0, "", { maxConnections: 1, handshakeTimeout: 20 });
  server.onError(() => {});
  let turn = 0;
  server.onConnect(() => {
    turn++;
    if (turn === 1) return 401;
    if (turn === 2) throw new Error("Thrown by the test");
    if (turn === 3) return new Promise<never>(() => {});
    return { headers: { "x-turn": `${turn}` } };
  });
  const info = { remoteAddr: undefined };
  const make = () =>
    new Request("http://127.0.0.1/", {
      headers: {
        host: "127.0.0.1",
        upgrade: "websocket",
        connection: "upgrade",
        "sec-websocket-key": KEY,
        "sec-websocket-version": "13",
      },
    });
  // The limits of a handshake keep no process alive: this does.
  const alive = setInterval(() => {}, 1000);
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) {
    statuses.push((await server.handleUpgrade(make(), info)).status);
  }
  assertEquals(statuses, [401, 500, 500, 101]);
  // The response is never sent: until that is known it counts.
  assertEquals((await server.handleUpgrade(make(), info)).status, 503);
  const errors = new Log<unknown>();
  server.onError((_ws, error) => errors.add(error));
  await errors.have(1);
  await Promise.resolve();
  assertEquals((await server.handleUpgrade(make(), info)).status, 101);
  await errors.have(2);
  clearInterval(alive);
});

Deno.test("UpgradeSlots counts each place once, and names the limit", () => {
  const slots = new UpgradeSlots();
  const limits = { maxConnections: 2, maxConnectionsPerIp: 1 };
  const take = (openCount: number, hostname?: string) => {
    const slot = slots.take(limits, openCount, hostname);
    assert(typeof slot === "object", `${slot}`);
    return slot;
  };
  const first = take(0, "10.0.0.1");
  assertEquals(slots.take(limits, 0, "10.0.0.1"), "maxConnectionsPerIp");
  const second = take(0);
  assertEquals(slots.take(limits, 0, undefined), "maxConnections");
  first.open();
  first.open();
  take(0);
  assertEquals(slots.take(limits, 1, undefined), "maxConnections");
  second.free();
  second.free();
  assertEquals(slots.take(limits, 0, "10.0.0.1"), "maxConnectionsPerIp");
  first.free();
  take(0, "10.0.0.1");
});

/** Sends bytes, and returns the status of the answer. */
async function statusOf(port: number, text: string): Promise<string> {
  using conn = await dialTcp({ ...HOST, port });
  await conn.writeString(text);
  return (await conn.readLine())?.split(" ")[1] ?? "none";
}

for (
  const [name, handle] of [
    [
      "handleUpgrade()",
      (server: Server) => (request: Request, info: Deno.ServeHandlerInfo) =>
        server.handleUpgrade(request, info),
    ],
    [
      "upgradeWebSocket()",
      () => (request: Request) =>
        Promise.resolve(upgradeWebSocket(request).response),
    ],
  ] as const
) {
  Deno.test(`${name} refuses a request without a good Host`, async () => {
    const server = newServer(0);
    await using http = serveHttp(handle(server));
    const { port } = http.addr;
    const good = request("/");
    const bad = [
      good.replace("HTTP/1.1", "HTTP/1.0").replace(/Host.*\r\n/, ""),
      good.replace(/Host.*\r\n/, ""),
      good.replace(/Host: .*\r\n/, "Host: a, b\r\n"),
      good.replace(/Host: .*\r\n/, "Host: \r\n"),
      good.replace(/Host: .*\r\n/, "Host: a b\r\n"),
      good.replace(/(Host: .*\r\n)/, "$1$1"),
      good.replace(/Host: .*\r\n/, "Host: u@a\r\n"),
      good.replace(/Host: .*\r\n/, "Host: a:b\r\n"),
      good.replace(/Host: .*\r\n/, "Host: [::1\r\n"),
      good.replace("GET / ", "GET /#x "),
    ];
    for (const text of bad) assertEquals(await statusOf(port, text), "400");
    assertEquals(await statusOf(port, good), "101");
    await server.close();
  });
}

Deno.test("handleUpgrade() reads cookies and routes as listen() does", async () => {
  const server = newServer(0, "/a b");
  const seen = new Log<string | null>();
  server.onConnect((peer) => seen.add(peer.headers.get("cookie")));
  await using http = serveHttp((request, info) =>
    server.handleUpgrade(request, info)
  );
  const text = request("/%61%20b", ["Cookie: a=1", "Cookie: b=2"]);
  assertEquals(await statusOf(http.addr.port, text), "101");
  assertEquals(seen.items, ["a=1; b=2"]);
  await server.close();
});

Deno.test("ping() and pong() of a client inside Deno.serve reject as not supported", async () => {
  const server = newServer(0);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  await using http = serveHttp((request, info) =>
    server.handleUpgrade(request, info)
  );
  const client = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  const [{ client: ws }] = await attached.have(1);
  const NotSupported = Deno.errors.NotSupported;
  await assertRejects(() => ws.ping(), NotSupported, "ping");
  await assertRejects(() => ws.pong(), NotSupported, "pong");
  const empty = new Uint8Array(0);
  await assertRejects(() => ws.write(empty, OPCode.ping), NotSupported);
  await assertRejects(() => ws.write(empty, OPCode.pong), NotSupported);
  // One that nobody looks at does no harm, and the connection goes on.
  ws.ping();
  ws.pong();
  await ws.writeString("still open");
  assertEquals(await client.read(), "still open");
  await client.close();
  await server.close();
});

Deno.test("pingInterval has the runtime ping, and cut a silent client", async () => {
  const server = newServer(0);
  server.pingInterval = 0.02;
  const errors = new Log<unknown>();
  server.onError((_ws, error) => errors.add(error));
  const ended = new Log<number>();
  server.onClose((_ws, code) => ended.add(code));
  await using http = serveHttp((request, info) =>
    server.handleUpgrade(request, info)
  );
  using silent = await rawClient(http.addr.port);
  const [opcode] = await readFrame(silent);
  assertEquals(opcode, OPCode.ping);
  assertEquals(await ended.have(1), [1006]);
  assertEquals((errors.items[0] as Error).name, "TimeoutError");
  await server.close();
});

Deno.test("A server that does not ping lets the runtime ping nobody", async () => {
  for (const pingInterval of [0, Infinity]) {
    const server = newServer(0);
    server.pingInterval = pingInterval;
    const attached = new Log<ServerClient>();
    server.onAttached(attached.add);
    await using http = serveHttp((request, info) =>
      server.handleUpgrade(request, info)
    );
    using raw = await rawClient(http.addr.port);
    const [{ client }] = await attached.have(1);
    await client.writeString("x");
    const [opcode] = await readFrame(raw);
    assertEquals(opcode, OPCode.textFrame);
    client.terminate();
    raw.close();
  }
});

Deno.test("A client whose response goes out after close() is closed at once", async () => {
  const server = newServer(0);
  const attached = new Log<ServerClient>();
  server.onAttached(attached.add);
  await using http = serveHttp(async (request, info) => {
    const response = await server.handleUpgrade(request, info);
    await server.close();
    return response;
  });
  const client = await dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  assertEquals((await client.closed).code, 1001);
  assertEquals(attached.items, []);
});

for (const [name, limits] of Object.entries(LIMITS)) {
  for (const isAnswered of [false, true]) {
    const when = isAnswered ? "the answer comes later" : "no answer comes";
    Deno.test(`handleUpgrade() gives the places of clients back that leave while onConnect is asked (${name}, ${when})`, async () => {
      const server = newServer(0, "", limits);
      const errors: unknown[] = [];
      server.onError((_ws, error) => errors.push(error));
      const asked = new Log<ServerClient>();
      const answer = Promise.withResolvers<boolean>();
      const off = server.onConnect((peer) => {
        asked.add(peer);
        return answer.promise;
      });
      const handled = new Log<number>();
      await using http = serveHttp(async (request, info) => {
        const response = await server.handleUpgrade(request, info);
        handled.add(response.status);
        return response;
      });
      const { port } = http.addr;
      const clients = [await dialTcp({ ...HOST, port })];
      clients.push(await dialTcp({ ...HOST, port }));
      for (const client of clients) await client.writeString(request("/"));
      await asked.have(2);
      for (const client of clients) client.terminate();
      assertEquals(await handled.have(2), [503, 503]);
      for (const { client } of asked.items) {
        assertEquals(client.state, State.closed);
      }
      if (isAnswered) answer.resolve(true);
      off();
      const { open, statuses } = await dialMany(port, 3);
      assertEquals([open.length, statuses], [2, [503]]);
      assertEquals(errors, []);
      await server.close();
      for (const client of open) await client.closed;
    });
  }
}

Deno.test("handleUpgrade() lets clients in that stay while onConnect is asked", async () => {
  const server = newServer(0, "", { maxConnections: 1 });
  const asked = new Log<ServerClient>();
  const answer = Promise.withResolvers<boolean>();
  server.onConnect((peer) => {
    asked.add(peer);
    return answer.promise;
  });
  await using http = serveHttp((request, info) =>
    server.handleUpgrade(request, info)
  );
  const dialling = dialWebSocket(`ws://127.0.0.1:${http.addr.port}/`);
  await asked.have(1);
  answer.resolve(true);
  const client = await dialling;
  await server.close();
  assertEquals((await client.closed).code, 1001);
});
