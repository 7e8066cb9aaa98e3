// Access to a chat, over sockets.

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { openInvitations } from "../../../../chat/server/access/open_invitations.ts";
import { Invitations } from "../../../../chat/server/access/_invitations.ts";
import type { ChatServer } from "../../../../chat/server/chat_server.ts";
import type { ChatServerEvent } from "../../../../chat/server/chat_server_event.ts";
import type { ChatServerOptions } from "../../../../chat/server/chat_server_options.ts";
import { serveChat } from "../../../../chat/server/serve_chat.ts";
import { HandshakeError } from "../../../../websocket/handshake_error.ts";
import { JsonUser } from "../../_json_user.ts";
import { SocketUser } from "../../_socket_user.ts";

const PASSWORD = "correct horse";
const PROMPT = "*** Password: please type it and press Enter.";
const HELLO = { type: "hello", version: 1, nickname: "alice" };
const USER = "X-Forwarded-User";
const SIGNED_IN: ChatServerOptions = {
  http: { port: 0, trustedProxies: { from: ["127.0.0.1"] } },
  access: { userHeader: USER },
};

/** A server on both sides, and what happens there. */
function serve(
  options: ChatServerOptions = {},
): { server: ChatServer; events: ChatServerEvent[] } {
  const events: ChatServerEvent[] = [];
  const server = serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    access: { password: PASSWORD },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { server, events };
}

function noop(): void {}

/** Connects as a proxy does for a user that it has signed in. */
function signIn(server: ChatServer, name: string): Promise<JsonUser> {
  return JsonUser.connect(server.httpAddr, { headers: { [USER]: name } });
}

Deno.test("a chat with a password asks nc for it before the nickname, and greets nobody before", async () => {
  const { server, events } = serve();
  await using _ = server;
  using user = await SocketUser.connect(server.tcpAddr);
  assertEquals(await user.next(), PROMPT);
  await user.type("wrong horse\n");
  assertEquals(await user.take(2), ["*** The password is wrong.", PROMPT]);
  assertEquals(server.room.online, 0);
  assertEquals(events.map(({ type }) => type), ["start", "refuse"]);
  // The nickname may come in the same packet.
  await user.type(`${PASSWORD}\r\nalice\r\nl\r\n`);
  const lines = await user.take(6);
  assertMatch(lines[0], /^[*]{3} Welcome! 1 person is online/);
  assertEquals(lines[3], "*** Welcome, alice! You are user 1.");
  assertEquals(lines[5], "*** 1 person is in lobby:");
});

Deno.test("a chat with a password lets programs in by the hello, on both ports", async () => {
  const { server } = serve();
  await using _ = server;
  using web = await JsonUser.connect(server.httpAddr);
  assertEquals(await web.next(), {
    type: "access-needed",
    methods: ["password"],
  });
  web.send({ ...HELLO, ref: "1" });
  const error = await web.until("error");
  assertEquals([error["code"], error["ref"]], ["access-needed", "1"]);
  assertEquals((await web.next())?.type, "access-needed");
  web.send({ type: "ping", ref: "2" });
  assertEquals(await web.next(), { type: "pong", ref: "2" });
  web.send({ ...HELLO, ref: "3", password: "wrong horse" });
  const wrong = await web.until("error");
  assertEquals([wrong["code"], wrong["ref"]], ["wrong-password", "3"]);
  web.send({ type: "nick", nickname: "alice", ref: "4" });
  const early = await web.until("error");
  assertEquals([early["code"], early["ref"]], ["access-needed", "4"]);
  web.send({ ...HELLO, ref: "5", password: PASSWORD });
  assertEquals((await web.until("welcome"))["user"].nickname, "alice");

  using program = await SocketUser.connect(server.tcpAddr);
  const hello = { ...HELLO, nickname: "bob", password: PASSWORD };
  await program.type(
    `${JSON.stringify(hello)}\n${JSON.stringify({ type: "ping" })}\n`,
  );
  const lines = await program.take(8);
  const types = lines.filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line).type);
  assertEquals(types, ["greeting", "welcome", "entered", "pong"]);
});

Deno.test("a chat with access speaks the language of its lines before the nickname, too", async () => {
  using store = await openInvitations(":memory:");
  const invitations = new Invitations(store);
  const token = await invitations.create({ time: 60_000, uses: 1 });
  const access = { password: PASSWORD, invitations: store };
  const { server } = serve({ access, language: "zh-CN" });
  await using _ = server;
  const prompt = "*** 密码：请输入密码，或粘贴邀请链接，按回车。";
  using user = await SocketUser.connect(server.tcpAddr);
  assertEquals(await user.next(), prompt);
  await user.type("wrong horse\n");
  assertEquals(await user.take(2), ["*** 密码错误。", prompt]);
  await user.type(`#invite=${"x".repeat(43)}\n`);
  assertEquals(await user.take(2), [
    "*** 邀请无效：已被使用、已过期或不完整。",
    prompt,
  ]);
  await user.conn.write(Uint8Array.of(0xc3, 0x28, 10));
  assertEquals(await user.take(2), [
    "*** 这一行不是有效的 UTF-8，没有发送。",
    prompt,
  ]);
  await user.type(`${token}\nalice\n`);
  const lines = await user.take(6);
  assertMatch(lines[5], /^[*]{3} 30 天内再次进入时，用它代替邀请：[\w-]{43}$/);
  using other = await SocketUser.connect(server.tcpAddr);
  await other.type("/quit\n");
  assertEquals(await other.rest(), [prompt, "*** 再见！"]);
  using wrong = await SocketUser.connect(server.tcpAddr);
  await wrong.type("wrong horse\n".repeat(5));
  assertEquals((await wrong.rest()).at(-1), "*** 再见：未获准进入。");
  // Programs get the codes, with the texts in English.
  using web = await JsonUser.connect(server.httpAddr);
  web.send({ ...HELLO, password: "wrong horse" });
  const error = await web.until("error");
  assertMatch(error["text"] ?? "", /wrong/);
});

Deno.test("a chat with a password takes lines over a WebSocket, too", async () => {
  const { server } = serve();
  await using _ = server;
  using user = await JsonUser.connect(server.httpAddr, { protocols: [] });
  assertEquals(await user.socket.read(), PROMPT);
  await user.socket.write(PASSWORD);
  assertMatch(String(await user.socket.read()), /^[*]{3} Welcome!/);
});

Deno.test("a chat with a password says goodbye after five wrong ones", async () => {
  const { server, events } = serve();
  await using _ = server;
  using user = await SocketUser.connect(server.tcpAddr);
  await user.type("wrong horse\n".repeat(6));
  const lines = await user.rest();
  user.close();
  assertEquals(lines.slice(-2), [
    "*** The password is wrong.",
    "*** Goodbye: you were not let in.",
  ]);
  using next = await SocketUser.connect(server.tcpAddr);
  assertEquals(await next.next(), PROMPT);
  await next.type(`${PASSWORD}\n`);
  assertEquals(
    await next.next(),
    "*** There were too many wrong guesses. Try again in 1 seconds.",
  );
  const refused = events.filter((event) => event.type === "refuse");
  assertEquals(refused.map((event) => event.reason), [
    ...Array(5).fill("wrong-password"),
    "too-many-guesses",
  ]);
  assertEquals(server.stats.refused["wrong-password"], 5);
});

Deno.test("a chat with a password ends connections that send nothing, and those of other protocols", async () => {
  const { server } = serve({ nicknameTimeout: 500 });
  await using _ = server;
  using silent = await SocketUser.connect(server.tcpAddr);
  assertEquals((await silent.rest()).at(-1)?.slice(0, 12), "*** Goodbye:");
  silent.close();
  using web = await JsonUser.connect(server.httpAddr);
  assertEquals((await web.rest()).at(-1)?.["reason"], "no-nickname");
  using other = await SocketUser.connect(server.tcpAddr);
  await other.type("GET / HTTP/1.1\r\n\r\n");
  const [, goodbye = ""] = await other.rest();
  assertMatch(goodbye, /speaks another protocol/);
  other.close();
});

Deno.test("a chat with a password says goodbye to clients at its end, also while it checks", async () => {
  const { server } = serve();
  using user = await SocketUser.connect(server.tcpAddr);
  using web = await JsonUser.connect(server.httpAddr);
  assertEquals(await user.next(), PROMPT);
  assertEquals((await web.next())?.type, "access-needed");
  await user.type(`${PASSWORD}\n`);
  const stopped = server.shutdown();
  assertEquals(
    (await user.rest()).at(-1),
    "*** Goodbye: the server is shutting down.",
  );
  assertEquals((await web.rest()).at(-1)?.["reason"], "shutdown");
  user.close();
  assertEquals(await stopped, 0);
});

Deno.test("a chat with a password refuses a line that is too long, or is no UTF-8", async () => {
  const { server } = serve({ maxLineLength: 100 });
  await using _ = server;
  using user = await SocketUser.connect(server.tcpAddr);
  await user.type(`${"x".repeat(101)}\n`);
  assertEquals(
    (await user.take(3))[1],
    "*** The line is too long, and was not sent.",
  );
  await user.conn.write(Uint8Array.of(0xc3, 0x28, 10));
  assertEquals(
    (await user.take(2))[0],
    "*** The line is not valid UTF-8, and was not sent.",
  );
  await user.type("/quit\n");
  assertEquals(await user.rest(), ["*** Goodbye!"]);
});

Deno.test("a chat by invitation lets a link in once, and its pass again", async () => {
  using store = await openInvitations(":memory:");
  const token = await new Invitations(store).create({ time: 60_000, uses: 1 });
  const { server } = serve({ access: { invitations: store } });
  await using _ = server;
  using alice = await JsonUser.connect(server.httpAddr);
  assertEquals((await alice.next())?.["methods"], ["invitation"]);
  alice.send({ ...HELLO, invite: token });
  assertEquals((await alice.until("welcome"))["user"].nickname, "alice");
  const { token: pass } = await alice.until("pass");

  using late = await SocketUser.connect(server.tcpAddr);
  const prompt = await late.next();
  assertEquals(
    prompt,
    "*** Invitation: please paste its link and press Enter.",
  );
  await late.type(`http://127.0.0.1/#invite=${token}\n`);
  assertMatch(await late.next() ?? "", /The invitation is not valid/);
  await late.next();
  await late.type(`${pass}\n`);
  assertMatch(await late.next() ?? "", /^[*]{3} Welcome!/);
});

Deno.test("a chat by invitation uses none up for a client that goes before it enters", async () => {
  using store = await openInvitations(":memory:");
  const token = await new Invitations(store).create({ time: 60_000, uses: 1 });
  const lost = Promise.withResolvers<void>();
  const { server } = serve({
    access: { invitations: store },
    onEvent: (event) => {
      if (event.type === "leave" && event.reason === "lost") lost.resolve();
    },
  });
  await using _ = server;
  using first = await SocketUser.connect(server.tcpAddr);
  await first.next();
  await first.type(`${token}\n/quit\n`);
  assertEquals((await first.rest()).at(-1), "*** Goodbye!");
  using second = await JsonUser.connect(server.httpAddr);
  second.send({ ...HELLO, nickname: "two words", invite: token });
  assertEquals((await second.until("error"))["code"], "nickname-space");
  second.socket.terminate();
  await lost.promise;
  using alice = await SocketUser.connect(server.tcpAddr);
  await alice.next();
  await alice.type(`${token}\nalice\n`);
  let line: string | null = "";
  while (line !== null && !/instead of the invitation: .{43}$/.test(line)) {
    line = await alice.next();
  }
  assertNotEquals(line, null);
});

Deno.test("another device comes by a link without the password, and by it alone", async () => {
  const { server } = serve({ access: { password: PASSWORD } });
  await using _ = server;
  using laptop = await JsonUser.connect(server.httpAddr);
  laptop.send({ ...HELLO, password: PASSWORD, device: "laptop" });
  const { user } = await laptop.until("welcome");
  const link = async () => {
    laptop.send({ type: "link" });
    return (await laptop.until("link"))["token"];
  };
  const hello = { type: "hello", version: 1, device: "phone" };
  using phone = await JsonUser.connect(server.httpAddr);
  phone.send({ ...hello, link: await link() });
  const { user: same, session } = await phone.until("welcome");
  assertEquals(same, user);
  // The secret of the session is enough to come back.
  phone.socket.terminate();
  using back = await JsonUser.connect(server.httpAddr);
  back.send({ ...hello, session });
  assertEquals((await back.until("welcome"))["user"], user);

  // A link ends with its user.
  const token = await link();
  back.send({ type: "quit" });
  await back.rest();
  using again = await JsonUser.connect(server.httpAddr);
  again.send({ ...HELLO, password: PASSWORD });
  await again.until("welcome");
  using late = await JsonUser.connect(server.httpAddr);
  late.send({ ...hello, nickname: "thief", link: token });
  assertEquals((await late.until("error"))["code"], "access-needed");
});

Deno.test("another device that comes by a link gets a pass where there are invitations", async () => {
  using store = await openInvitations(":memory:");
  const token = await new Invitations(store).create({ time: 60_000, uses: 1 });
  const { server } = serve({ access: { invitations: store } });
  await using _ = server;
  using laptop = await JsonUser.connect(server.httpAddr);
  laptop.send({ ...HELLO, invite: token, device: "laptop" });
  await laptop.until("pass");
  laptop.send({ type: "link" });
  const { token: link } = await laptop.until("link");
  using phone = await JsonUser.connect(server.httpAddr);
  phone.send({ type: "hello", version: 1, link, device: "phone" });
  const { token: pass } = await phone.until("pass");
  using later = await JsonUser.connect(server.httpAddr);
  later.send({ ...HELLO, nickname: "bob", invite: pass });
  assertEquals((await later.until("welcome"))["user"].nickname, "bob");
});

Deno.test("operators make invitations with a command, and others do not", async () => {
  using store = await openInvitations(":memory:");
  const { server, events } = serve({
    access: { password: PASSWORD, invitations: store },
    operatorToken: "open sesame",
  });
  await using _ = server;
  using boss = await JsonUser.connect(server.httpAddr);
  boss.send({ ...HELLO, nickname: "boss", password: PASSWORD });
  boss.send({ type: "invite", ref: "1" });
  const refused = await boss.until("error");
  assertEquals([refused["code"], refused["subject"], refused["ref"]], [
    "incomplete-command",
    "invite",
    "1",
  ]);
  boss.send({ type: "operator", token: "open sesame" });
  boss.send({ type: "invite", ref: "2" });
  const { token, expires, ref } = await boss.until("invitation");
  assertEquals([token.length, ref], [43, "2"]);
  assert(expires > Date.now() + 6 * 24 * 3_600_000);
  // The answer stands for an ack.
  boss.send({ type: "ping", ref: "3" });
  assertEquals((await boss.next())?.type, "pong");

  using guest = await JsonUser.connect(server.httpAddr);
  guest.send({ ...HELLO, nickname: "guest", invite: token });
  await guest.until("welcome");
  using late = await JsonUser.connect(server.httpAddr);
  late.send({ ...HELLO, nickname: "late", invite: token });
  assertEquals((await late.until("error"))["code"], "wrong-invitation");

  using lines = await SocketUser.connect(server.tcpAddr);
  await lines.next();
  await lines.type(`${PASSWORD}\nlena\n/operator open sesame\n/invite\n`);
  let line: string | null = "";
  while (line !== null && !/#invite=.{43}$/.test(line)) {
    line = await lines.next();
  }
  assertNotEquals(line, null);
  const acts = events.filter((event) => event.type === "operator");
  assertEquals(acts.map(({ act, nickname }) => [act, nickname]), [
    ["login", "boss"],
    ["invitation", "boss"],
    ["login", "lena"],
    ["invitation", "lena"],
  ]);
  assertEquals(JSON.stringify(events).includes(token), false);
});

Deno.test("a server without invitations, or whose store has failed, makes none", async () => {
  const fault = new Error("The disk has failed");
  const fail = () => Promise.reject(fault);
  const broken = { add: fail, take: () => undefined, giveBack: noop };
  const errors: unknown[] = [];
  for (const invitations of [undefined, broken]) {
    const { server } = serve({
      access: { password: PASSWORD, invitations },
      operatorToken: "open sesame",
      onError: (error) => errors.push(error),
    });
    await using _ = server;
    using boss = await JsonUser.connect(server.httpAddr);
    boss.send({ ...HELLO, password: PASSWORD });
    boss.send({ type: "operator", token: "open sesame" });
    boss.send({ type: "invite", ref: "1" });
    const error = await boss.until("error");
    assertEquals([error["code"], error["ref"]], ["no-invitations", "1"]);
  }
  assertEquals(errors, [fault]);
});

Deno.test("a chat by invitation waits for a store only as long as for its clients", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { server } = serve({
    access: {
      invitations: { add: noop, take: () => promise, giveBack: noop },
    },
    nicknameTimeout: 100,
  });
  await using _ = server;
  using user = await JsonUser.connect(server.httpAddr);
  user.send({ ...HELLO, invite: "A".repeat(43) });
  assertEquals((await user.rest()).at(-1)?.["reason"], "no-nickname");
  resolve(undefined);
});

Deno.test("a chat behind a proxy that signs users in gives them their nicknames", async () => {
  await using server = serveChat(SIGNED_IN);
  using alice = await signIn(server, "alice");
  // Without a prompt: the proxy has told everything.
  alice.send({ ...HELLO, nickname: "somebody else" });
  assertEquals((await alice.next())?.type, "greeting");
  assertEquals((await alice.next())?.["user"].nickname, "alice");
  await alice.until("entered");
  for (
    const request of [
      { type: "nick", nickname: "bob", ref: "a" },
      { type: "line", text: "/nick bob", ref: "b" },
      { type: "line", text: "n:bob", ref: "c" },
    ]
  ) {
    alice.send(request);
    const error = await alice.next();
    assertEquals(
      [error?.type, error?.["code"], error?.["subject"], error?.["ref"]],
      ["error", "nickname-fixed", "alice", request.ref],
    );
  }
  alice.send("/nick bob");
  assertEquals((await alice.until("error"))["code"], "nickname-fixed");
  alice.send({ type: "say", text: "hello", ref: "d" });
  assertEquals((await alice.next())?.type, "ack");
});

Deno.test("a chat behind a proxy that signs users in takes a second tab for the same user", async () => {
  await using server = serveChat(SIGNED_IN);
  using first = await signIn(server, "alice");
  first.send({ ...HELLO, device: "one" });
  const { user, session } = await first.until("welcome");
  using second = await signIn(server, "alice");
  second.send({ ...HELLO, nickname: "bob", device: "two" });
  const welcome = await second.until("welcome");
  assertEquals([welcome["user"], welcome["resumed"]], [user, true]);
  using other = await signIn(server, "bob");
  other.send({ ...HELLO, session, device: "one" });
  assertEquals((await other.until("welcome"))["user"].nickname, "bob");
  first.send({ type: "say", text: "hello" });
  assertEquals((await second.until("said"))["user"], user);
  assertEquals(server.room.online, 2);
});

Deno.test("a chat behind a proxy that signs users in enters lines over a WebSocket at once", async () => {
  await using server = serveChat(SIGNED_IN);
  using user = await JsonUser.connect(server.httpAddr, {
    protocols: [],
    headers: { [USER]: "alice" },
  });
  while (!String(await user.socket.read()).includes("Welcome, alice!"));
  assertEquals(server.room.online, 1);
});

Deno.test("a chat behind a proxy that signs users in refuses requests without a name, and other senders", async () => {
  await using server = serveChat(SIGNED_IN);
  const here = await JsonUser.connect(server.httpAddr).catch((error) => error);
  assert(here instanceof HandshakeError);
  assertEquals(here.status, 403);
  assertMatch(here.body ?? "", /Sign in first/);
  assertEquals(server.stats.refused["sign-in-needed"], 1);
  await using strange = serveChat({
    ...SIGNED_IN,
    http: { port: 0, trustedProxies: { from: ["192.0.2.1"] } },
  });
  const other = await signIn(strange, "alice").catch((error) => error);
  assertEquals(other instanceof HandshakeError && other.status, 403);
});

Deno.test("a chat behind a proxy that signs users in refuses names that are no nicknames", async () => {
  await using server = serveChat(SIGNED_IN);
  using user = await signIn(server, "two words");
  const [error, goodbye] = await user.rest();
  assertEquals([error["code"], error["subject"]], [
    "sign-in-name",
    "two words",
  ]);
  assertMatch(error["text"], /signed in as two words/);
  assertEquals(goodbye["reason"], "access-refused");
});

Deno.test("a chat behind a proxy that signs users in marks the names of its line users", async () => {
  const { http } = SIGNED_IN;
  const access = { userHeader: USER, password: PASSWORD };
  const proxyProtocol = { from: ["127.0.0.1"] };
  const tcp = { port: 0, proxyProtocol };
  await using server = serveChat({ http, tcp, access });
  const header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
  using lines = await SocketUser.connect(server.tcpAddr);
  await lines.type(`${header}${PASSWORD}\r\nalice\r\n/nick alice\r\n`);
  const greeting = await lines.take(7);
  assertEquals([greeting[0], greeting[4], greeting[6]], [
    PROMPT,
    "*** Welcome, ~alice! You are user 1.",
    "*** Your nickname is ~alice already.",
  ]);
  /** Enters with JSON, and gives the answer. */
  const enter = async (user: SocketUser, hello: Record<string, unknown>) => {
    const json = JSON.stringify({ ...HELLO, password: PASSWORD, ...hello });
    await user.type(`${header}${json}\n`);
    while (true) {
      const line = await user.next();
      assert(line !== null, "The connection has ended");
      if (/"type":"(?:welcome|error)"/.test(line)) return JSON.parse(line);
    }
  };
  using program = await SocketUser.connect(server.tcpAddr);
  const welcome = await enter(program, { nickname: "bob" });
  assertEquals(welcome.user.nickname, "~bob");

  using alice = await signIn(server, "alice");
  alice.send({ ...HELLO });
  assertEquals((await alice.until("welcome"))["user"].nickname, "alice");
  // The secret of a line user is worth nothing to an account, nor the other way.
  using bob = await signIn(server, "bob");
  bob.send({ ...HELLO, session: welcome.session });
  const own = await bob.until("welcome");
  assertEquals(own["user"].nickname, "bob");
  using thief = await SocketUser.connect(server.tcpAddr);
  const { code, subject } = await enter(thief, { session: own["session"] });
  assertEquals([code, subject], ["nickname-taken", "~alice"]);
});

Deno.test("serveChat() refuses to serve lines beside a proxy that signs users in, without a password and PROXY", () => {
  const { http, access } = SIGNED_IN;
  const proxyProtocol = { from: ["127.0.0.1"] };
  const cases: ChatServerOptions[] = [
    { http: { port: 0 }, access },
    { tcp: { port: 0 }, access },
    { access },
    { http, access, tcp: { port: 0 } },
    { http, access, tcp: { port: 0, proxyProtocol } },
    { http, tcp: { port: 0 }, access: { ...access, password: PASSWORD } },
  ];
  for (const options of cases) {
    assertThrows(() => serveChat(options), TypeError, "userHeader");
  }
});

Deno.test("no secret gets into the messages, events, counters and errors of a chat", async () => {
  using store = await openInvitations(":memory:");
  const token = await new Invitations(store).create({ time: 60_000, uses: 1 });
  const access = { password: PASSWORD, invitations: store };
  const { server, events } = serve({ access });
  const heard: string[] = [];
  {
    await using _ = server;
    using alice = await JsonUser.connect(server.httpAddr);
    const guess = "guess of horses";
    alice.send({ ...HELLO, password: guess });
    alice.send({ ...HELLO, invite: "guessed-invitation" });
    alice.send({ ...HELLO, invite: token });
    await alice.until("entered");
    const pass = (await alice.until("pass"))["token"];
    using bob = await SocketUser.connect(server.tcpAddr);
    await bob.type(`${guess}\n${PASSWORD}\nbob\n`);
    heard.push(...await bob.until("*** Welcome, bob! You are user 2."));
    const stopped = server.shutdown();
    heard.push(...await bob.rest(), JSON.stringify(await alice.rest()));
    bob.close();
    await stopped;
    const seen = [
      ...heard,
      JSON.stringify(events),
      JSON.stringify(server.stats),
      Deno.inspect(server, { depth: 99, showHidden: true }),
    ].join("\n");
    for (const secret of [PASSWORD, guess, "guessed-inv", token, pass]) {
      assertEquals(seen.includes(secret), false, secret);
    }
  }
});
