import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dialTcp } from "@vnet/net/tcp";
import {
  dialWebSocket,
  newClient,
  newServer,
  type ServerOptions,
} from "@vnet/net/websocket";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { record, serve } from "../support/_servers.ts";

const KEYS = { cert: serverCert, key: serverKey };
const HOST = { hostname: "127.0.0.1" };
/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

for (const kind of ["a function", "the runtime's TLS"]) {
  Deno.test(`A server serves WebSockets over TLS by ${kind}`, async () => {
    const names: string[] = [];
    const certificate = (serverName: string) => {
      names.push(serverName);
      return Promise.resolve(KEYS);
    };
    const server = newServer(
      0,
      "/echo",
      kind === "a function"
        ? { ...HOST, certificate }
        : { ...HOST, ...KEYS, tlsBackend: "runtime" },
    );
    server.onMessage((client, message) =>
      client.writeString(`${client.isSsl} ${message.text()}`)
    );
    await using served = await serve(server);
    const client = newClient(`wss://localhost:${served.port}/echo`, {
      caCerts: [caCert],
    });
    const events = record(client);
    await client.connect();
    client.listen();
    await client.writeString("hello");
    assertEquals(await events.have(2), ["open", "1 true hello"]);
    await client.close();
    assertEquals(names, kind === "a function" ? ["localhost"] : []);
  });
}

Deno.test("A server by TLS closes one client too many before TLS", async () => {
  const server = newServer(0, "", { ...HOST, ...KEYS, maxConnectionsPerIp: 1 });
  await using served = await serve(server);
  const addr = { hostname: "127.0.0.1", port: served.port };
  using silent = await dialTcp(addr);
  using surplus = await dialTcp(addr);
  // Whichever was accepted second.
  const ends = [silent, surplus].map((conn) =>
    conn.read(new Uint8Array(1), HANGS)
  );
  assertEquals(await Promise.race(ends), null);
  silent.close();
  surplus.close();
  await Promise.allSettled(ends);
});

Deno.test("newServer() refuses TLS options that do not go together", () => {
  const certificate = () => KEYS;
  for (
    const options of [
      { cert: serverCert },
      { ...KEYS, certificate },
      { certificate, tlsBackend: "runtime" },
      { ...KEYS, tlsBackend: "openssl" },
    ] as object[]
  ) {
    assertThrows(() => newServer(0, "", options), TypeError, "Cannot ");
  }
});

Deno.test("newServer() lets in only clients with a certificate where one is required", async () => {
  const server = newServer(0, "", {
    hostname: "127.0.0.1",
    cert: serverCert,
    key: serverKey,
    clientCaCerts: [caCert],
    requireClientCertificate: true,
  });
  server.onError(() => {});
  const listening = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: listening.resolve });
  const { port } = await listening.promise;
  await assertRejects(async () => {
    const socket = await dialWebSocket(`wss://127.0.0.1:${port}/`, {
      caCerts: [caCert],
      timeout: 5000,
    });
    socket.terminate();
  });
  assertEquals(server.clients.size, 0);
  await server.close();
  await serving;
});

Deno.test("newServer() refuses options of TLS without a certificate", () => {
  const all: ServerOptions[] = [
    { tlsBackend: "runtime" },
    { minVersion: "TLSv1.3" },
    { clientCaCerts: [caCert] },
    { requireClientCertificate: true },
  ];
  for (const options of all) {
    assertThrows(() => newServer(0, "", options), TypeError, "certificate");
  }
});
