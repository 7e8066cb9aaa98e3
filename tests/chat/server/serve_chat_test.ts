import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../chat/server/serve_chat.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import { utf8Length } from "../../../internal/bytes/utf8_length.ts";
import { SocketUser } from "../_socket_user.ts";

function serve(options: ChatServerOptions = {}) {
  return serveChat({ tcp: { port: 0 }, burst: Infinity, ...options });
}

Deno.test("serveChat() greets with the number of users, the address and a request for a nickname", async () => {
  await using server = serve({ name: "The Kitchen" });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.connect(server.tcpAddr);

  const { hostname, port } = bob.conn.localAddr;
  assertEquals(await bob.take(3), [
    "*** Welcome to The Kitchen! 2 people are online, including you.",
    `*** Your address is ${
      joinAddress(hostname, port)
    }; other users do not see it.`,
    "*** Please type your nickname and press Enter.",
  ]);
  await bob.type("bob\r\n");
  assertEquals(await bob.take(2), [
    "*** Welcome, bob! You are user 2.",
    "*** Type a line to talk, /help to list the commands, byebye to leave.",
  ]);
  assertEquals(await alice.next(), "*** bob (user 2) has joined.");
  assertEquals(server.room.online, 2);
});

Deno.test("serveChat() opens no more rooms than maxRooms", async () => {
  await using server = serve({ maxRooms: 2 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  await alice.type("/join tea\n/join cakes\n/quit\n");
  const refusals = (await alice.rest()).filter((line) => /rooms/.test(line));
  assertEquals(refusals.length, 1, refusals.join("\n"));
  assertEquals(server.stats.errors, { "rooms-full": 1 });
});

Deno.test("serveChat() listens on 127.0.0.1 unless told otherwise", async () => {
  await using server = serve();
  assertEquals(server.addr, server.tcpAddr);
  assertEquals(server.tcpAddr.hostname, "127.0.0.1");
});

Deno.test("serveChat() asks again for a nickname that is taken, a look-alike or against the rules", async () => {
  await using server = serve();
  using _alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.connect(server.tcpAddr);
  await bob.take(3);

  for (
    const [nickname, notice] of [
      ["alice", "The nickname alice is taken. Please choose another one."],
      ["ALICE", "The nickname ALICE is taken. Please choose another one."],
      [
        "\u0430lice",
        "The nickname \u0430lice looks like one that is taken. Please choose another one.",
      ],
      [
        "System",
        "The nickname System is reserved. Please choose another one.",
      ],
      ["two words", "A nickname can't contain spaces."],
      [
        "x".repeat(33),
        "A nickname can have up to 32 characters.",
      ],
      ["a\u202eb", "A nickname can't contain invisible characters."],
      ["a:b", "A nickname can't contain a colon."],
      ["", "A nickname must have at least one character."],
    ]
  ) {
    await bob.type(`${nickname}\n`);
    assertEquals(await bob.take(2), [
      `*** ${notice}`,
      "*** Please type your nickname and press Enter.",
    ]);
  }
  await bob.type("bob\n");
  assertEquals(await bob.next(), "*** Welcome, bob! You are user 2.");
});

Deno.test("serveChat() sends messages to everyone except the author, and private ones to one user", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.enter(server.tcpAddr, "bob");
  using carol = await SocketUser.enter(server.tcpAddr, "carol");
  await alice.until("*** carol (user 3) has joined.");
  await bob.until("*** carol (user 3) has joined.");

  await alice.type(
    "hello\r\nb:l\n/msg bob see http://x:80/ at 10:30\n/me waves\n",
  );
  assertEquals(await bob.take(4), [
    "alice: hello",
    "alice: l",
    "[private] alice to bob: see http://x:80/ at 10:30",
    "* alice waves",
  ]);
  assertEquals(await carol.take(3), [
    "alice: hello",
    "alice: l",
    "* alice waves",
  ]);
  await bob.type("/msg Alice got it\n");
  assertEquals(await alice.take(2), [
    "[private] alice to bob: see http://x:80/ at 10:30",
    "[private] bob to alice: got it",
  ]);
  await alice.type("/msg dave hi\n");
  assertEquals(
    await alice.next(),
    "*** There is no user dave. Type /list to list the users here.",
  );
});

Deno.test("serveChat() closes the connection of a user who says byebye or /quit", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  for (const [index, word] of ["byebye", "/quit"].entries()) {
    using bob = await SocketUser.enter(server.tcpAddr, "bob");
    await bob.type(`${word}\nnot heard\n`);
    assertEquals(await bob.rest(), ["*** Goodbye!"]);
    assertEquals(await alice.take(2), [
      `*** bob (user ${index + 2}) has joined.`,
      `*** bob (user ${index + 2}) has left.`,
    ]);
  }
});

Deno.test("serveChat() delivers messages of 100 users at once in the same order to all", async () => {
  await using server = serve();
  const { tcpAddr } = server;
  using watcher = await SocketUser.enter(tcpAddr, "watcher");
  const users = await Promise.all(
    Array.from(
      { length: 100 },
      (_, index) => SocketUser.enter(tcpAddr, `user${index}`),
    ),
  );
  const isSaid = (line: string) => !line.startsWith("***");
  const heard = async (user: SocketUser, count: number) => {
    const lines: string[] = [];
    while (lines.length < count) {
      const line = await user.next();
      if (line !== null && isSaid(line)) lines.push(line);
    }
    return lines;
  };

  const [order, ...others] = await Promise.all([
    heard(watcher, 300),
    ...users.map((user) => heard(user, 297)),
    ...users.map(async (user, index) => {
      await user.type(`${index} one\n${index} two\n`);
      await user.type(`${index} three\n`);
      return [];
    }),
  ]);
  assertEquals(new Set(order).size, 300);
  for (const index of users.keys()) {
    const own = `user${index}: `;
    assertEquals(others[index], order?.filter((line) => !line.startsWith(own)));
    assertEquals(order?.filter((line) => line.startsWith(own)), [
      `${own}${index} one`,
      `${own}${index} two`,
      `${own}${index} three`,
    ]);
  }
  for (const user of users) user.close();
});

Deno.test("serveChat() rejects and counts connections when it is full", async () => {
  await using server = serve({ maxConnections: 1 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using bob = await SocketUser.connect(server.tcpAddr);
  assertEquals(await bob.rest(), [
    "*** Goodbye: the server is full. Please try again later.",
  ]);
  assertEquals([server.connectionCount, server.droppedCount], [1, 1]);

  await alice.type("byebye\n");
  await alice.rest();
  alice.close();
  // The server may see the end later than this side does.
  while (true) {
    using carol = await SocketUser.connect(server.tcpAddr);
    const line = await carol.next();
    if (line?.startsWith("*** Goodbye")) continue;
    assertEquals(line, "*** Welcome! 1 person is online, including you.");
    break;
  }
});

Deno.test("serveChat() counts the bytes of rejected connections, also when they are over", async () => {
  await using server = serve({ maxConnections: 1 });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  const before = server.stats.bytesSent;
  const goodbyes: string[] = [];
  for (let n = 0; n < 3; n++) {
    using bob = await SocketUser.connect(server.tcpAddr);
    goodbyes.push(...await bob.rest());
  }
  const sent = utf8Length(goodbyes.map((line) => `${line}\r\n`).join(""));
  await alice.type("/quit\n");
  await alice.rest();
  alice.close();
  await server.shutdown();
  assertEquals(goodbyes.length, 3);
  assert(server.stats.bytesSent >= before + sent, `${server.stats.bytesSent}`);
});

Deno.test("ChatServer.shutdown() says goodbye to all, with nickname or without, and closes", async () => {
  const server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  using guest = await SocketUser.connect(server.tcpAddr);
  await guest.take(3);

  const stopped = server.shutdown();
  assertEquals(await alice.rest(), [
    "*** Goodbye: the server is shutting down.",
  ]);
  assertEquals(await guest.rest(), [
    "*** Goodbye: the server is shutting down.",
  ]);
  alice.close();
  guest.close();
  assertEquals(await stopped, 0);
  await server.finished;
  assertEquals([server.connectionCount, server.room.connected], [0, 0]);
  assertEquals(await server.shutdown(), 0);
});

Deno.test("ChatServer.shutdown() cuts connections that are open at its limit", async () => {
  const server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  assertEquals(await server.shutdown({ timeout: 1 }), 1);
  assertEquals(await alice.rest(), [
    "*** Goodbye: the server is shutting down.",
  ]);
});

Deno.test("ChatServer.shutdown() is cut short by another call and by its signal", async () => {
  for (const cut of ["call", "signal"]) {
    const server = serve();
    using _alice = await SocketUser.enter(server.tcpAddr, "alice");
    const controller = new AbortController();
    const first = server.shutdown({
      timeout: 60_000,
      signal: controller.signal,
    });
    if (cut === "call") await server.shutdown({ timeout: 0 });
    else controller.abort();
    await first;
    assertEquals(server.connectionCount, 0);
  }
});

Deno.test("ChatServer.shutdown() refuses invalid limits, and can be called again", async () => {
  await using server = serve();
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  for (const wait of [{ timeout: -1 }, { timeout: NaN }, { deadline: NaN }]) {
    const outcome = await server.shutdown(wait).catch((error) => error);
    assertEquals(outcome instanceof RangeError, true);
  }
  await alice.type("l\n");
  assertEquals((await alice.take(2))[0], "*** 1 person is in lobby:");
});

Deno.test("serveChat() stops when its signal aborts, before or later", async () => {
  const controller = new AbortController();
  const server = serve({ signal: controller.signal });
  using alice = await SocketUser.enter(server.tcpAddr, "alice");
  controller.abort();
  assertEquals(await alice.rest(), [
    "*** Goodbye: the server is shutting down.",
  ]);
  alice.close();
  await server.finished;

  await serve({ signal: AbortSignal.abort() }).finished;
});

Deno.test("serveChat() leaves the port to others when it has stopped", async () => {
  const first = serve();
  const { port } = first.tcpAddr;
  assertThrows(
    () => serveChat({ tcp: { port } }),
    Deno.errors.AddrInUse,
    `Cannot listen on 127.0.0.1:${port}`,
  );
  await first.shutdown();
  await using second = serveChat({ tcp: { port } });
  assertEquals(second.tcpAddr.port, port);
});

Deno.test("serveChat() refuses invalid options", () => {
  const cases: readonly [ChatServerOptions, string][] = [
    [{ tcp: { port: 65_536 } }, "65536"],
    [{ maxLineLength: 0 }, "maxLineLength"],
    [{ maxQueuedBytes: 1.5 }, "maxQueuedBytes"],
    [{ maxConnections: -1 }, "maxConnections"],
    [{ drainTimeout: -1 }, "drainTimeout"],
    [{ name: "" }, "name"],
    [{ name: " " }, "name"],
    [{ name: "two\nlines" }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ reservedNicknames: ["a b"] }, "nickname"],
  ];
  for (const [options, word] of cases) {
    const error = assertThrows(() => serve(options), Error, word);
    assertMatch(error.constructor.name, /^(Range|Syntax)Error$/);
  }
});

Deno.test("serveChat() writes to users of lines in the language that it was given", async () => {
  await using server = serve({
    language: "zh-CN",
    operatorToken: "open sesame",
  });
  using alice = await SocketUser.connect(server.tcpAddr);
  const greeting = await alice.next();
  assertMatch(greeting ?? "", /\p{Script=Han}/u);
  alice.type("alice\n/operator open sesame\n/dance\n");
  await alice.until("*** 通知：你现在是管理员。");
  assertMatch(await alice.next() ?? "", /\p{Script=Han}/u);
});
