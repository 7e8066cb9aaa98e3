import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { serveMetrics } from "../../../../chat/server/monitoring/_serve_metrics.ts";
import { hostsFor } from "../../../../chat/server/admission/_served_hosts.ts";
import type { ChatServerEvent } from "../../../../chat/server/chat_server_event.ts";
import type {
  ChatHttpOptions,
  ChatServerOptions,
} from "../../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";
import { readAll } from "../../../../tcp/read_all.ts";
import type { AllowedHosts } from "../../../../websocket/mod.ts";

function serve(http: ChatHttpOptions = {}, options: ChatServerOptions = {}) {
  return serveChat({ ...options, http: { port: 0, ...http } });
}

/** Asks for a path, or for a WebSocket as a page of that host does. */
async function statusOf(
  addr: Deno.NetAddr,
  host: string,
  path: string,
): Promise<string> {
  using conn = await dialTcp({ hostname: "127.0.0.1", port: addr.port });
  await conn.writeString(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
      (path === "/chat"
        ? "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Origin: http://${host}\r\nSec-WebSocket-Version: 13\r\n` +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        : "\r\n"),
  );
  const status = await conn.readLine() ?? "";
  conn.close();
  await conn.closed;
  return status;
}

Deno.test("A chat on localhost refuses every path for a foreign host (DNS rebinding), and names the option", async () => {
  const events: ChatServerEvent[] = [];
  await using server = serve({}, { onEvent: (event) => events.push(event) });
  const { port } = server.httpAddr;
  for (const path of ["/", "/chat", "/other"]) {
    for (
      const host of [
        ...["evil.example", `evil.example:${port}`, "localhost.evil.example"],
        ...["127.0.0.1.evil.example", "evil.example."],
      ]
    ) {
      const status = await statusOf(server.httpAddr, host, path);
      assertMatch(status, /^HTTP\/1\.1 421 /, `${host} ${path}`);
    }
  }
  using conn = await dialTcp(server.httpAddr);
  await conn.writeString("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const answer = new TextDecoder().decode(await readAll(conn));
  assertMatch(answer, /--allow-host \(allowedHosts\)/);
  const refused = events.filter(({ type }) => type === "refuse");
  assertEquals(
    refused.every((event) => "reason" in event && event.reason === "host"),
    true,
  );
  assertEquals(refused.length > 0, true);
});

Deno.test("A chat on localhost is reached by localhost and any address, and by hosts that are allowed", async () => {
  await using server = serve({ allowedHosts: ["chat.example", "*.b.example"] });
  const { port } = server.httpAddr;
  for (
    const host of [
      ...[`localhost:${port}`, "LOCALHOST", "127.0.0.1", "192.0.2.7:1"],
      ...["[::1]", `[2001:db8::1]:${port}`, "chat.example", "x.b.example:2"],
    ]
  ) {
    assertMatch(await statusOf(server.httpAddr, host, "/"), / 200 /, host);
    assertMatch(await statusOf(server.httpAddr, host, "/chat"), / 101 /, host);
  }
  assertMatch(await statusOf(server.httpAddr, "b.example", "/chat"), / 421 /);
});

Deno.test("A chat for other machines takes any host, unless it is told which", async () => {
  await using open = serve({ hostname: "0.0.0.0" });
  assertMatch(await statusOf(open.httpAddr, "any.example", "/chat"), / 101 /);
  const hostname = "0.0.0.0";
  await using closed = serve({ hostname, allowedHosts: ["chat.example"] });
  assertMatch(await statusOf(closed.httpAddr, "any.example", "/"), / 421 /);
  assertMatch(await statusOf(closed.httpAddr, "chat.example", "/"), / 200 /);
});

Deno.test("Hosts that can't match are refused when the chat is started", () => {
  for (const entry of ["", "http://a.example", "a b"]) {
    assertThrows(
      () => serve({ allowedHosts: [entry] }),
      SyntaxError,
      "allowed",
    );
  }
  const wrong = "a.example" as unknown as AllowedHosts;
  assertThrows(() => serve({ allowedHosts: wrong }), TypeError, "allowedHosts");
});

Deno.test("hostsFor() takes all names of this machine as local", () => {
  for (const hostname of ["127.0.0.1", "::1", "localhost", "127.8.8.8"]) {
    assertEquals(hostsFor(hostname, undefined) === "*", false, hostname);
    assertEquals(hostsFor(hostname, "*"), "*");
  }
  for (const hostname of ["0.0.0.0", "::", "192.0.2.7", "", "a.example"]) {
    assertEquals(hostsFor(hostname, undefined), "*", hostname);
  }
});

const METRICS = { hostname: "127.0.0.1", port: 0 };

Deno.test("The metrics are for this machine's own hosts, and those that are allowed", async () => {
  await using chat = serve();
  const options = { allowedHosts: ["chat.example"] };
  await using metrics = serveMetrics(METRICS, () => chat.stats, options);
  const status = (host: string) => statusOf(metrics.addr, host, "/metrics");
  assertMatch(await status("evil.example"), / 421 /);
  for (const host of ["localhost:9", "127.0.0.1", "chat.example"]) {
    assertMatch(await status(host), / 200 /, host);
  }
});
