import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient } from "../../../chat/client/chat_client.ts";
import type {
  ChatClientEvent,
  ChatClientState,
} from "../../../chat/client/chat_client_message.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import { testCertificate } from "../../../tcp/tls/test_certificate.ts";
import { isPending } from "../../tcp/support/_outcomes.ts";
import { FlakyProxy } from "./_flaky_proxy.ts";
import { entered, GREETING, SYNC, welcome } from "./_server_messages.ts";
import { SocketUser } from "../_socket_user.ts";
import { DEAD_ADDR } from "../../tcp/support/_dead_addr.ts";

/** No flood control, and both sides on ports of the system's choice. */
const SERVER = {
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 10_000,
  rate: 10_000,
} as const;

/** Attempts follow each other at once. */
const FAST = { minDelay: 1, maxDelay: 5, rate: Infinity } as const;

function webAddress(port: number): string {
  return `ws://127.0.0.1:${port}`;
}

/** Waits for an event that fits, and returns it. */
async function until<T extends ChatClientEvent>(
  client: ChatClient,
  fits: (event: ChatClientEvent) => event is T,
): Promise<T> {
  for await (const event of client) if (fits(event)) return event;
  throw new Error("The client was closed");
}

function isText(
  event: ChatClientEvent,
): event is ChatClientEvent & { type: "said" } {
  return event.type === "said";
}

function isState(state: ChatClientState) {
  return (
    event: ChatClientEvent,
  ): event is ChatClientEvent & { type: "state" } =>
    event.type === "state" && event.state === state;
}

Deno.test("ChatClient talks over a WebSocket with somebody on TCP", async () => {
  await using server = serveChat(SERVER);
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  await using alice = new ChatClient(webAddress(server.httpAddr.port), {
    nickname: "alice",
    rate: Infinity,
  });
  await alice.connect();
  assertEquals([alice.state, alice.user?.nickname, alice.room], [
    ...["open", "alice", "lobby"],
  ]);
  assertEquals(await bob.next(), "*** alice (user 2) has joined.");

  const receipt = await alice.say("你好");
  assertEquals(await bob.next(), "alice: 你好");
  await bob.type("hello\n");
  const own = await until(alice, isText);
  assertEquals([own.id, own.text], [receipt.id, "你好"]);
  const event = await until(alice, isText);
  assertEquals([event.user.nickname, event.text], ["bob", "hello"]);

  const users = await alice.users();
  assertEquals(users.map(({ nickname }) => nickname).sort(), ["alice", "bob"]);
  const { messages } = await alice.history("lobby");
  assertEquals(messages.map((message) => message.type), ["said", "said"]);
  assert(await alice.ping() >= 0);
  await assertRejects(() => alice.msg("nobody", "psst"), ChatRequestError);

  assertEquals(await alice.quit(), true);
  assertEquals(await bob.next(), "*** alice (user 2) has left.");
  await alice.finished;
  await assertRejects(() => alice.say("late"), ClosedError);
});

Deno.test("ChatClient joins rooms, and says where", async () => {
  await using server = serveChat(SERVER);
  const address = webAddress(server.httpAddr.port);
  await using alice = new ChatClient(address, {
    nickname: "alice",
    rate: Infinity,
    rooms: ["cats"],
  });
  await using bob = new ChatClient(address, {
    nickname: "bob",
    rate: Infinity,
  });
  await alice.connect();
  assertEquals([alice.room, alice.rooms], ["cats", ["lobby", "cats"]]);
  await bob.connect();
  await bob.join("cats");
  await bob.topic("Only cats", "cats");
  const infos = await alice.listRooms();
  assertEquals(
    infos.find(({ room }) => room === "cats"),
    { room: "cats", topic: "Only cats", online: 2, canLock: true },
  );
  await bob.me("purrs", "cats");
  const event = await until(
    alice,
    (event): event is ChatClientEvent & { type: "action" } =>
      event.type === "action",
  );
  assertEquals(event.room, "cats");
  await bob.leave("cats");
  assertEquals(bob.rooms, ["lobby"]);
});

Deno.test("ChatClient speaks JSON over TCP", async () => {
  await using server = serveChat(SERVER);
  const { port } = server.tcpAddr;
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  await using bob = new ChatClient(`127.0.0.1:${port}`, {
    nickname: "bob",
    rate: Infinity,
  });
  await bob.connect();
  assertEquals([bob.user?.nickname, bob.room], ["bob", "lobby"]);
  assertEquals(await alice.next(), "*** bob (user 2) has joined.");
  // A line that looks like a command is said all the same.
  await bob.say("l");
  await bob.say("two\r\nlines");
  // The server reads lines, in which these begin sequences for terminals.
  await bob.say("end\x9b");
  await bob.msg("alice", "psst");
  assertEquals(await alice.take(5), [
    ...["bob: l", "bob: two", "  | lines", "bob: end"],
    "[private] bob to alice: psst",
  ]);
  const error = await assertRejects(() => bob.kick("alice"), ChatRequestError);
  assertEquals(error.code, "operator-needed");
  await alice.type("hi\n");
  assertEquals((await until(bob, isText)).text, "l");
  assertEquals(await bob.quit(), true);
});

Deno.test("ChatClient waits for a nickname where it has none, or a taken one", async () => {
  await using server = serveChat(SERVER);
  using _alice = await SocketUser.enter(server.tcpAddr, "alice");
  for (
    const address of [
      webAddress(server.httpAddr.port),
      `127.0.0.1:${server.tcpAddr.port}`,
    ]
  ) {
    await using bob = new ChatClient(address, { nickname: "Alice" });
    await bob.connect();
    assertEquals(bob.user, undefined);
    const said = bob.say("hello");
    await bob.nick("bob");
    await said;
    assertEquals(await bob.quit(), true);
    assertEquals(bob.user?.nickname, "bob");
  }
});

Deno.test("ChatClient loses and doubles nothing over lost connections", async () => {
  await using server = serveChat(SERVER);
  await using proxy = new FlakyProxy(server.httpAddr);
  await using alice = new ChatClient(webAddress(proxy.port), {
    nickname: "alice",
    ...FAST,
  });
  await using bob = new ChatClient(webAddress(server.httpAddr.port), {
    nickname: "bob",
    rate: Infinity,
  });
  const heard: string[][] = [[], []];
  const listening = [alice, bob].map(async (client, n) => {
    for await (const event of client) {
      const all = event.type === "entered" ? event.history : [event];
      for (const one of all) if (one.type === "said") heard[n]?.push(one.text);
    }
  });
  await alice.connect();
  await bob.connect();
  const receipts: Promise<unknown>[] = [];
  for (let n = 0; n < 60; n++) {
    receipts.push(alice.say(`a${n}`));
    await bob.say(`b${n}`);
    // Now and then what the server sends is lost with the connection.
    if (n % 20 === 9) proxy.isDeaf = true;
    if (n % 20 === 11) {
      proxy.cut();
      proxy.isDeaf = false;
    }
  }
  await Promise.all(receipts);
  await alice.ping();
  assert(proxy.connections >= 4);
  await alice.quit();
  await bob.quit();
  await Promise.all(listening);

  const numbers = Array.from({ length: 60 }, (_, n) => n);
  const expected = numbers.flatMap((n) => [`a${n}`, `b${n}`]).sort();
  for (const texts of heard) {
    assertEquals(texts.toSorted(), expected);
    assertEquals(
      texts.filter((text) => text.startsWith("a")),
      numbers.map((n) => `a${n}`),
    );
  }
  assertEquals(heard[0], heard[1]);
});

Deno.test("ChatClient shows that it waits, and connects as soon as it can", async () => {
  await using server = serveChat(SERVER);
  await using proxy = new FlakyProxy(server.httpAddr);
  await using alice = new ChatClient(webAddress(proxy.port), {
    nickname: "alice",
    ...FAST,
  });
  await alice.connect();
  proxy.isDown = true;
  proxy.cut();
  const { error } = await until(alice, isState("waiting"));
  assert(error !== undefined);
  const said = alice.say("from the dark");
  await until(alice, isState("connecting"));
  await until(alice, isState("waiting"));
  proxy.isDown = false;
  await until(alice, isState("open"));
  const { id } = await said;
  assertEquals((await until(alice, isText)).id, id);
  assertEquals(alice.user?.id, 1);
});

Deno.test("ChatClient gives up after the attempts that it has", async () => {
  await using server = serveChat(SERVER);
  await using proxy = new FlakyProxy(server.httpAddr);
  using alice = new ChatClient(webAddress(proxy.port), {
    nickname: "alice",
    ...FAST,
    maxAttempts: 2,
  });
  await alice.connect();
  proxy.isDown = true;
  proxy.cut();
  const lost = alice.say("never");
  await assertRejects(() => alice.finished, Error);
  await assertRejects(() => lost);
  assertEquals(alice.state, "closed");
});

Deno.test("ChatClient goes on with a server that was started again", async () => {
  const first = serveChat(SERVER);
  await using proxy = new FlakyProxy(first.httpAddr);
  await using alice = new ChatClient(webAddress(proxy.port), {
    nickname: "alice",
    rooms: ["cats"],
    ...FAST,
  });
  await alice.connect();
  await alice.say("to the first");
  await first.shutdown();
  const said = alice.say("to the second", "lobby");

  await using second = serveChat(SERVER);
  proxy.target = second.httpAddr;
  await said;
  await alice.users("cats");
  assertEquals(alice.rooms.toSorted(), ["cats", "lobby"]);
  const { messages } = await alice.history("lobby");
  assertEquals(
    messages.map((message) => message.type === "said" && message.text),
    ["to the second"],
  );
});

Deno.test("ChatClient without reconnect ends with the connection, and says why", async () => {
  const server = serveChat(SERVER);
  using alice = new ChatClient(webAddress(server.httpAddr.port), {
    nickname: "alice",
    reconnect: false,
  });
  await alice.connect();
  await server.shutdown();
  await assertRejects(() => alice.finished, Error, "shutdown");
});

Deno.test("connect() of ChatClient tells why it could not", async () => {
  using nobody = new ChatClient(`127.0.0.1:${DEAD_ADDR.port}`);
  await assertRejects(() => nobody.connect(), Deno.errors.ConnectionRefused);
  assertEquals(nobody.state, "closed");
  await assertRejects(() => nobody.connect(), ClosedError);

  await using server = serveChat(SERVER);
  using lost = new ChatClient(
    `http://127.0.0.1:${server.httpAddr.port}/nothing`,
  );
  await assertRejects(() => lost.connect(), HandshakeError);
});

Deno.test("connect() of ChatClient tells that the server speaks no JSON", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const address = `127.0.0.1:${listener.addr.port}`;
  const line = "Welcome! What is your name?\r\n";
  const assertNotJson = async (
    answer: (conn: TcpConn) => Promise<unknown>,
    options = {},
  ) => {
    using client = new ChatClient(address, options);
    const connecting = client.connect();
    using conn = await listener.accept();
    await answer(conn);
    const error = await assertRejects(() => connecting, ChatRequestError);
    assertEquals(error.code, "not-json");
    assertMatch(error.message, /127\.0\.0\.1:\d+: expected messages in JSON/);
    assertEquals(client.state, "closed");
  };

  await assertNotJson((conn) => conn.writeString(line.repeat(20)));
  await assertNotJson(async (conn) => {
    await conn.writeString(line);
    await conn.closeWrite();
  });
  await assertNotJson((conn) => conn.writeString(line), { connectTimeout: 50 });
});

Deno.test("connect() of ChatClient ends at its limits", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const address = `127.0.0.1:${listener.addr.port}`;
  const accepted = listener.accept();

  using slow = new ChatClient(address, { connectTimeout: 20 });
  await assertRejects(() => slow.connect(), DOMException);
  using _one = await accepted;

  const controller = new AbortController();
  using aborted = new ChatClient(address, { signal: controller.signal });
  const connecting = aborted.connect();
  using _other = await listener.accept();
  controller.abort(new RangeError("Stopped by the test"));
  await assertRejects(() => connecting, RangeError, "Stopped");
  await assertRejects(() => aborted.finished, RangeError, "Stopped");
});

Deno.test("connect() of ChatClient waits for the rooms, as long as there is a connection", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const address = `127.0.0.1:${listener.addr.port}`;
  /** Lets alice in, up to her first room. */
  const letIn = async () => {
    const conn = await listener.accept();
    const messages = [GREETING, welcome(), entered(), SYNC];
    for (const type of ["hello", "ping"]) {
      assertEquals(JSON.parse(await conn.readLine() ?? "").type, type);
    }
    for (const message of messages) {
      await conn.writeString(`${JSON.stringify(message)}\n`);
    }
    assertEquals(JSON.parse(await conn.readLine() ?? "").room, "cats");
    return conn;
  };
  const options = { nickname: "alice", rooms: ["cats"], reconnect: false };

  using lost = new ChatClient(address, options);
  const connecting = lost.connect();
  (await letIn()).close();
  await connecting;
  await assertRejects(() => lost.finished, Deno.errors.UnexpectedEof);

  const controller = new AbortController();
  using aborted = new ChatClient(address, options);
  const waiting = aborted.connect({ signal: controller.signal });
  using conn = await letIn();
  assertEquals([await isPending(waiting), aborted.state], [true, "open"]);
  controller.abort(new RangeError("Stopped by the test"));
  await assertRejects(() => waiting, RangeError, "Stopped");
  assertEquals([await conn.readLine(), aborted.state], [null, "closed"]);
});

Deno.test("close() of ChatClient ends all that waits", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const client = new ChatClient(`127.0.0.1:${listener.addr.port}`);
  const said = client.say("hello");
  const connecting = client.connect();
  const looping = Array.fromAsync(client);
  using _conn = await listener.accept();
  client.close();
  client.close();
  await assertRejects(() => connecting, ClosedError);
  await assertRejects(() => said, ClosedError);
  await client.finished;
  const events = await looping;
  assertEquals(events.at(0), { type: "state", state: "connecting" });
  assertEquals(events.at(-1), { type: "state", state: "closed" });
});

Deno.test("ChatClient holds no more requests than it may", async () => {
  using client = new ChatClient("127.0.0.1:9");
  for (let n = 0; n < 1024; n++) client.say("waits").catch(() => {});
  await assertRejects(() => client.say("too many"), Deno.errors.Busy);
});

Deno.test("ChatClient drops the oldest events while nobody takes them", async () => {
  await using server = serveChat(SERVER);
  await using alice = new ChatClient(webAddress(server.httpAddr.port), {
    nickname: "alice",
    rate: Infinity,
  });
  await alice.connect();
  for (let n = 0; n < 1100; n += 50) {
    await Promise.all(Array.from({ length: 50 }, () => alice.say("again")));
  }
  assert(alice.droppedEvents > 70);
});

Deno.test("ChatClient does not come back after it was kicked", async () => {
  await using server = serveChat({
    ...SERVER,
    operatorToken: "the token of it",
  });
  const address = webAddress(server.httpAddr.port);
  await using alice = new ChatClient(address, {
    nickname: "alice",
    rate: Infinity,
  });
  using bob = new ChatClient(address, { nickname: "bob", ...FAST });
  await alice.connect();
  await bob.connect();
  await assertRejects(() => alice.kick("bob"), ChatRequestError);
  await alice.operator("the token of it");
  await alice.kick("bob", "too loud");
  await assertRejects(() => bob.finished, Error, "kicked");
  assertEquals((await alice.users()).length, 1);
});

Deno.test("ChatClient makes room for who takes its session elsewhere", async () => {
  await using server = serveChat(SERVER);
  const address = webAddress(server.httpAddr.port);
  await using alice = new ChatClient(address, { nickname: "alice" });
  await alice.connect();
  await using other = new ChatClient(address, { nickname: "alice" });
  await other.connect();
  // A nickname is not a session.
  assertEquals([other.user, alice.state], [undefined, "open"]);
});

for (const side of ["tls", "wss"] as const) {
  Deno.test(`ChatClient talks over TLS, and only if it is trusted (${side})`, async () => {
    const { cert, key, caCert } = testCertificate;
    const tls = { cert, key };
    await using server = serveChat({
      tcp: { port: 0, ...tls },
      http: { port: 0, ...tls },
    });
    const { port } = side === "tls" ? server.tcpAddr : server.httpAddr;
    const address = `${side}://127.0.0.1:${port}`;
    await using alice = new ChatClient(address, {
      nickname: "alice",
      caCerts: [caCert],
    });
    await alice.connect();
    assertEquals(alice.user?.nickname, "alice");

    using wary = new ChatClient(address);
    await assertRejects(() => wary.connect(), Deno.errors.InvalidData);
  });
}
