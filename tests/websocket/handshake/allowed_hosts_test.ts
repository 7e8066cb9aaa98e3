import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { readAll } from "../../../tcp/read_all.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../../websocket/accept_websocket.ts";
import {
  type AllowedHosts,
  prepareHosts,
  refuseHost,
} from "../../../websocket/handshake/_allowed_hosts.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { HeaderFields } from "../../../internal/http/header_fields.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { upgradeWebSocket } from "../../../websocket/upgrade_websocket.ts";

/** The status of the refusal of a request that names some hosts, if it is one. */
function statusOf(
  hosts: string | readonly string[],
  allowed: AllowedHosts,
  { target = "/", isSecure = false } = {},
): number | undefined {
  const fields = new HeaderFields();
  for (const host of [hosts].flat()) fields.add("host", host);
  const start = { method: "GET", target, minorVersion: 1 };
  return refuseHost({ start, fields }, { isSecure, allowedHosts: allowed })
    ?.status;
}

function request(host: string, path = "/", upgrade = true): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
    (upgrade
      ? "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Origin: http://${host}\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "Sec-WebSocket-Version: 13\r\n\r\n"
      : "\r\n");
}

/** Sends a request to what serves one, and reads the answer to its end. */
async function exchange(addr: Deno.Addr, text: string): Promise<string> {
  using conn = await dialTcp(addr as Deno.NetAddr);
  await conn.writeString(text);
  await conn.closeWrite();
  return new TextDecoder().decode(await readAll(conn));
}

Deno.test("allowedHosts matches names in any spelling, with the port that they have or any", () => {
  const cases: readonly [string, string, boolean][] = [
    ["chat.example", "chat.example", true],
    ["chat.example", "CHAT.Example:8080", true],
    ["chat.example", "chat.example.", true],
    ["chat.example", "chat.example.:80", true],
    ["chat.example", "evilchat.example", false],
    ["chat.example", "chat.example.evil", false],
    ["chat.example", "a.chat.example", false],
    ["CHAT.example.", "chat.example", true],
    ["größe.example", "xn--gre-6ka8i.example", true],
    ["chat.example:8080", "chat.example:8080", true],
    ["chat.example:8080", "chat.example", false],
    ["chat.example:8080", "chat.example:8081", false],
    ["chat.example:80", "chat.example", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "a.b.example.com:1", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", ".example.com", false],
    ["*.example.com", "evilexample.com", false],
    ["*.example.com", "a.example.com.evil", false],
    ["*.example.com:81", "a.example.com:81", true],
    ["*.example.com:81", "a.example.com", false],
    ["*", "anything.example", true],
  ];
  for (const [entry, host, isAllowed] of cases) {
    const expected = isAllowed ? undefined : 421;
    assertEquals(statusOf(host, [entry]), expected, `${entry} ${host}`);
  }
  const isSecure = true;
  assertEquals(
    statusOf("a.example", ["a.example:443"], { isSecure }),
    undefined,
  );
  assertEquals(statusOf("a.example", ["a.example:80"], { isSecure }), 421);
});

Deno.test("allowedHosts matches addresses in any spelling, and networks of them", () => {
  const cases: readonly [string, string, boolean][] = [
    ["127.0.0.1", "127.0.0.1:2021", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["127.0.0.1", "127.0.0.1.evil.example", false],
    ["127.0.0.1:80", "127.0.0.1:81", false],
    ["::1", "[::1]:2021", true],
    ["::1", "[0:0:0:0:0:0:0:1]", true],
    ["[::1]", "[::1]", true],
    ["[::1]:81", "[::1]:81", true],
    ["[::1]:81", "[::1]", false],
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.168.4.0/22", "192.168.7.255", true],
    ["192.168.4.0/22", "192.168.8.0", false],
    ["0.0.0.0/0", "203.0.113.7", true],
    ["0.0.0.0/0", "[::1]", false],
    ["::/0", "[2001:db8::1]", true],
    ["::/0", "203.0.113.7", false],
    ["fe80::/10", "[fe80::1]", true],
    ["::/0", "evil.example", false],
    ["0.0.0.0/0", "evil.example", false],
  ];
  for (const [entry, host, isAllowed] of cases) {
    const expected = isAllowed ? undefined : 421;
    assertEquals(statusOf(host, [entry]), expected, `${entry} ${host}`);
  }
});

Deno.test("allowedHosts refuses requests without one good Host, and looks at a whole URL too", () => {
  const allowed = ["good.example"];
  for (const host of [[], "", "a b", "good.example/", "x@good.example"]) {
    assertEquals(statusOf(host, allowed), 400, String(host));
  }
  assertEquals(statusOf(["good.example", "good.example"], allowed), 400);
  const target = "http://evil.example/chat";
  assertEquals(statusOf("good.example", allowed, { target }), 421);
  assertEquals(
    statusOf("good.example", allowed, { target: "http://good.example/" }),
    undefined,
  );
  assertEquals(statusOf("good.example", []), 421);
  assertEquals(statusOf([], "*"), undefined);
});

Deno.test("allowedHosts that can't match are refused where they are given", async () => {
  const [left, right] = (await import("../../../tcp/testing.ts")).pipe();
  right.close();
  const plain = new Request("http://127.0.0.1/");
  const entries = [
    ...[
      "",
      "http://a.example",
      "a.example/path",
      "*.",
      "*.1.2.3.4",
      "*a.example",
    ],
    ...["a b", "a.*.example", "user@a.example", "a:b", "a:0", "a:65536", "a:"],
    ...["10.0.0.0/33", "::/129", "a.example/8", "/8", "1.2.3/8", "[::1", "::g"],
  ];
  for (const entry of entries) {
    const allowedHosts = [entry];
    assertThrows(() => prepareHosts(allowedHosts), SyntaxError, `"${entry}"`);
    assertThrows(() => newServer(0, "", { allowedHosts }), SyntaxError);
    assertThrows(() => upgradeWebSocket(plain, { allowedHosts }), SyntaxError);
  }
  for (const wrong of ["a.example", 1, null, {}, [1], [undefined]]) {
    const allowedHosts = wrong as unknown as AllowedHosts;
    assertThrows(() => prepareHosts(allowedHosts), TypeError, "allowedHosts");
    assertThrows(() => newServer(0, "", { allowedHosts }), TypeError);
    assertThrows(() => upgradeWebSocket(plain, { allowedHosts }), TypeError);
  }
  let error: unknown;
  await acceptWebSocket(left, { allowedHosts: [""] }).catch((e) => error = e);
  assertEquals(error instanceof SyntaxError, true);
});

Deno.test("acceptWebSocket() refuses WebSockets and pages for other hosts with 421, and names the option", async () => {
  const errors: unknown[] = [];
  let pages = 0;
  const options: AcceptWebSocketOptions = {
    allowedHosts: ["localhost", "127.0.0.1"],
    onHttpRequest: () => {
      pages++;
      return new Response("page");
    },
  };
  using listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    try {
      const socket = await acceptWebSocket(conn, options);
      await socket.closed;
    } catch (error) {
      errors.push(error);
    }
  });
  for (const isUpgrade of [true, false]) {
    const text = request("evil.example", "/", isUpgrade);
    const answer = await exchange(listener.addr, text);
    assertMatch(answer, /^HTTP\/1\.1 421 Misdirected Request\r\n/);
    assertMatch(answer, /allowedHosts/);
    assertEquals(answer.includes("evil"), false);
  }
  assertEquals(pages, 0);
  for (const error of errors) {
    assertEquals(error instanceof HandshakeError && error.status, 421);
    assertMatch(String(error), /allowedHosts/);
  }
  const good = await exchange(
    listener.addr,
    request("LOCALHOST:1", "/", false),
  );
  assertMatch(good, /^HTTP\/1\.1 200 /);
  assertMatch(
    await exchange(listener.addr, request("127.0.0.1")),
    /^HTTP\/1\.1 101 /,
  );
  listener.close();
  await serving;
});

Deno.test("newServer() refuses other hosts on its port", async () => {
  const server = newServer(0, "", {
    hostname: "127.0.0.1",
    allowedHosts: ["localhost"],
  });
  const listens = Promise.withResolvers<Deno.NetAddr>();
  const serving = server.listen({ onListen: listens.resolve });
  const addr = await listens.promise;
  assertMatch(await exchange(addr, request("evil.example")), / 421 /);
  assertMatch(await exchange(addr, request("localhost")), / 101 /);
  await server.close();
  await serving;
});

Deno.test("upgradeWebSocket() and handleUpgrade() refuse other hosts inside Deno.serve", async () => {
  const allowedHosts = ["localhost"];
  const v = newServer(0, "", { allowedHosts });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) =>
      request.url.endsWith("/v")
        ? v.handleUpgrade(request, info)
        : upgradeWebSocket(request, { allowedHosts }).response,
  );
  for (const path of ["/", "/v"]) {
    for (const isUpgrade of [true, false]) {
      const text = request("evil.example", path, isUpgrade);
      const answer = await exchange(server.addr, text);
      assertMatch(answer, /^HTTP\/1\.1 421 [^]*allowedHosts/);
    }
    const good = await exchange(server.addr, request("localhost", path));
    assertMatch(good, /^HTTP\/1\.1 101 /);
  }
  await v.close();
});
