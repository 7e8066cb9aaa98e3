// The counters of a listener as one object.

import { assertEquals, assertRejects } from "@std/assert";
import { encodeProxyHeader } from "../../../tcp/proxy_protocol/encode_proxy_header.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { serverCert, serverKey } from "../../certificates.ts";
import { until } from "../support/_outcomes.ts";

const NO_REFUSALS = { maxConnections: 0, maxConnectionsPerIp: 0 };

Deno.test("the stats of a listener count open and ended connections and their bytes", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const before = listener.stats;
  for (const message of ["one\n", "three\n"]) {
    using client = await dialTcp(listener.addr);
    using server = await listener.accept();
    await client.writeString(message);
    await server.readLine();
    await server.writeString("ok\n");
    await client.readLine();
    assertEquals(listener.stats.open, 1);
    client.close();
    server.close();
    await server.closed;
  }
  using client = await dialTcp(listener.addr);
  using server = await listener.accept();
  await client.writeString("x\n");
  await server.readLine();
  const errors = 0;
  assertEquals(listener.stats, {
    accepted: 3,
    open: 1,
    refused: NO_REFUSALS,
    handshakesFailed: 0,
    errors,
    bytesRead: 4 + 6 + 2,
    bytesWritten: 3 + 3,
  });
  assertEquals(before.accepted, 0);
  listener.close();
});

Deno.test("the stats of a listener count refusals by their limit", async () => {
  const listener = listenTcp("127.0.0.1:0", {
    maxConnections: 2,
    maxConnectionsPerIp: 1,
  });
  const open = Promise.withResolvers<void>();
  const serving = listener.serve(() => open.promise);
  using first = await dialTcp(listener.addr);
  await until(() => listener.stats.open === 1);
  using second = await dialTcp(listener.addr);
  assertEquals(await second.read(new Uint8Array(1)), null);
  assertEquals(listener.stats.refused, {
    maxConnections: 0,
    maxConnectionsPerIp: 1,
  });
  listener.maxConnections = 1;
  using third = await dialTcp(listener.addr);
  assertEquals(await third.read(new Uint8Array(1)), null);
  const { accepted, refused } = listener.stats;
  assertEquals(accepted, 1);
  assertEquals(refused, { maxConnections: 1, maxConnectionsPerIp: 1 });
  assertEquals(listener.droppedCount, 2);
  open.resolve();
  first.close();
  await listener.shutdown();
  await serving;
});

Deno.test("the stats of a listener count clients behind a proxy as refused", async () => {
  const listener = listenTcp("127.0.0.1:0", {
    maxConnectionsPerIp: 0,
    proxyProtocol: { from: ["127.0.0.1"] },
  });
  const serving = listener.serve(() => {});
  using proxy = await dialTcp(listener.addr);
  await proxy.write(encodeProxyHeader({
    source: { hostname: "203.0.113.7", port: 50_000 },
    destination: { hostname: "192.0.2.1", port: 443 },
  }));
  assertEquals(await proxy.read(new Uint8Array(1)), null);
  const { refused, handshakesFailed } = listener.stats;
  assertEquals(refused, { maxConnections: 0, maxConnectionsPerIp: 1 });
  assertEquals(handshakesFailed, 0);
  listener.close();
  await serving;
});

Deno.test("the stats of a TLS listener count handshakes that failed", async () => {
  const listener = listenTls(
    { hostname: "127.0.0.1", port: 0 },
    { cert: serverCert, key: serverKey },
  );
  const accepting = assertRejects(() => listener.accept());
  using client = await dialTcp(listener.addr);
  await client.writeString("This is no TLS at all\n");
  await until(() => listener.stats.handshakesFailed === 1);
  assertEquals(listener.stats.errors, 1);
  assertEquals(listener.stats.open, 0);
  listener.close();
  await accepting;
});
