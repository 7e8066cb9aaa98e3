// The counters of a server as one object.

import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { dialTcp } from "@vnet/net/tcp";
import {
  dialWebSocket,
  HandshakeError,
  newServer,
  type ServerStats,
} from "@vnet/net/websocket";
import { until } from "../../tcp/support/_outcomes.ts";
import { serve } from "../support/_servers.ts";

const HOST = { hostname: "127.0.0.1" };

const NOTHING: ServerStats = {
  accepted: 0,
  open: 0,
  refused: { maxConnections: 0, maxConnectionsPerIp: 0, onConnect: 0 },
  handshakesFailed: 0,
  messagesReceived: 0,
  messagesSent: 0,
  bytesRead: 0,
  bytesWritten: 0,
};

Deno.test("the stats of a server count messages and bytes of clients that are open or have left", async () => {
  const server = newServer(0, "", HOST);
  server.onMessage((ws, message) => ws.write(message.payload));
  assertEquals(server.stats, NOTHING);
  const served = await serve(server);
  const first = await dialWebSocket(served.url);
  await first.write("one");
  await first.read();
  const open = server.stats;
  assertEquals([open.accepted, open.open], [1, 1]);
  assertEquals([open.messagesReceived, open.messagesSent], [1, 1]);
  await first.close();
  await until(() => server.stats.open === 0);
  const left = server.stats;
  assertEquals([left.messagesReceived, left.messagesSent], [1, 1]);
  assertGreater(left.bytesRead, open.bytesRead);
  assertGreater(left.bytesWritten, 0);

  const second = await dialWebSocket(served.url);
  await second.write("two");
  await second.read();
  const { accepted, messagesReceived, messagesSent } = server.stats;
  assertEquals([accepted, messagesReceived, messagesSent], [2, 2, 2]);
  await second.close();
  await served[Symbol.asyncDispose]();
  assertEquals(server.stats.messagesReceived, 2);
  assertEquals(server.stats.handshakesFailed, 0);
});

Deno.test("the stats of a server count refusals by reason, and keep them after it has closed", async () => {
  const server = newServer(0, "", { ...HOST, maxConnections: 1 });
  server.onConnect((peer) => peer.resourceName !== "/no");
  const served = await serve(server);
  await assertRejects(() => dialWebSocket(`${served.url}no`), HandshakeError);
  await until(() => server.stats.refused.onConnect === 1);
  const client = await dialWebSocket(served.url);
  using surplus = await dialTcp({ ...HOST, port: served.port });
  assertEquals(await surplus.read(new Uint8Array(1)), null);
  const refused = { maxConnections: 1, maxConnectionsPerIp: 0, onConnect: 1 };
  assertEquals(server.stats.refused, refused);
  await client.close();
  await served[Symbol.asyncDispose]();
  assertEquals(server.stats.refused, refused);
  assertEquals(server.stats.handshakesFailed, 0);
});

Deno.test("the stats of a server count handshakes that failed", async () => {
  const server = newServer(0, "", HOST);
  await using served = await serve(server);
  using rude = await dialTcp({ ...HOST, port: served.port });
  await rude.writeString("NONSENSE\r\n\r\n");
  await until(() => server.stats.handshakesFailed === 1);
  assertEquals(server.stats.accepted, 0);
});

Deno.test("the stats of a server count clients and refusals inside Deno.serve", async () => {
  const server = newServer(0, "", { maxConnections: 1 });
  server.onMessage((ws, message) => ws.write(message.payload));
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  const url = `http://127.0.0.1:${http.addr.port}/`;
  const client = await dialWebSocket(url.replace("http", "ws"));
  await client.write("one");
  await client.read();
  await assertRejects(
    () => dialWebSocket(url.replace("http", "ws")),
    HandshakeError,
  );
  const plain = await fetch(url);
  await plain.body?.cancel();
  assertEquals(server.stats, {
    ...NOTHING,
    accepted: 1,
    open: 1,
    refused: { maxConnections: 1, maxConnectionsPerIp: 0, onConnect: 0 },
    handshakesFailed: 1,
    messagesReceived: 1,
    messagesSent: 1,
  });
  await client.close();
  await server.close();
});
