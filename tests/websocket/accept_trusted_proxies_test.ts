import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  dialTcp,
  dialUnix,
  listenTcp,
  listenUnix,
  readAll,
} from "@vnet/net/tcp";
import { canUseFiles } from "../tcp/support/kinds.ts";
import { pipe } from "@vnet/net/testing";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  type HttpRequest,
  upgradeWebSocket,
  type WebSocketRequest,
} from "@vnet/net/websocket";

/** What became of a request, and what the server has seen of its client. */
interface Outcome {
  readonly status: string;
  readonly body: string;
  readonly conn: string | undefined;
  readonly request: WebSocketRequest | HttpRequest | undefined;
}

const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const HERE = { trustedProxies: { from: ["127.0.0.1"] } };
const ORIGIN = { ...HERE, forwardedOrigin: true };

/** Sends a request from 127.0.0.1 to a server with these options. */
async function ask(
  options: AcceptWebSocketOptions,
  fields: readonly string[],
  start = UPGRADE,
): Promise<Outcome> {
  using listener = listenTcp("127.0.0.1:0");
  using client = await dialTcp(listener.addr);
  await client.writeString(
    `GET / HTTP/1.1\r\nHost: backend\r\n${start}` +
      fields.map((field) => `${field}\r\n`).join("") + "\r\n",
  );
  let request: Outcome["request"];
  const server = await acceptWebSocket(await listener.accept(), {
    onRequest: (asked) => void (request = asked),
    ...options,
  }).catch(() => undefined);
  server?.terminate();
  const answer = new TextDecoder().decode(await readAll(client));
  const [head, body = ""] = answer.split("\r\n\r\n");
  const status = head.split(" ")[1];
  return { status, body, conn: server?.clientAddress, request };
}

Deno.test("acceptWebSocket() tells the address of the client", async () => {
  const fields = ["X-Forwarded-For: 6.6.6.6, 203.0.113.7"];
  for (
    const [options, client] of [
      [{}, "127.0.0.1"],
      [{ trustedProxies: { from: ["127.0.0.2"] } }, "127.0.0.1"],
      [HERE, "203.0.113.7"],
    ] as const
  ) {
    const { conn, request } = await ask(options, fields);
    assertEquals([conn, request?.clientAddress], [client, client]);
  }
});

Deno.test("acceptWebSocket() tells the client of a plain request, too", async () => {
  let client: string | undefined;
  const onHttpRequest = ({ clientAddress }: HttpRequest) => {
    client = clientAddress;
    return new Response("page");
  };
  const fields = ["X-Forwarded-For: 203.0.113.7"];
  const { status } = await ask({ ...HERE, onHttpRequest }, fields, "");
  assertEquals([status, client], ["200", "203.0.113.7"]);
});

Deno.test("acceptWebSocket() takes its own origin from proxies only with forwardedOrigin", async () => {
  const fields = [
    "Origin: https://chat.example",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: chat.example",
  ];
  assertEquals((await ask(HERE, fields)).status, "403");
  assertEquals((await ask(ORIGIN, fields)).status, "101");
  const elsewhere = {
    trustedProxies: { from: ["127.0.0.2"] },
    forwardedOrigin: true,
  };
  assertEquals((await ask(elsewhere, fields)).status, "403");
  const http = fields.with(1, "X-Forwarded-Proto: http");
  assertEquals((await ask(ORIGIN, http)).status, "403");
});

Deno.test("acceptWebSocket() holds allowedHosts against the forwarded host", async () => {
  const onHttpRequest = () => new Response("page");
  const options = { ...ORIGIN, allowedHosts: ["chat.example"], onHttpRequest };
  for (
    const [host, status] of [
      ["chat.example", "101"],
      ["evil.example", "421"],
      ["no host", "400"],
    ]
  ) {
    const fields = [`X-Forwarded-Host: ${host}`];
    assertEquals((await ask(options, fields)).status, status, host);
    const plain = await ask(options, fields, "");
    assertEquals(plain.status, status === "101" ? "200" : status, host);
  }
  const unread = { ...HERE, allowedHosts: ["chat.example"] };
  const fields = ["X-Forwarded-Host: chat.example"];
  const { status, body } = await ask(unread, fields);
  assertEquals(status, "421");
  assertStringIncludes(body, "allowedHosts");
});

Deno.test("acceptWebSocket() cuts the connection if trustedProxies are wrong", async () => {
  for (
    const options of [
      { trustedProxies: { from: ["x"] } },
      { forwardedOrigin: true },
    ]
  ) {
    const [left, right] = pipe();
    await assertRejects(() => acceptWebSocket(left, options));
    await left.closed;
    right.terminate();
  }
});

Deno.test("upgradeWebSocket() needs remoteAddr for trusted proxies", () => {
  const request = new Request("http://127.0.0.1/");
  const options = { trustedProxies: { from: ["127.0.0.1"] } };
  assertThrows(
    () => upgradeWebSocket(request, options),
    TypeError,
    "Cannot use trustedProxies: expected remoteAddr",
  );
});

Deno.test("upgradeWebSocket() serves clients of a proxy", async () => {
  const seen = Promise.withResolvers<string | undefined>();
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, { remoteAddr }) =>
      upgradeWebSocket(request, {
        ...ORIGIN,
        remoteAddr,
        onOpen: (conn) => {
          seen.resolve(conn.clientAddress);
          return conn.close();
        },
      }).response,
  );
  using client = await dialTcp(`127.0.0.1:${http.addr.port}`);
  await client.writeString(
    `GET / HTTP/1.1\r\nHost: backend\r\n${UPGRADE}` +
      "Origin: https://chat.example\r\nX-Forwarded-For: 2001:db8::7\r\n" +
      "X-Forwarded-Proto: https\r\nX-Forwarded-Host: chat.example\r\n\r\n",
  );
  assertEquals(await client.readLine(), "HTTP/1.1 101 Switching Protocols");
  assertEquals(await seen.promise, "2001:db8::7");
  client.terminate();
});

Deno.test({
  name: "acceptWebSocket() trusts a Unix socket if told so",
  ignore: !canUseFiles() || Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const listener = await listenUnix(`${folder}/server.sock`);
    const client = await dialUnix(`${folder}/server.sock`);
    await client.writeString(
      `GET / HTTP/1.1\r\nHost: backend\r\n${UPGRADE}` +
        "X-Forwarded-For: 203.0.113.7\r\n\r\n",
    );
    const options = { trustedProxies: { from: ["unix"] } };
    const server = await acceptWebSocket(await listener.accept(), options);
    assertEquals(server.clientAddress, "203.0.113.7");
    server.terminate();
    client.terminate();
    await listener.close();
    await Deno.remove(folder, { recursive: true });
  },
});
