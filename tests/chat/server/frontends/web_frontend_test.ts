import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import type { ChatServerOptions } from "../../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";
import { readAll } from "../../../../tcp/read_all.ts";
import { HandshakeError } from "../../../../websocket/handshake_error.ts";
import { JsonUser } from "../../_json_user.ts";

function serve(options: ChatServerOptions = {}) {
  return serveChat({ http: { port: 0 }, ...options });
}

/** Sends bytes as they are, and reads all that comes back. */
async function exchange(addr: Deno.NetAddr, request: string): Promise<string> {
  using conn = await dialTcp(addr);
  await conn.writeString(request);
  return new TextDecoder().decode(await readAll(conn));
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

Deno.test("The chat's HTTP port serves the page, with a policy that lets nothing else in", async () => {
  await using server = serve();
  const url = `http://127.0.0.1:${server.httpAddr.port}/`;
  const response = await fetch(url, {
    headers: { "accept-encoding": "identity" },
  });
  assertEquals(response.status, 200);
  const { headers } = response;
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  const policy = headers.get("content-security-policy") ?? "";
  assertMatch(policy, /default-src 'none'/);
  assertMatch(policy, /frame-ancestors 'none'/);
  assertEquals(policy.includes("unsafe"), false);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  const body = await response.text();
  assertMatch(body, /^<!DOCTYPE html>/i);
  assertEquals(
    Number(headers.get("content-length")),
    new TextEncoder().encode(body).length,
  );
  const compressed = await fetch(url, {
    headers: { "accept-encoding": "gzip" },
  });
  const length = Number(compressed.headers.get("content-length"));
  assert(length < body.length / 2, `${length} of ${body.length}`);
  assertEquals(await compressed.text(), body);
});

Deno.test("The chat's HTTP port answers HEAD without a body, and 304 to who has the page", async () => {
  await using server = serve();
  const get = await exchange(
    server.httpAddr,
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );
  const head = await exchange(
    server.httpAddr,
    "HEAD /?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );
  assertEquals(head, get.slice(0, get.indexOf("\r\n\r\n") + 4));
  const etag = /etag: (.*)\r/.exec(get)?.[1];
  const cached = await exchange(
    server.httpAddr,
    `GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: ${etag}\r\n\r\n`,
  );
  assertEquals(statusOf(cached), 304);
  assertMatch(cached, /\r\n\r\n$/);
});

Deno.test("The chat's HTTP port refuses what is no good, and says why in a status", async () => {
  await using server = serve();
  const host = "Host: localhost\r\n\r\n";
  const upgrade =
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
    "Sec-WebSocket-Version: 13\r\n\r\n";
  const cases: readonly [string, number][] = [
    [`GET /index.html HTTP/1.1\r\n${host}`, 404],
    [`GET /../../etc/passwd HTTP/1.1\r\n${host}`, 404],
    [`GET /..%2f..%2fetc/passwd HTTP/1.1\r\n${host}`, 404],
    [`GET /%2e%2e/ HTTP/1.1\r\n${host}`, 404],
    [`GET //etc/passwd HTTP/1.1\r\n${host}`, 404],
    [`GET /favicon.ico HTTP/1.1\r\n${host}`, 404],
    [`OPTIONS * HTTP/1.1\r\n${host}`, 404],
    [`POST / HTTP/1.1\r\n${host}`, 405],
    [`DELETE / HTTP/1.1\r\n${host}`, 405],
    [`POST / HTTP/1.1\r\nContent-Length: 3\r\n${host}abc`, 400],
    [`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${host}0\r\n\r\n`, 400],
    ["GET / HTTP/1.1\nHost: a\n\n", 400],
    [`GET / HTTP/2.0\r\n${host}`, 505],
    ["\x16\x03\x01\x02\x00", 400],
    [`GET /${"a".repeat(20_000)} HTTP/1.1\r\n`, 400],
    [`GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}`, 431],
    [`GET / HTTP/1.1\r\n${"A: b\r\n".repeat(101)}${host}`, 431],
    [`GET /other HTTP/1.1\r\n${upgrade}`, 404],
    [`POST /chat HTTP/1.1\r\n${upgrade}`, 400],
    [`GET /chat HTTP/1.1\r\n${host}`, 404],
    [
      `GET /chat HTTP/1.1\r\nOrigin: https://evil.example\r\n${upgrade}`,
      403,
    ],
  ];
  for (const [request, status] of cases) {
    const answer = await exchange(server.httpAddr, request);
    assertEquals(statusOf(answer), status, request.slice(0, 60));
    assertMatch(answer, /connection: close\r\n/);
  }
  // The count is complete when all connections are over.
  while (server.connectionCount > 0) {
    await delay(0);
  }
  const { refused } = server.stats;
  assertEquals(refused, { "bad-request": cases.length - 1, "origin": 1 });
});

Deno.test("The chat's HTTP port ends a connection that has sent no request when the server stops", async () => {
  const server = serve();
  using slow = await dialTcp(server.httpAddr);
  await slow.writeString("GET / HT");
  using silent = await dialTcp(server.httpAddr);
  // Who comes after them has been answered, so both are in.
  await exchange(server.httpAddr, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assertEquals(await server.shutdown(), 0);
  for (const conn of [slow, silent]) {
    assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
  }
});

Deno.test("A page of another origin may connect only if the server allows it", async () => {
  await using server = serve({
    http: { port: 0, allowedOrigins: ["https://friend.example"] },
  });
  const { port } = server.httpAddr;
  for (
    const origin of [`http://127.0.0.1:${port}`, "https://friend.example"]
  ) {
    using user = await JsonUser.connect(server.httpAddr, {
      headers: { origin },
    });
    assertEquals((await user.next())?.type, "greeting");
  }
  for (
    const origin of ["https://evil.example", "null", `http://localhost:${port}`]
  ) {
    const error = await assertRejects(
      () => JsonUser.connect(server.httpAddr, { headers: { origin } }),
      HandshakeError,
    );
    assertEquals(error.status, 403);
  }
});

Deno.test("An address that has its connections is told so over HTTP and TCP", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    maxPerAddress: 2,
    exemptLoopback: false,
  });
  using _alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await dialTcp(server.tcpAddr);
  assertMatch(await bob.readLine() ?? "", /Welcome/);
  using carol = await dialTcp(server.tcpAddr);
  assertMatch(await carol.readLine() ?? "", /^\*\*\* .*too many connections/i);
  assertEquals(await carol.readLine(), null);
  const answer = await exchange(server.httpAddr, "");
  assertMatch(answer, /^HTTP\/1\.1 429 .*\r\n\r\n.+\n$/s);
  assertEquals(server.stats.refused, { "too-many-connections": 2 });
  assertEquals(server.droppedCount, 2);
});

Deno.test("An address that has entered too often waits, though it gets the page", async () => {
  await using server = serveChat({
    http: { port: 0 },
    maxNewPerAddress: 2,
    exemptLoopback: false,
  });
  for (const name of ["alice", "bob"]) {
    using _user = await JsonUser.enter(server.httpAddr, name);
  }
  const error = await assertRejects(
    () => JsonUser.connect(server.httpAddr),
    HandshakeError,
  );
  assertEquals(error.status, 429);
  assertEquals(error.headers.get("retry-after"), "60");
  const page = await exchange(
    server.httpAddr,
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  );
  assertEquals(statusOf(page), 200);
});

Deno.test("Those who are turned away are told so, though they have sent something already", async () => {
  await using server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    maxPerAddress: 1,
    exemptLoopback: false,
  });
  using _alice = await JsonUser.enter(server.httpAddr, "alice");
  for (let round = 0; round < 20; round++) {
    const told = await exchange(server.tcpAddr, "x".repeat(10_000));
    assertMatch(told, /^\*\*\* .*too many connections/i);
    const request = `GET / HTTP/1.1\r\nX: ${"x".repeat(10_000)}\r\n\r\n`;
    const answer = await exchange(server.httpAddr, request);
    assertMatch(answer, /^HTTP\/1\.1 429 .*\r\n\r\n.+\n$/s);
  }
});

Deno.test("1,000 dials of one address leave 16 connections, and are counted", async () => {
  await using server = serveChat({ tcp: { port: 0 }, exemptLoopback: false });
  const conns = await Promise.all(
    Array.from({ length: 1000 }, () => dialTcp(server.tcpAddr)),
  );
  const greeted = await Promise.all(conns.map(async (conn) => {
    const line = await conn.readLine({ timeout: 60_000 }).catch(() => null);
    return line !== null && line.includes("Welcome");
  }));
  assertEquals(greeted.filter((isIn) => isIn).length, 16);
  assertEquals(server.stats.refused, { "too-many-connections": 984 });
  for (const conn of conns) conn.close();
});

Deno.test("Who is slow to send a request, or sends none, is cut off in time and counted", async () => {
  await using server = serve({ requestTimeout: 50 });
  using silent = await dialTcp(server.httpAddr);
  using slow = await dialTcp(server.httpAddr);
  let isOpen = true;
  const ends = [silent, slow].map(async (conn) => {
    await conn.read(new Uint8Array(1024)).catch(() => null);
  });
  const ended = Promise.all(ends).then(() => isOpen = false);
  // One byte after the other, as long as somebody takes them.
  for (let n = 0; isOpen; n++) {
    await slow.writeString("GET / HTTP/1.1\r\n".charAt(n) || "x")
      .catch(() => {});
    await delay(0);
  }
  await ended;
  while (server.connectionCount > 0) {
    await delay(0);
  }
  assertEquals(server.stats.refused, { timeout: 2 });
});
