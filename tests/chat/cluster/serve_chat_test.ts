import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async";
import { serveChat } from "../../../chat/mod.ts";
import type { ChatServer } from "../../../chat/server/chat_server.ts";
import type { ChatServerEvent } from "../../../chat/server/chat_server_event.ts";
import type { ChatServerOptions } from "../../../chat/server/chat_server_options.ts";
import { formatMetrics } from "../../../chat/server/monitoring/_metrics_text.ts";
import { JsonUser } from "../_json_user.ts";
import { SocketUser } from "../_socket_user.ts";
import { FakeBroker, type FakeLog } from "./_fake_log.ts";

function serve(
  log: FakeLog,
  name: string,
  options: ChatServerOptions = {},
): ChatServer {
  return serveChat({
    tcp: { port: 0 },
    http: { port: 0 },
    burst: Infinity,
    cluster: { log, name },
    ...options,
  });
}

Deno.test("serveChat() shares users, rooms and messages with other servers of its cluster", async () => {
  const log = new FakeBroker().open();
  await using east = serve(log, "east");
  await using west = serve(log, "west");
  using alice = await JsonUser.enter(east.httpAddr, "alice");
  using bob = await SocketUser.enter(west.tcpAddr, "bob");
  assertEquals((await alice.until("joined"))["user"].nickname, "bob");
  bob.type("hello from afar\n");
  assertEquals((await alice.until("said"))["text"], "hello from afar");
  alice.send({ type: "msg", to: "bob", text: "psst", ref: "1" });
  await alice.until("ack");
  await bob.until("[private] alice to bob: psst");
  bob.type("/nick Alice\n");
  await bob.until(
    "*** The nickname Alice is taken. Please choose another one.",
  );
  assertEquals([east.stats.users, west.stats.users], [2, 2]);
});

Deno.test("A link from one server is enough to be admitted by another one", async () => {
  const log = new FakeBroker().open();
  const access = { password: "correct horse" };
  await using east = serve(log, "east", { access });
  await using west = serve(log, "west", { access });
  const hello = { type: "hello", version: 1 };
  using alice = await JsonUser.connect(east.httpAddr);
  alice.send({ ...hello, nickname: "alice", ...access });
  const { user } = await alice.until("welcome");
  alice.send({ type: "link" });
  const { token: link } = await alice.until("link");
  using phone = await JsonUser.connect(west.httpAddr);
  await phone.until("access-needed");
  phone.send({ ...hello, link, device: "phone" });
  assertEquals((await phone.until("welcome"))["user"], user);
});

Deno.test("Acts of operators are events on all servers of a cluster", async () => {
  const log = new FakeBroker().open();
  const events: ChatServerEvent[] = [];
  const operatorToken = "open sesame";
  await using east = serve(log, "east", { operatorToken });
  await using west = serve(log, "west", {
    onEvent: (event) => events.push(event),
  });
  using boss = await JsonUser.enter(east.httpAddr, "boss");
  using troll = await JsonUser.enter(west.httpAddr, "troll");
  boss.send({ type: "operator", token: operatorToken });
  boss.send({ type: "kick", nickname: "troll", reason: "secret text" });
  await troll.until("goodbye");
  const acts = events.filter((event) => event.type === "operator");
  assertEquals(acts.map((event) => [event.act, event.nickname]), [
    ["login", "boss"],
    ["kick", "boss"],
  ]);
  assertEquals(acts[1].target?.nickname, "troll");
  assertMatch(acts[1].server ?? "", /^east\./);
  assertEquals(JSON.stringify(events).includes("secret"), false);
});

Deno.test("A server that starts does not tell again what operators did before", async () => {
  const log = new FakeBroker().open();
  const operatorToken = "open sesame";
  await using east = serve(log, "east", { operatorToken });
  using boss = await JsonUser.enter(east.httpAddr, "boss");
  boss.send({ type: "operator", token: operatorToken });
  boss.send({ type: "notice", text: "Before", ref: "1" });
  await boss.until("ack");
  const acts: string[] = [];
  await using west = serve(log, "west", {
    onEvent: (event) => {
      if (event.type === "operator") acts.push(event.act);
    },
  });
  using bob = await JsonUser.enter(west.httpAddr, "bob");
  boss.send({ type: "mute", nickname: "bob", minutes: 1, ref: "2" });
  await bob.until("notice");
  assertEquals(acts, ["mute"]);
});

Deno.test("Lines that come before the log has ordered the first are handled in order", async () => {
  const log = new FakeBroker().open();
  await using east = serve(log, "east");
  await using west = serve(log, "west");
  using bob = await JsonUser.enter(west.httpAddr, "bob");
  using alice = await SocketUser.connect(east.tcpAddr);
  alice.type("alice\none\n/nick alison\ntwo\nbyebye\n");
  const said = [await bob.until("said"), await bob.until("said")];
  assertEquals(said.map(({ user, text }) => [user.nickname, text]), [
    ["alice", "one"],
    ["alison", "two"],
  ]);
  assertEquals((await bob.until("left"))["reason"], "quit");
});

Deno.test("A session goes on over another server when its server stops", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  const east = serve(log, "east");
  await using west = serve(log, "west");
  using bob = await JsonUser.enter(west.httpAddr, "bob");
  using alice = await JsonUser.connect(east.httpAddr);
  alice.send({ type: "hello", version: 1, nickname: "alice" });
  const { session } = await alice.until("welcome");
  await bob.until("joined");
  await east.shutdown();
  assertEquals((await alice.until("goodbye"))["reason"], "shutdown");
  await bob.until("left");
  bob.send({ type: "say", text: "missed", ref: "1" });
  await bob.until("ack");
  using back = await JsonUser.connect(west.httpAddr);
  back.send({ type: "hello", version: 1, session });
  assertEquals((await back.until("welcome"))["resumed"], true);
  const { history } = await back.until("entered");
  assertEquals(history[0].text, "missed");
  assertEquals(broker.servers.length, 1);
});

Deno.test("A server whose lease is lost says goodbye and stops with an error", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  const errors: unknown[] = [];
  await using east = serve(log, "east", {
    onError: (error) => errors.push(error),
  });
  using alice = await JsonUser.enter(east.httpAddr, "alice");
  for (const server of broker.servers) broker.expire(server);
  assertEquals((await alice.until("goodbye"))["reason"], "shutdown");
  alice.socket.terminate();
  await east.finished;
  assert(errors[0] instanceof Error);
  assertMatch(errors[0].message, /the lease of "east\./);
});

Deno.test("A server whose log can't be reached at the start stops with an error", async () => {
  const log = new FakeBroker().open();
  log.disconnect();
  const errors: unknown[] = [];
  const server = serve(log, "east", { onError: (error) => errors.push(error) });
  await server.finished;
  assertEquals(errors.length, 1);
  assertEquals(server.connectionCount, 0);
});

Deno.test("Health checks and metrics show the log", async () => {
  const log = new FakeBroker().open();
  await using east = serve(log, "east");
  using _alice = await JsonUser.enter(east.httpAddr, "alice");
  const url = `http://127.0.0.1:${east.httpAddr.port}/healthz`;
  const healthy = await (await fetch(url)).text();
  assertMatch(healthy, /^ok\nserver: east\.\w+\nlog: connected\nposition: 1\n/);
  log.disconnect();
  const response = await fetch(url);
  assertEquals(response.status, 200);
  assertMatch(await response.text(), /log: out of reach/);
  const metrics = formatMetrics(east.stats);
  for (const line of ["chat_log_position 1", "chat_log_connected 0"]) {
    assert(metrics.split("\n").includes(line), line);
  }
  log.reconnect();
});

Deno.test("Users stay connected while the log is out of reach, and their requests come later", async () => {
  const log = new FakeBroker().open();
  await using east = serve(log, "east");
  using alice = await JsonUser.enter(east.httpAddr, "alice");
  using bob = await JsonUser.enter(east.httpAddr, "bob");
  await alice.until("joined");
  log.disconnect();
  alice.send({ type: "say", text: "later", ref: "1" });
  bob.send({ type: "ping", ref: "2" });
  await bob.until("pong");
  while (east.stats.cluster?.retries === 0) {
    await delay(0);
  }
  log.reconnect();
  assertEquals((await bob.until("said"))["text"], "later");
  assertEquals((await alice.until("ack"))["ref"], "1");
});
