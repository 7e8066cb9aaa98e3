import { assertEquals, assertThrows } from "@std/assert";
import { dialTcp, encodeProxyHeader, type TcpConn } from "@vnet/net/tcp";
import { newServer, type ServerClient } from "@vnet/net/websocket";
import { Log, serve } from "../support/_servers.ts";

const HOST = { hostname: "127.0.0.1" };
const FROM_HERE = { ...HOST, proxyProtocol: { from: ["127.0.0.1"] } };
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

/** Opens a WebSocket as a proxy does, and returns the first line of the answer. */
async function connect(
  port: number,
  client: string,
): Promise<[conn: TcpConn, status: string | null]> {
  const conn = await dialTcp({ ...HOST, port }, HANGS);
  const source = { hostname: client, port: 50_000 };
  const destination = { hostname: "192.0.2.1", port: 443 };
  await conn.write(encodeProxyHeader({ source, destination }));
  await conn.writeString(
    "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n" +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  return [conn, await conn.readLine(HANGS).catch(() => null)];
}

Deno.test("A server behind the PROXY protocol knows and counts its clients", async () => {
  const server = newServer(0, "", { ...FROM_HERE, maxConnectionsPerIp: 1 });
  const peers = new Log<ServerClient>();
  server.onConnect(peers.add);
  await using served = await serve(server);
  const conns: TcpConn[] = [];
  const statuses: (string | null)[] = [];
  for (const client of ["203.0.113.7", "203.0.113.7", "2001:db8::1"]) {
    const [conn, status] = await connect(served.port, client);
    conns.push(conn);
    statuses.push(status);
  }
  const accepted = "HTTP/1.1 101 Switching Protocols";

  assertEquals(statuses, [accepted, null, accepted]);
  assertEquals(
    (await peers.have(2)).map(({ remoteAddr }) => remoteAddr?.hostname),
    ["203.0.113.7", "2001:db8::1"],
  );
  for (const conn of conns) conn.terminate();
});

Deno.test("A server refuses a wrong proxyProtocol when it is made", () => {
  const proxyProtocol = { from: ["localhost"] };
  assertThrows(
    () => newServer(0, "", { proxyProtocol }),
    SyntaxError,
    'Cannot use "localhost" in proxyProtocol.from',
  );
});
