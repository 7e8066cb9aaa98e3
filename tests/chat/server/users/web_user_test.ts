import { assertEquals, assertMatch } from "@std/assert";
import type { ChatServerOptions } from "../../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { dialTcp } from "../../../../tcp/dial_tcp.ts";
import { dialWebSocket } from "../../../../websocket/dial_websocket.ts";
import type { WebSocketConn } from "../../../../websocket/websocket_conn.ts";
import { JsonUser } from "../../_json_user.ts";
import { SocketUser } from "../../_socket_user.ts";
import { ExactPace, HeldTimers } from "../../_timers.ts";

function serve(options: ChatServerOptions = {}) {
  return serveChat({ tcp: { port: 0 }, http: { port: 0 }, ...options });
}

/** Connects without the subprotocol: lines of text both ways. */
async function connectLines(addr: Deno.NetAddr): Promise<WebSocketConn> {
  const url = `ws://${addr.hostname}:${addr.port}/chat`;
  const socket = await dialWebSocket(url);
  socket.setReadTimeout(60_000);
  return socket;
}

Deno.test("A WebSocket user with the subprotocol is greeted in JSON, and enters by hello", async () => {
  await using server = serve({ name: "The Kitchen", maxLineLength: 1000 });
  using alice = await JsonUser.connect(server.httpAddr);
  assertEquals(alice.socket.protocol, "vnet-chat.1");
  const greeting = await alice.next();
  assertEquals(greeting?.type, "greeting");
  assertEquals(greeting?.["version"], 1);
  assertEquals(greeting?.["server"], "The Kitchen");
  assertEquals(greeting?.["limits"], {
    nickname: 32,
    message: 1000,
    rooms: 10,
  });
  assertEquals(greeting?.["epoch"], server.room.epoch);
  alice.send({ type: "hello", version: 1, nickname: "alice", ref: "h" });
  const welcome = await alice.until("welcome");
  assertEquals(welcome["user"].nickname, "alice");
  assertEquals(welcome["resumed"], false);
  assertEquals(typeof welcome["session"], "string");
  const entered = await alice.until("entered");
  assertEquals(entered["room"], "lobby");
  assertEquals(
    entered["users"].map(({ nickname }: { nickname: string }) => nickname),
    ["alice"],
  );
});

Deno.test("Users of TCP, JSON and lines over a WebSocket get each other's messages", async () => {
  await using server = serve();
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  assertEquals((await alice.until("joined"))["user"].nickname, "bob");
  const carol = await connectLines(server.httpAddr);
  await carol.write("carol\n");
  assertMatch(String(await carol.read()), /^\*\*\* Welcome!/);
  await alice.until("joined");

  alice.send({ type: "say", text: "你好", ref: "1" });
  const ack = await alice.until("ack");
  assertEquals(ack["ref"], "1");
  assertMatch((await bob.take(2)).join("\n"), /alice: 你好$/);
  let line = "";
  while (!line.includes("你好")) line = String(await carol.read());
  assertEquals(line, "alice: 你好");

  await carol.write("hi\nthere");
  assertEquals((await alice.until("said"))["text"], "hi");
  assertEquals((await alice.until("said"))["text"], "there");
  assertEquals(await bob.take(2), ["carol: hi", "carol: there"]);

  await bob.type("/me waves\n");
  const action = await alice.until("action");
  assertEquals([action["user"].nickname, action["text"]], ["bob", "waves"]);
  assertEquals(await carol.read(), "* bob waves");
  assertEquals(action["id"] > ack["id"], true);
  carol.terminate();
});

Deno.test("A WebSocket user without the subprotocol gets JSON after a hello, and only as the first message", async () => {
  await using server = serve();
  const alice = await connectLines(server.httpAddr);
  assertMatch(String(await alice.read()), /^\*\*\* Welcome/);
  await alice.write(
    JSON.stringify({ type: "hello", version: 1, nickname: "alice" }),
  );
  const types: string[] = [];
  while (!types.includes("welcome")) {
    const text = String(await alice.read());
    if (text.startsWith("{")) types.push(JSON.parse(text).type);
  }
  assertEquals(types[0], "greeting");
  alice.terminate();

  const bob = await connectLines(server.httpAddr);
  await bob.write("bob");
  let line = "";
  while (!line.includes("Welcome, bob")) line = String(await bob.read());
  await bob.write('{"type":"hello","version":1}');
  using carol = await SocketUser.enter(server.tcpAddr, "carol");
  await bob.write('{"type":"say","text":"x"}');
  // To somebody with lines it is what was said.
  let heard: string | null = "";
  while (!heard?.startsWith("bob: ")) heard = await carol.next();
  assertEquals(heard, 'bob: {"type":"say","text":"x"}');
  bob.terminate();
});

Deno.test("An invalid request gets an error with its code and ref, and the user stays", async () => {
  await using server = serve({ maxLineLength: 100, burst: Infinity });
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  const cases: readonly [object | string, object][] = [
    ["{", { code: "not-json" }],
    ["{}", { code: "unknown-type" }],
    [{ type: "dance", ref: "1" }, {
      code: "unknown-type",
      subject: "dance",
      ref: "1",
    }],
    [{ type: "say", text: 1, ref: "2" }, {
      code: "invalid-member",
      subject: "text",
      ref: "2",
    }],
    [{ type: "say", text: "你".repeat(34), ref: "3" }, {
      code: "text-too-long",
      ref: "3",
    }],
    ["x".repeat(101), { code: "line-too-long" }],
    [{ type: "hello", version: 1 }, { code: "unexpected-hello" }],
  ];
  for (const [message, expected] of cases) {
    alice.send(message);
    const { type: _, time: __, text, ...error } = await alice.until("error");
    assertEquals(error, expected);
    assertEquals(typeof text === "string" && text !== "", true);
  }
  await alice.socket.write(Uint8Array.of(1, 2, 3));
  assertEquals((await alice.until("error"))["code"], "not-text");
  alice.send({ type: "ping", ref: "4" });
  assertEquals((await alice.until("pong"))["ref"], "4");
});

Deno.test("A message above the cap of a frame ends with 1009, and the others are told", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await JsonUser.enter(server.httpAddr, "bob");
  await alice.next();
  bob.send({ type: "say", text: "x".repeat(200_000) });
  await bob.rest();
  assertEquals((await bob.socket.closed).code, 1009);
  assertMatch(await alice.next() ?? "", /^\*\*\* bob .*has left/);
});

Deno.test("A user who leaves gets a goodbye with the reason and the matching close code", async () => {
  const server = serve();
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await JsonUser.enter(server.httpAddr, "bob");
  alice.send({ type: "quit" });
  const goodbye = (await alice.rest()).at(-1);
  assertEquals([goodbye?.type, goodbye?.["reason"]], ["goodbye", "quit"]);
  assertEquals((await alice.socket.closed).code, 1000);
  assertEquals((await bob.until("left"))["reason"], "quit");

  const stopped = server.shutdown();
  const last = (await bob.rest()).at(-1);
  assertEquals([last?.type, last?.["reason"]], ["goodbye", "shutdown"]);
  assertEquals((await bob.socket.closed).code, 1001);
  assertEquals(await stopped, 0);
});

Deno.test("A WebSocket user who never reads is dropped at 256 KiB with a reason, and the others get everything", async () => {
  await using server = serve({ burst: Infinity, drainTimeout: 100 });
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await alice.until("joined");
  // A connection of its own that nothing reads from, behind the handshake.
  using deaf = await dialTcp(server.httpAddr);
  await deaf.writeString(
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\n\r\n",
  );
  // "deaf", masked with zeros.
  await deaf.write(
    Uint8Array.of(0x81, 0x84, 0, 0, 0, 0, 0x64, 0x65, 0x61, 0x66),
  );
  await alice.until("joined");
  await bob.next();
  const text = "x".repeat(4000);
  let sent = 0;
  let peak = 0;
  while (server.stats.left["slow"] === undefined) {
    alice.send({ type: "say", text });
    sent++;
    assertEquals((await bob.next())?.length, text.length + "alice: ".length);
    peak = Math.max(peak, server.stats.queuedBytes);
  }
  // What came in the turn that went beyond it is in the queue, too.
  assertEquals(peak < 512 * 1024, true, String(peak));
  assertEquals((await alice.until("left"))["reason"], "slow");
  assertMatch(await bob.next() ?? "", /deaf .*has left: reads too slowly/);
  assertEquals(sent > 10, true);
  deaf.terminate();
});

Deno.test("A user without a nickname in time is disconnected, on both sides", async () => {
  const time = 34_567;
  using timers = new HeldTimers(time);
  await using server = serve({ nicknameTimeout: time });
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await JsonUser.connect(server.httpAddr);
  await bob.until("greeting");
  using carol = await SocketUser.connect(server.tcpAddr);
  await carol.next();
  timers.fire();
  const goodbye = (await bob.rest()).at(-1);
  assertEquals([goodbye?.type, goodbye?.["reason"]], [
    "goodbye",
    "no-nickname",
  ]);
  assertMatch((await carol.rest()).at(-1) ?? "", /^\*\*\* Goodbye: .*nickname/);
  alice.send({ type: "ping" });
  await alice.until("pong");
  assertEquals(server.stats.left, { "no-nickname": 2 });
});

Deno.test("A lost connection is resumed end to end: nothing is missed, nothing comes twice", async () => {
  await using server = serve();
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  const alice = await JsonUser.connect(server.httpAddr);
  const greeting = await alice.until("greeting");
  alice.send({ type: "hello", version: 1, nickname: "alice" });
  const { session } = await alice.until("welcome");
  await alice.until("entered");
  await bob.type("one\n");
  const { id } = await alice.until("said");
  alice.close();
  let line = "";
  while (!line.includes("has left")) line = await bob.next() ?? "";
  await bob.type("two\n/msg alice psst\nthree\n");

  using again = await JsonUser.connect(server.httpAddr);
  again.send({
    type: "hello",
    version: 1,
    session,
    epoch: greeting["epoch"],
    after: id,
  });
  const welcome = await again.until("welcome");
  assertEquals([welcome["resumed"], welcome["user"].nickname], [true, "alice"]);
  const entered = await again.until("entered");
  assertEquals(
    entered["history"].map(({ text }: { text: string }) => text),
    ["two", "three"],
  );
  assertEquals(entered["complete"], true);
});

Deno.test("A repeated request with the same ref is carried out once, and acknowledged again", async () => {
  await using server = serve();
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  alice.send({ type: "say", text: "once", ref: "r" });
  const first = await alice.until("ack");
  alice.send({ type: "say", text: "once", ref: "r" });
  assertEquals(await alice.until("ack"), first);
  alice.send({ type: "say", text: "end" });
  const heard = await bob.until("alice: end");
  assertEquals(heard.filter((line) => line.startsWith("alice: ")), [
    "alice: once",
  ]);
});

Deno.test("A user who sends too fast is delayed, warned and then kicked; a paste of a few lines passes", async () => {
  using _pace = new ExactPace(5);
  await using server = serve({ burst: 3, rate: 200 });
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  await bob.next();
  for (let n = 0; n < 3; n++) alice.send({ type: "say", text: String(n) });
  assertEquals(await bob.take(3), ["alice: 0", "alice: 1", "alice: 2"]);
  for (let n = 0; n < 100; n++) alice.send({ type: "say", text: `f${n}` });
  const messages = await alice.rest();
  assertEquals(messages.some(({ type }) => type === "warning"), true);
  const goodbye = messages.at(-1);
  assertEquals([goodbye?.type, goodbye?.["reason"]], ["goodbye", "flooding"]);
  const heard = await bob.take(3);
  assertEquals(heard[0], "alice: f0");
});

Deno.test("An idle WebSocket user is pinged", async () => {
  await using server = serve({ pingInterval: 10, drainTimeout: 10 });
  using conn = await dialTcp(server.httpAddr);
  await conn.writeString(
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\n\r\n",
  );
  const bytes: number[] = [];
  const buffer = new Uint8Array(1024);
  // An unmasked ping without a payload; text has no such byte.
  while (!bytes.includes(0x89)) {
    const length = await conn.read(buffer, { timeout: 60_000 });
    bytes.push(...buffer.subarray(0, length ?? 0));
    assertEquals(length === null, false);
  }
  assertEquals(bytes[bytes.indexOf(0x89) + 1], 0);
});

Deno.test("A burst of much more than a queue holds, in one turn, disconnects no WebSocket user who reads", async () => {
  await using server = serve({ maxQueuedBytes: 4096 });
  using alice = await JsonUser.enter(server.httpAddr, "alice");
  const text = "x".repeat(500);
  for (let n = 0; n < 1000; n++) server.notify(`${n} ${text}`);
  server.notify("end");
  let count = 0;
  while ((await alice.until("notice"))["text"] !== "end") count++;
  assertEquals(count, 1000);
  assertEquals(server.stats.left["slow"], undefined);
});

Deno.test("A busy process does not disconnect a user who has chosen a nickname in time", async () => {
  const time = 34_567;
  using timers = new HeldTimers(time);
  await using server = serve({ nicknameTimeout: time });
  using alice = await SocketUser.connect(server.tcpAddr);
  await alice.take(3);
  using bob = await JsonUser.connect(server.httpAddr);
  await bob.until("greeting");
  const typing = alice.type("alice\n");
  bob.send({ type: "hello", version: 1, nickname: "bob" });
  // The process was busy up to now: the time is over, and nothing was polled.
  assertEquals(timers.fire(), 2);
  await typing;
  assertMatch(await alice.next() ?? "", /^\*\*\* Welcome, alice!/);
  await bob.until("welcome");
});

Deno.test("A WebSocket user who is gone leaves at once, though delayed for sending too fast", async () => {
  await using server = serve({ burst: 2, rate: 0.001 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const bob = await connectLines(server.httpAddr);
  await bob.write("bob\na\nb\nc");
  assertEquals(await alice.take(2), [
    "*** bob (user 2) has joined.",
    "bob: a",
  ]);
  const { connections } = server.stats;
  assertEquals(connections, { tcp: 1, websocket: 1, http: 0 });
  await bob.close();
  assertEquals(await alice.take(3), [
    ...["bob: b", "bob: c", "*** bob (user 2) has left."],
  ]);
  assertEquals(server.room.online, 1);
});

Deno.test("A WebSocket user who is gone is still removed for flooding", async () => {
  await using server = serve({ burst: 2, rate: 0.001 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const bob = await connectLines(server.httpAddr);
  await bob.write(["bob", ...Array(50).fill("flood")].join("\n"));
  await bob.close();
  const heard = await alice.until("*** bob (user 2) has left: sent too fast.");
  assertEquals(heard, [
    "*** bob (user 2) has joined.",
    ...Array(10).fill("bob: flood"),
  ]);
});
