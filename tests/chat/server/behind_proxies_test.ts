import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { encodeProxyHeader } from "../../../tcp/proxy_protocol/encode_proxy_header.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { readAll } from "../../../tcp/read_all.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { until } from "../../tcp/support/_outcomes.ts";
import { startTls } from "../../../tcp/tls/start_tls.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { type Json, JsonUser } from "../_json_user.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };
const TOKEN = "open sesame";
const HERE = { from: ["127.0.0.1"] };
const PROXIED: ChatServerOptions = {
  http: { port: 0, trustedProxies: HERE },
  operatorToken: TOKEN,
};

/** Connects as a proxy does for a client. */
function connect(
  server: ChatServer,
  client: string,
  fields: Record<string, string> = {},
): Promise<JsonUser> {
  const headers = { "x-forwarded-for": client, ...fields };
  return JsonUser.connect(server.httpAddr, { headers });
}

/** Enters the chat as a client of a proxy. */
async function enter(
  server: ChatServer,
  client: string,
  nickname: string,
): Promise<JsonUser> {
  const user = await connect(server, client);
  user.send({ type: "hello", version: 1, nickname });
  await user.until("entered");
  return user;
}

/** The status of a handshake that is refused, and the text of the answer. */
async function refusal(
  connecting: Promise<JsonUser>,
): Promise<[status: number | undefined, body: string | undefined]> {
  const error = await connecting.then((user) => {
    user.close();
    return "accepted";
  }, (error) => error);
  if (!(error instanceof HandshakeError)) throw new Error(String(error));
  return [error.status, error.body];
}

/** Makes a user an operator, who bans another. */
async function ban(operator: JsonUser, nickname: string): Promise<void> {
  operator.send({ type: "operator", token: TOKEN, ref: "1" });
  await operator.until("ack");
  operator.send({ type: "ban", nickname, minutes: 5, ref: "2" });
  await operator.until("ack");
}

function isBanned(last: Json | undefined): boolean {
  return last?.type === "goodbye" && last["reason"] === "banned";
}

/** Sends a request to the chat, and reads the answer. */
async function ask(
  addr: Deno.NetAddr,
  path: string,
  fields: readonly string[] = [],
): Promise<string> {
  using conn = await dialTcp(addr);
  await conn.writeString(
    [`GET ${path} HTTP/1.1`, "Host: localhost", ...fields, "", ""].join("\r\n"),
  );
  return new TextDecoder().decode(await readAll(conn));
}

/** Connects as a proxy that sends a PROXY header. */
async function startProxied(
  addr: Deno.NetAddr,
  hostname: string,
): Promise<TcpConn> {
  const conn = await dialTcp(addr);
  const source = { hostname, port: 5000 };
  const destination = { hostname: "192.0.2.9", port: 443 };
  await conn.write(encodeProxyHeader({ source, destination }));
  return conn;
}

Deno.test("A ban of one client of a proxy leaves the others", async () => {
  const events: ChatServerEvent[] = [];
  const onEvent = (event: ChatServerEvent) => void events.push(event);
  await using server = serveChat({ ...PROXIED, onEvent });
  using ann = await enter(server, "203.0.113.1", "ann");
  using bob = await enter(server, "203.0.113.2", "bob");
  using carol = await enter(server, "2001:db8::1", "carol");
  await ban(ann, "bob");
  assertEquals(isBanned((await bob.rest()).at(-1)), true);
  const [status, body] = await refusal(connect(server, "203.0.113.2"));
  assertEquals(status, 403);
  assertMatch(body ?? "", /banned/);
  // A page is refused, too.
  const page = await ask(server.httpAddr, "/", [
    "X-Forwarded-For: 203.0.113.2",
  ]);
  assertMatch(page, /^HTTP\/1\.1 403 /);
  const other = await ask(server.httpAddr, "/", [
    "X-Forwarded-For: 203.0.113.3",
  ]);
  assertMatch(other, /^HTTP\/1\.1 200 /);
  carol.send({ type: "say", room: "lobby", text: "still here" });
  assertEquals((await ann.until("said"))["text"], "still here");
  assertEquals(server.stats.refused, { banned: 2 });
  const addresses = events.flatMap((event) =>
    event.type === "connect" || event.type === "refuse" ? event.address : []
  );
  assertEquals(addresses, [
    "203.0.113.1",
    "203.0.113.2",
    "2001:db8::1",
    "203.0.113.2",
    "203.0.113.2",
  ]);
});

Deno.test("Limits per address count the clients of a proxy", async () => {
  const limits = { maxPerAddress: 2, maxNewPerAddress: 3 };
  await using server = serveChat({
    ...PROXIED,
    ...limits,
    exemptLoopback: false,
  });
  const users: JsonUser[] = [];
  for (const client of ["203.0.113.1", "203.0.113.1", "203.0.113.2"]) {
    users.push(await connect(server, client));
  }
  assertEquals((await refusal(connect(server, "203.0.113.1")))[0], 429);
  assertEquals(server.stats.refused, { "too-many-connections": 1 });
  users[0]?.close();
  await until(() => server.stats.connections.websocket === 2);
  users.push(await connect(server, "203.0.113.1"));
  users[1]?.close();
  await until(() => server.stats.connections.websocket === 2);
  // It has entered three times.
  assertEquals((await refusal(connect(server, "203.0.113.1")))[0], 429);
  assertEquals(server.stats.refused["too-many-attempts"], 1);
  // The proxy's own requests, such as health checks, have no limit.
  for (let count = 0; count < 5; count++) {
    assertMatch(await ask(server.httpAddr, "/healthz"), /^HTTP\/1\.1 200 /);
  }
  for (const user of users) user.close();
});

Deno.test("A chat behind TLS counts clients of proxies by both ways", async () => {
  const tls = { cert: serverCert, key: serverKey };
  const limits = { maxPerAddress: 1, exemptLoopback: false };
  const send = async (server: ChatServer, client: string, header: boolean) => {
    const raw = await dialTcp(server.httpAddr, HANGS);
    const source = { hostname: client, port: 5000 };
    const destination = { hostname: "192.0.2.9", port: 443 };
    if (header) await raw.write(encodeProxyHeader({ source, destination }));
    const names = { serverName: "localhost", caCerts: [caCert] };
    const conn = await startTls(raw, { ...names, ...HANGS });
    const field = header ? "" : `X-Forwarded-For: ${client}\r\n`;
    await conn.writeString(
      "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n" +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${field}` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    return [conn, (await conn.readLine(HANGS))?.split(" ")[1]] as const;
  };
  for (const header of [false, true]) {
    const by = header ? { proxyProtocol: HERE } : { trustedProxies: HERE };
    await using server = serveChat({
      http: { port: 0, ...tls, ...by },
      ...limits,
    });
    const [ann, first] = await send(server, "203.0.113.1", header);
    const [bob, second] = await send(server, "203.0.113.2", header);
    assertEquals([first, second], ["101", "101"]);
    // With a PROXY header the address is known, and refused, before TLS.
    const third = await send(server, "203.0.113.1", header).then(
      ([conn, status]) => {
        conn.terminate();
        return status;
      },
      () => "cut",
    );
    assertEquals(third, header ? "cut" : "429");
    assertEquals(server.stats.refused, { "too-many-connections": 1 });
    for (const conn of [ann, bob]) conn.terminate();
    await until(() => server.connectionCount === 0);
  }
});

Deno.test("Header fields of an address that is not trusted mean nothing", async () => {
  const trustedProxies = { from: ["192.0.2.1"] };
  const http = { port: 0, trustedProxies, forwardedOrigin: true };
  await using server = serveChat({
    http,
    maxPerAddress: 1,
    exemptLoopback: false,
  });
  using _user = await connect(server, "203.0.113.1");
  assertEquals((await refusal(connect(server, "203.0.113.2")))[0], 429);
});

Deno.test("PROXY headers tell the clients of both ports", async () => {
  const events: ChatServerEvent[] = [];
  await using server = serveChat({
    tcp: { port: 0, proxyProtocol: HERE },
    http: { port: 0, proxyProtocol: HERE },
    maxPerAddress: 1,
    exemptLoopback: false,
    onEvent: (event) => void events.push(event),
  });
  const ann = await startProxied(server.tcpAddr, "203.0.113.1");
  assertMatch(await ann.readLine() ?? "", /^\*\*\* Welcome/);
  const bob = await startProxied(server.tcpAddr, "203.0.113.2");
  assertMatch(await bob.readLine() ?? "", /^\*\*\* Welcome/);
  const again = await startProxied(server.httpAddr, "203.0.113.1");
  assertMatch(await again.readLine() ?? "", /^HTTP\/1\.1 429 /);
  const page = await startProxied(server.httpAddr, "203.0.113.3");
  await page.writeString("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assertMatch(await page.readLine() ?? "", /^HTTP\/1\.1 200 /);
  for (const conn of [ann, bob, again, page]) conn.terminate();
  assertEquals(
    events.flatMap((event) =>
      event.type === "connect" || event.type === "refuse" ? event.address : []
    ),
    ["203.0.113.1:5000", "203.0.113.2:5000", "203.0.113.1:5000"],
  );
});

Deno.test("A proxy that sends no PROXY header is told of by name", async () => {
  const events: ChatServerEvent[] = [];
  const proxyProtocol = { ...HERE, timeout: 50 };
  await using server = serveChat({
    tcp: { port: 0, proxyProtocol },
    http: { port: 0, proxyProtocol },
    onEvent: (event) => void events.push(event),
  });
  using silent = await dialTcp(server.tcpAddr);
  await until(() => events.some(({ type }) => type === "refuse"));
  using talking = await dialTcp(server.httpAddr);
  await talking.writeString("GET / HTTP/1.1\r\n\r\n");
  await until(() => server.stats.refused["proxy-header"] === 2);

  const told = events.flatMap((event) =>
    event.type === "refuse" ? [[event.kind, event.address, event.reason]] : []
  );
  const nameOf = ({ localAddr }: TcpConn) => `127.0.0.1:${localAddr.port}`;
  assertEquals(told, [
    ["tcp", nameOf(silent), "proxy-header"],
    ["http", nameOf(talking), "proxy-header"],
  ]);
});

Deno.test("The chat takes its own origin from a proxy, and says what to set", async () => {
  const fields = {
    origin: "https://chat.example",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "chat.example",
  };
  const forwarding = {
    port: 0,
    trustedProxies: HERE,
    forwardedOrigin: true,
    allowedHosts: ["chat.example"],
  };
  await using server = serveChat({ http: forwarding });
  using _user = await connect(server, "203.0.113.1", fields);

  await using plain = serveChat(PROXIED);
  const [status, body = ""] = await refusal(
    connect(plain, "203.0.113.1", fields),
  );
  assertEquals(status, 403);
  for (const option of ["--allow-origin", "--forwarded-origin"]) {
    assertStringIncludes(body, option);
  }
  await using guarded = serveChat({
    http: { ...forwarding, allowedHosts: ["other.example"] },
  });
  const [wrong, why = ""] = await refusal(
    connect(guarded, "203.0.113.1", fields),
  );
  assertEquals(wrong, 421);
  assertStringIncludes(why, "--allow-host");
});

Deno.test("A base path is the prefix of the page and the WebSocket", async () => {
  await using server = serveChat({ http: { port: 0, basePath: "/team/chat" } });
  const { httpAddr } = server;
  const statuses: [string, RegExp][] = [
    ["/team/chat/", /^HTTP\/1\.1 200 /],
    ["/team/chat/page/icon.svg", /^HTTP\/1\.1 200 /],
    ["/team/chat", /^HTTP\/1\.1 308 .*location: \/team\/chat\/\r\n/s],
    ["/", /^HTTP\/1\.1 404 /],
    ["/chat", /^HTTP\/1\.1 404 /],
    ["/healthz", /^HTTP\/1\.1 200 .*\r\n\r\nok\n$/s],
  ];
  for (const [path, pattern] of statuses) {
    assertMatch(await ask(httpAddr, path), pattern, path);
  }
  const url = `ws://127.0.0.1:${httpAddr.port}/team/chat/chat`;
  using user = await JsonUser.connect(httpAddr, { url });
  assertEquals((await user.next())?.type, "greeting");
});

Deno.test("/healthz is 503 while users are leaving", async () => {
  const server = serveChat({ http: { port: 0 } });
  const { httpAddr } = server;
  // Somebody who does not answer the close frame.
  using user = await dialTcp(httpAddr);
  await user.writeString(
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n" +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  assertMatch(await user.readLine() ?? "", / 101 /);
  await until(() => server.stats.connections.websocket === 1);
  const stop = new AbortController();
  const stopped = server.shutdown({ timeout: Infinity, signal: stop.signal });
  assertMatch(await ask(httpAddr, "/healthz"), /^HTTP\/1\.1 503 /);
  stop.abort();
  await stopped.catch(() => {});
  await server.finished;
});
