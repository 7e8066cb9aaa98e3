import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { JsonUser } from "../_json_user.ts";

const tls = { cert: serverCert, key: serverKey };

Deno.test("serveChat() serves both sides over TLS, and the page's own origin is https", async () => {
  await using server = serveChat({
    tcp: { port: 0, ...tls },
    http: { port: 0, ...tls },
  });
  const { port } = server.httpAddr;
  using client = Deno.createHttpClient({ caCerts: [caCert] });
  const page = await fetch(`https://localhost:${port}/`, { client });
  assertMatch(await page.text(), /<title>/);

  using alice = await dialTls(
    { hostname: "localhost", port: server.tcpAddr.port },
    { caCerts: [caCert] },
  );
  assertMatch(await alice.readLine() ?? "", /^\*\*\* Welcome/);
  using bob = await JsonUser.connect(server.httpAddr, {
    url: `wss://localhost:${port}/chat`,
    caCerts: [caCert],
    headers: { origin: `https://localhost:${port}` },
  });
  assertEquals((await bob.next())?.type, "greeting");
  assertEquals(server.stats.connections.websocket, 1);
});

Deno.test("serveChat() wants a certificate and its key, or neither", () => {
  for (const part of [{ cert: serverCert }, { key: serverKey }]) {
    assertThrows(
      () => serveChat({ tcp: { port: 0, ...part } }),
      TypeError,
      "expected both cert and key",
    );
  }
});

Deno.test("Who does not speak TLS is counted, and is no error of the server", async () => {
  const errors: unknown[] = [];
  await using server = serveChat({
    http: { port: 0, ...tls },
    onError: (error) => errors.push(error),
  });
  using conn = await dialTcp(server.httpAddr);
  await conn.writeString("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const buffer = new Uint8Array(1024);
  while (await conn.read(buffer).catch(() => null) !== null);
  while (server.stats.refused["broken"] === undefined) {
    await delay(0);
  }
  assertEquals(server.stats.refused, { broken: 1 });
  assertEquals(errors, []);
});
