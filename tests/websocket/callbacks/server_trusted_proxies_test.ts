import { assertEquals, assertRejects } from "@std/assert";
import { dialTcp, type TcpConn } from "@vnet/net/tcp";
import { newServer, type ServerClient } from "@vnet/net/websocket";
import { Log, record, serve } from "../support/_servers.ts";

const HOST = { hostname: "127.0.0.1" };
const HERE = { ...HOST, trustedProxies: { from: ["127.0.0.1"] } };
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const ACCEPTED = "HTTP/1.1 101 Switching Protocols";
const TOO_MANY = "HTTP/1.1 503 Service Unavailable";

/** Opens a WebSocket as a proxy does, and returns the first line of the answer. */
async function connect(
  port: number,
  client?: string,
): Promise<[conn: TcpConn, status: string | null]> {
  const conn = await dialTcp({ ...HOST, port }, HANGS);
  await conn.writeString(
    "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n" +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      (client === undefined ? "" : `X-Forwarded-For: ${client}\r\n`) +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  return [conn, await conn.readLine(HANGS).catch(() => null)];
}

/** Opens a WebSocket of each client, one after the other. */
async function connectAll(port: number, clients: readonly string[]) {
  const conns: TcpConn[] = [];
  const statuses: (string | null)[] = [];
  for (const client of clients) {
    const [conn, status] = await connect(port, client);
    conns.push(conn);
    statuses.push(status);
  }
  return { conns, statuses };
}

Deno.test("A server behind trusted proxies knows and counts its clients", async () => {
  const server = newServer(0, "", { ...HERE, maxConnectionsPerIp: 1 });
  const peers = new Log<ServerClient>();
  const events = record(server);
  server.onConnect(peers.add);
  await using served = await serve(server);
  const clients = ["203.0.113.7", "203.0.113.7", "2001:db8::1", "2001:db8::2"];
  const { conns, statuses } = await connectAll(served.port, clients);

  assertEquals(statuses, [ACCEPTED, TOO_MANY, ACCEPTED, TOO_MANY]);
  assertEquals(
    (await peers.have(2)).map((peer) => [
      peer.clientAddress,
      peer.remoteAddr?.hostname,
    ]),
    [["203.0.113.7", "127.0.0.1"], ["2001:db8::1", "127.0.0.1"]],
  );
  assertEquals(
    [...server.clients.values()].map(({ clientAddress }) => clientAddress),
    ["203.0.113.7", "2001:db8::1"],
  );
  // A client who has left may come again.
  conns[0].terminate();
  const [gone] = (await events.have(1)).slice(-1);
  assertEquals(gone?.startsWith("close 1006"), true, gone);
  const [again, status] = await connect(served.port, clients[0]);
  assertEquals(status, ACCEPTED);
  for (const conn of [...conns, again]) conn.terminate();
});

Deno.test("A server exempts trusted proxies from maxConnectionsPerIp", async () => {
  const server = newServer(0, "", { ...HERE, maxConnectionsPerIp: 0 });
  await using served = await serve(server);
  for (const [client, status] of [[undefined, ACCEPTED], ["::1", TOO_MANY]]) {
    const [conn, line] = await connect(served.port, client);
    assertEquals(line, status);
    conn.terminate();
  }
});

Deno.test("A server counts fields of an address that is not trusted as nothing", async () => {
  const trustedProxies = { from: ["127.0.0.2"] };
  const options = { ...HOST, trustedProxies, maxConnectionsPerIp: 1 };
  await using served = await serve(newServer(0, "", options));
  const clients = ["203.0.113.7", "203.0.113.8"];
  const { conns, statuses } = await connectAll(served.port, clients);
  assertEquals(statuses, [ACCEPTED, null]);
  for (const conn of conns) conn.terminate();
});

Deno.test("handleUpgrade() knows and counts the clients of trusted proxies", async () => {
  const server = newServer(0, "", { ...HERE, maxConnectionsPerIp: 1 });
  const peers = new Log<ServerClient>();
  server.onConnect(peers.add);
  await using http = Deno.serve(
    { ...HOST, port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  const clients = ["203.0.113.7", "203.0.113.7", "203.0.113.8", "127.0.0.1"];
  const { conns, statuses } = await connectAll(http.addr.port, clients);
  assertEquals(statuses, [ACCEPTED, TOO_MANY, ACCEPTED, ACCEPTED]);
  assertEquals(
    (await peers.have(3)).map(({ clientAddress }) => clientAddress),
    ["203.0.113.7", "203.0.113.8", "127.0.0.1"],
  );
  for (const conn of conns) conn.terminate();
  await server.close();
});

Deno.test("handleUpgrade() needs remoteAddr for trusted proxies", async () => {
  const server = newServer(0, "", HERE);
  await assertRejects(
    () => server.handleUpgrade(new Request("http://127.0.0.1/")),
    TypeError,
    "Cannot use trustedProxies: expected remoteAddr",
  );
});
