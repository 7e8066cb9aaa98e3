import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dialTcp, listenTcp, readAll } from "@vnet/net/tcp";
import { dialWebSocket, HandshakeError } from "@vnet/net/websocket";
import type { Child } from "../chat/_child.ts";
import { DEAD_ADDR } from "../tcp/support/_dead_addr.ts";
import {
  assertEnds,
  assertLines,
  assertNext,
  type Line,
  Peer,
  readGroup,
  start,
  stop,
} from "./_example.ts";
import {
  exportCounters,
  runWithoutCollector,
  runWithoutTelemetry,
} from "./_opentelemetry.ts";

const canSignal = Deno.build.os !== "windows";

/** What is done with the examples that need somebody to talk with. */
export const DIALOGUES: Record<
  string,
  Record<string, () => Promise<void>>
> = {
  "v_tcp_client.ts": { "asks the host that it is given": askHost },
  "node_tcp_server.ts": {
    "counts its clients, turns the third away and answers": countClients,
    "closes after a time, and ends with its last client": closeServer,
  },
  "node_chat_v1.ts": { "is a chat room": chatV1 },
  "node_chat_v2.ts": { "is a chat room with commands": chatV2 },
  "node_udp_a.ts": { "answers node_udp_b.ts": exchangeDatagrams },
  "net_module_server.ts": { "serves net_module_client.ts": useNetModule },
  "net_module_client.ts": { "brings a server of its own": useOwnServer },
  "go_chat_server.ts": { "tells everybody everything": chatInGo },
  "go_client.ts": {
    "copies both ways": copyBothWays,
    "ends without an input": endWithoutInput,
  },
  "luvit_echo_server.ts": { "serves luvit_echo_client.ts": echoInLuvit },
  "luvit_address_in_use.ts": {
    "waits for its own port": waitForOwnPort,
    "waits for the port it is given": waitForPort,
  },
  "websocket_in_deno_serve.ts": { "serves a page and an echo": servePage },
  "opentelemetry.ts": {
    "exports the counters to a collector": exportCounters,
    "runs without a collector": runWithoutCollector,
    "runs without OpenTelemetry": runWithoutTelemetry,
  },
  "proxy.ts": {
    "shows itself": showProxy,
    "passes connections on, each direction until its end": passConnectionsOn,
    "cuts what it could not pass on": cutClient,
  },
};

async function askHost(): Promise<void> {
  await using listener = listenTcp("127.0.0.1:0");
  const { port } = listener.addr;
  await using child = await start("v_tcp_client.ts", `127.0.0.1:${port}`);
  using conn = await listener.accept();
  assertEquals(await conn.readLine(), "GET /index.html HTTP/1.0");
  assertEquals(await conn.readLine(), "");
  await conn.writeString("an answer");
  await conn.closeWrite();
  await assertEnds(child, ["an answer"]);
}

async function countClients(): Promise<void> {
  await using child = await start("node_tcp_server.ts", "0", "600000");
  const port = await readGroup(child, /^The server listens on port (\d+)$/);
  using first = await Peer.dial(port);
  await assertComes(child, port, 1);
  await first.conn.writeString("你好");
  await assertNext(child, 'Received: "你好"');
  await first.hearsBytes("The server has received: 你好");
  using _second = await Peer.dial(port);
  await assertComes(child, port, 2);
  using third = await Peer.dial(port);
  await third.hears(null);

  await first.conn.closeWrite();
  await assertNext(child, "The client has said all", "The client has gone");
  using fourth = await Peer.dial(port);
  await assertComes(child, port, 2);
  fourth.conn.close();
  await assertNext(child, "The client has said all", "The client has gone");
  await stop(child);
}

async function assertComes(
  child: Child,
  port: string,
  count: number,
): Promise<void> {
  await assertNext(
    child,
    `A client has come to 127.0.0.1:${port}`,
    `Clients now: ${count}, at most 2`,
  );
}

async function closeServer(): Promise<void> {
  await using child = await start("node_tcp_server.ts", "0", "0");
  const port = await readGroup(child, /^The server listens on port (\d+)$/);
  using peer = await Peer.dial(port);
  await assertComes(child, port, 1);
  await peer.type("still here");
  await peer.hears("The server has received: still here");
  await peer.conn.closeWrite();
  await assertEnds(child, [
    'Received: "still here\\r\\n"',
    "The client has said all",
    "The client has gone",
    "The server is closed; it turned 0 away",
  ]);
}

async function chatV1(): Promise<void> {
  await using child = await start("node_chat_v1.ts", "0");
  const port = await readGroup(child, /^The room is open: nc 127.0.0.1 (\d+)$/);
  using ann = await Peer.dial(port);
  await ann.hears("Welcome, 1 online. What is your nickname?");
  // Both reach the server at once, and are two lines.
  await ann.conn.writeString("小明\r\n大家好\r\n");
  using bob = await Peer.dial(port);
  await bob.hears("Welcome, 2 online. What is your nickname?");
  await bob.type("小明");
  await bob.hears("This nickname is taken, please choose another one.");
  for (const empty of ["", "  \t"]) {
    await bob.type(empty);
    await bob.hears("A nickname can't be empty, please type one.");
  }
  await bob.type("__proto__");
  await ann.hears("Welcome __proto__!");
  await ann.type("hello");
  await bob.hears("小明: hello");
  await bob.type("hi");
  await ann.hears("__proto__: hi");

  using nobody = await Peer.dial(port);
  await nobody.hears("Welcome, 3 online. What is your nickname?");
  await nobody.type("byebye");
  await nobody.hears(null);
  await bob.type("byebye");
  await bob.hears(null);
  await ann.hears("__proto__ has left.");
  using carol = await Peer.dial(port);
  await carol.hears("Welcome, 2 online. What is your nickname?");
  await carol.type("Carol");
  await ann.hears("Welcome Carol!");
  ann.conn.close();
  await carol.hears("小明 has left.");
  await stop(child);
}

async function chatV2(): Promise<void> {
  await using child = await start("node_chat_v2.ts", "0");
  const port = await readGroup(child, /^The room is open: nc 127.0.0.1 (\d+)$/);
  using ann = await Peer.dial(port);
  using bob = await Peer.dial(port);
  for (const peer of [ann, bob]) {
    const { port } = peer.conn.localAddr;
    await peer.hears(`Welcome, your address is 127.0.0.1:${port}`);
  }

  await ann.type("b:hello");
  await bob.hears("anonymous: hello");
  await ann.type("n:Ann");
  await ann.hears("Your nickname is changed");
  await bob.type("n:Ann");
  await bob.hears("Ann is taken");
  await bob.type("n:");
  await bob.hears("A nickname has at least one character, and no colon");
  await bob.type("n:Bob");
  await bob.hears("Your nickname is changed");
  await ann.type("c:Bob:http://example.com:80/ at 10:30");
  await bob.hears("Ann (to you): http://example.com:80/ at 10:30");
  await ann.type("c:Carol:hello");
  await ann.hears("There is no Carol here");
  await ann.type("l");
  await ann.hears("Who is here:", "Ann", "Bob");
  await ann.type("dance");
  await ann.hears("Unknown command!");
  await bob.conn.closeWrite();
  await bob.hears(null);
  await ann.type("l");
  await ann.type("dance");
  await ann.hears("Who is here:", "Ann", "Unknown command!");
  await stop(child);
}

async function exchangeDatagrams(): Promise<void> {
  await using a = await start("node_udp_a.ts", "0");
  const port = await readGroup(a, /^a: waiting on port (\d+)$/);
  await using b = await start("node_udp_b.ts", port, "0");
  await assertEnds(b, ["b: sent 6 bytes", "b: got 试信"]);
  await assertNext(a, "a: got 试信");
  await readGroup(a, /^a: from \{ .*, family: "IPv4", .* size: 6 \}$/);
  await stop(a);
}

/** What net_module_client.ts prints, in whatever order. */
const NET_MODULE_CLIENT: Line[] = [
  /^client: 43 bytes read, 14 written$/,
  /^client: closed, it is closed$/,
  /^client: connected$/,
  /^client: here 127\.0\.0\.1 port \d+$/,
  /^client: received "Welcome!\\n(You said: hello\\n)?"$/,
  /^client: received "(You said: hello\\n)?You said: goodbye\\n", and that was all$/,
  /^client: sent, 0 bytes wait$/,
  /^client: there 127\.0\.0\.1 port \d+, IPv4$/,
];
const NET_MODULE_TALK = [
  "server: client connected, 1 in all",
  "server: received hello",
  "server: received goodbye",
  "server: all data received",
  "server: client gone",
];

async function useNetModule(): Promise<void> {
  await using server = await start("net_module_server.ts", "0");
  const port = await readGroup(server, /^server: listening on port (\d+)$/);
  await using client = await start("net_module_client.ts", port);
  const { code, lines, errors } = await client.end();
  assertLines(lines.sort(), NET_MODULE_CLIENT);
  assertEquals([code, errors], [0, ""]);
  await assertNext(server, ...NET_MODULE_TALK);
  if (!canSignal) return await stop(server);
  server.process.kill("SIGINT");
  await assertEnds(server, ["server: closed"]);
}

async function useOwnServer(): Promise<void> {
  await using child = await start("net_module_client.ts");
  const { code, lines, errors } = await child.end();
  const isServer = (line: string) => line.startsWith("server:");
  assertLines(
    lines.filter((line) => !isServer(line)).sort(),
    NET_MODULE_CLIENT,
  );
  assertLines(lines.filter(isServer), [
    /^server: listening on port \d+$/,
    ...NET_MODULE_TALK,
    "server: closed",
  ]);
  assertEquals([code, errors], [0, ""]);
}

async function chatInGo(): Promise<void> {
  await using child = await start("go_chat_server.ts", "0");
  const port = await readGroup(child, /^The chat is open: nc 127.0.0.1 (\d+)$/);
  using first = await Peer.dial(port);
  await first.hears("Welcome 1");
  using second = await Peer.dial(port);
  await second.hears("Welcome 2");
  await first.hears("User 2 has entered");
  await first.conn.writeString("one\ntwo\n");
  for (const peer of [first, second]) await peer.hears("1: one", "1: two");
  second.conn.close();
  await first.hears("User 2 has left");
  using third = await Peer.dial(port);
  await third.hears("Welcome 3");
  await stop(child);
}

async function copyBothWays(): Promise<void> {
  await using server = await start("go_chat_server.ts", "0");
  const port = await readGroup(
    server,
    /^The chat is open: nc 127.0.0.1 (\d+)$/,
  );
  await using client = await start("go_client.ts", port);
  await assertNext(client, "Welcome 1");
  await client.type("hello\n");
  await assertNext(client, "1: hello");
  using peer = await Peer.dial(port);
  await peer.hears("Welcome 2");
  await assertNext(client, "User 2 has entered");
  await peer.type("hi");
  await assertNext(client, "2: hi");
  await client.type("the last words\n");
  await client.endInput();
  await assertGoClientEnds(client, ["1: the last words"]);
  await peer.hears("2: hi", "1: the last words", "User 1 has left");
  await stop(server);
}

async function endWithoutInput(): Promise<void> {
  await using child = await start("go_client.ts");
  await child.endInput();
  await assertGoClientEnds(child, ["Welcome 1"]);
}

async function assertGoClientEnds(child: Child, lines: string[]) {
  assertEquals(await child.end(), { code: 0, lines, errors: "done\n" });
}

async function echoInLuvit(): Promise<void> {
  await using server = await start("luvit_echo_server.ts", "0");
  const port = await readGroup(server, /^server: bound to port (\d+)$/);
  await using client = await start("luvit_echo_client.ts", port);
  await assertEnds(client, [
    "client: connected",
    "client: hello",
    "client: world!",
    "client: disconnected",
  ]);
  await assertNext(server, "server: connected", "server: disconnected");

  using peer = await Peer.dial(port);
  await peer.conn.writeString("to the very end");
  await peer.conn.closeWrite();
  const all = new TextDecoder().decode(await readAll(peer.conn));
  assertEquals(all, "hello\r\nto the very end");
  await assertNext(server, "server: connected", "server: disconnected");
  await stop(server);
}

async function waitForOwnPort(): Promise<void> {
  await using child = await start("luvit_address_in_use.ts");
  await assertNext(child, "Address in use, trying again...");
  await child.until(/^Listening on port \d+$/);
  await assertEnds(child, []);
}

async function waitForPort(): Promise<void> {
  await using other = listenTcp("127.0.0.1:0");
  const { port } = other.addr;
  await using child = await start("luvit_address_in_use.ts", String(port));
  await assertNext(child, "Address in use, trying again...");
  await other[Symbol.asyncDispose]();
  await child.until(new RegExp(`^Listening on port ${port}$`));
  await assertEnds(child, []);
}

async function servePage(): Promise<void> {
  await using child = await start("websocket_in_deno_serve.ts", "0");
  const port = await readGroup(child, /^Open http:\/\/127\.0\.0\.1:(\d+)\/$/);
  const host = `127.0.0.1:${port}`;
  const page = await fetch(`http://${host}/`);
  assertEquals(page.headers.get("content-type"), "text/html");
  assertStringIncludes(await page.text(), "/echo");
  for (const [path, status] of [["echo", 426], ["nothing", 404]]) {
    const response = await fetch(`http://${host}/${path}`);
    assertEquals(response.status, status);
    await response.body?.cancel();
  }

  const socket = await dialWebSocket(`ws://${host}/echo`);
  await socket.write("你好");
  assertEquals(await socket.read({ timeout: 60_000 }), "你好");
  await socket.close();
  const headers = { origin: "https://evil.example" };
  const error = await assertRejects(
    () => dialWebSocket(`ws://${host}/echo`, { headers }),
    HandshakeError,
  );
  assertEquals(error.status, 403);
  await stop(child);
}

async function showProxy(): Promise<void> {
  await using child = await start("proxy.ts");
  const { code, lines, errors } = await child.end();
  const [, client] = /^client: at (127\.0\.0\.1:\d+)$/.exec(lines[0] ?? "") ??
    [];
  assertEquals(lines, [
    `client: at ${client}`,
    `upstream: got 9 bytes of ${client}`,
  ]);
  assertEquals([code, errors], [0, ""]);
}

/** Runs the proxy before a listener that takes its headers. */
async function proxied(
  { hostname, port }: Deno.NetAddr,
  run: (port: string) => Promise<void>,
): Promise<{ errors: string }> {
  await using child = await start("proxy.ts", "0", `${hostname}:${port}`);
  await run(await readGroup(child, /^proxy: on port (\d+)$/));
  child.process.kill("SIGTERM");
  return await child.end();
}

async function passConnectionsOn(): Promise<void> {
  await using upstream = listenTcp("127.0.0.1:0", {
    proxyProtocol: { from: ["127.0.0.1"] },
  });
  const { errors } = await proxied(upstream.addr, async (port) => {
    using client = await dialTcp(`127.0.0.1:${port}`);
    const sent = Uint8Array.from({ length: 1 << 20 }, (_, at) => at % 251);
    const writing = client.write(sent);
    using conn = await upstream.accept({ timeout: 60_000 });
    assertEquals(conn.remoteAddr, client.localAddr);
    await conn.writeString("the first answer\n");
    assertEquals(await client.readLine(), "the first answer");
    await writing;
    await client.closeWrite();
    assertEquals(await readAll(conn), sent);
    await conn.writeString("the second answer\n");
    conn.close();
    assertEquals(await client.readLine(), "the second answer");
    assertEquals(await client.readLine(), null);
  });
  assertEquals(errors, "");
}

async function cutClient(): Promise<void> {
  const { errors } = await proxied(DEAD_ADDR, async (port) => {
    using client = await dialTcp(`127.0.0.1:${port}`);
    assertEquals(await client.readLine(), null);
  });
  assertStringIncludes(errors, "proxy: ConnectionRefused: Cannot dial");
}
