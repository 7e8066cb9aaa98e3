import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { newClient } from "../../../websocket/callbacks/client.ts";
import {
  newServer,
  type ServerClient,
} from "../../../websocket/callbacks/server.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { WebSocketStream } from "../../../websocket/websocket_stream.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import {
  authority,
  identities,
  identityKey,
} from "../../tcp/support/_identities.ts";
import { serve } from "../support/_servers.ts";

/** What a client needs that shows a certificate. */
const CLIENT = {
  caCerts: [caCert],
  cert: identities.client,
  key: identityKey,
};

/** A server that tells each client the name in its certificate. */
function serveNames() {
  const listener = listenTls("127.0.0.1:0", {
    cert: serverCert,
    key: serverKey,
    clientCaCerts: [authority],
    requireClientCertificate: true,
  });
  const serving = listener.serve(async (conn) => {
    const name = String(conn.peerCertificate?.subject["CN"]);
    const socket = await acceptWebSocket(conn);
    await socket.write(name);
    await socket.close();
  });
  return {
    listener,
    url: `wss://127.0.0.1:${listener.addr.port}/`,
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 1000 });
      await serving;
    },
  };
}

Deno.test("dialWebSocket() shows its certificate", async () => {
  await using server = serveNames();
  await using socket = await dialWebSocket(server.url, CLIENT);
  assertEquals(await socket.read(), "alice");
});

Deno.test("newClient() shows its certificate", async () => {
  await using server = serveNames();
  const client = newClient(server.url, CLIENT);
  const names: string[] = [];
  client.onMessage((_ws, message) => void names.push(message.text()));
  await client.connect();
  await client.listen();
  assertEquals(names, ["alice"]);
});

Deno.test("WebSocketStream shows its certificate", async () => {
  await using server = serveNames();
  const stream = new WebSocketStream(server.url, CLIENT);
  const { readable } = await stream.opened;
  const { value } = await readable.getReader().read();
  assertEquals(value, "alice");
  await stream.closed;
});

Deno.test("dialWebSocket() without the certificate that is demanded fails", async () => {
  await using server = serveNames();
  await assertRejects(() => dialWebSocket(server.url, { caCerts: [caCert] }));
});

Deno.test("newServer() decides by the certificate of a client", async () => {
  const server = newServer(0, "", {
    hostname: "127.0.0.1",
    cert: serverCert,
    key: serverKey,
    clientCaCerts: [authority],
  });
  const nameOf = ({ peerCertificate }: ServerClient) =>
    peerCertificate?.subject["CN"];
  server.onConnect((peer) => nameOf(peer) === "alice");
  const attached = Promise.withResolvers<unknown>();
  server.onAttached((peer) => attached.resolve(nameOf(peer)));
  await using served = await serve(server);
  const url = `wss://127.0.0.1:${served.port}/`;

  await using client = await dialWebSocket(url, CLIENT);
  assertEquals(await attached.promise, "alice");
  await client.close();
  const error = await assertRejects(
    () => dialWebSocket(url, { caCerts: [caCert] }),
    HandshakeError,
  );
  assertEquals(error.status, 403);
});

Deno.test("a client has no certificate without TLS", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const seen: ServerClient[] = [];
  server.onAttached((peer) => void seen.push(peer));
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => server.handleUpgrade(request, info),
  );
  await using served = await serve(server);

  for (const port of [served.port, http.addr.port]) {
    await using client = await dialWebSocket(`ws://127.0.0.1:${port}/`);
    await client.write("hello");
    await client.close();
  }
  assertEquals(seen.map((peer) => peer.peerCertificate), [
    undefined,
    undefined,
  ]);
});

Deno.test("a WebSocket client's certificate that can't be used is refused at once", async () => {
  // Nobody listens there: nothing is dialled.
  const url = "wss://127.0.0.1:9/";
  const bad = [
    { caCerts: ["garbage"] },
    { cert: "garbage", key: identityKey },
    { cert: identities.client, key: serverKey },
  ];
  for (const options of bad) {
    const reason = "Cannot dial 127.0.0.1:9: ";
    const { InvalidData } = Deno.errors;
    await assertRejects(() => dialWebSocket(url, options), InvalidData, reason);
    assertThrows(() => newClient(url, options), InvalidData, reason);
    assertThrows(() => new WebSocketStream(url, options), InvalidData, reason);
  }
  const { cert } = CLIENT;
  await assertRejects(() => dialWebSocket(url, { cert }), TypeError);
  assertThrows(() => newClient(url, { cert }), TypeError);
});
