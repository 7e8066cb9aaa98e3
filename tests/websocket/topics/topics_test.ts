import {
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { newClient } from "../../../websocket/callbacks/client.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import type { TopicConn } from "../../../websocket/topics/topics.ts";
import { Topics } from "../../../websocket/topics/topics.ts";
import { PreparedMessage } from "../../../websocket/prepared_message.ts";
import { upgradeWebSocket } from "../../../websocket/upgrade_websocket.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import { Log, serve } from "../support/_servers.ts";
import { pair } from "../support/_pairs.ts";

const UNREAD = 6;

/** Sends more than a peer takes that does not read, and lets the runtime poll. */
async function overfill(conn: WebSocketConn): Promise<void> {
  const message = new PreparedMessage(new Uint8Array(500_000));
  for (let count = 0; count < UNREAD; count++) conn.send(message);
  await poll();
}

async function poll(): Promise<void> {
  for (let count = 0; count < 4; count++) {
    await new Promise<void>((resolve) => afterPoll(resolve));
  }
}

Deno.test("Topics.publish() reaches the subscribers of the topic, and nobody else", async () => {
  using a = pair();
  using b = pair();
  using c = pair();
  const topics = new Topics();
  assertEquals(topics.subscribe(a.server, "news"), true);
  assertEquals(topics.subscribe(b.server, "news"), true);
  assertEquals(topics.subscribe(c.server, "weather"), true);

  assertEquals(topics.publish("news", "one"), 2);
  assertEquals(topics.publish("weather", new Uint8Array([1, 2])), 1);
  assertEquals(topics.publish("nobody", "lost"), 0);
  assertEquals(topics.publish("news", "two"), 2);

  for (const { client } of [a, b]) {
    assertEquals(await client.read(), "one");
    assertEquals(await client.read(), "two");
  }
  assertEquals(await c.client.read(), new Uint8Array([1, 2]));
  for (const { client } of [a, b, c]) {
    assertEquals(client.messagesReceived, client === c.client ? 1 : 2);
  }
});

Deno.test("Topics counts a connection once, however often it subscribes", async () => {
  using a = pair();
  const topics = new Topics();
  topics.subscribe(a.server, "news");
  assertEquals(topics.subscribe(a.server, "news"), true);

  assertEquals(topics.subscriberCount("news"), 1);
  assertEquals(topics.publish("news", "once"), 1);
  assertEquals(topics.unsubscribe(a.server, "news"), true);
  assertEquals(topics.unsubscribe(a.server, "news"), false);
  assertEquals(topics.publish("news", "late"), 0);
  a.server.write("end");
  assertEquals(await a.client.read(), "once");
  assertEquals(await a.client.read(), "end");
});

Deno.test("Topics lists the topics of a connection, and forgets empty ones", () => {
  using a = pair();
  using b = pair();
  const topics = new Topics();
  assertEquals(topics.topicsOf(a.server), []);
  for (const name of ["b", "a", "__proto__", "漢", " "]) {
    topics.subscribe(a.server, name);
  }
  topics.subscribe(b.server, "a");

  assertEquals(topics.topicsOf(a.server), ["b", "a", "__proto__", "漢", " "]);
  assertEquals(topics.size, 5);
  topics.unsubscribe(a.server, "b");
  topics.unsubscribe(a.server, "a");
  assertEquals(topics.topicsOf(a.server), ["__proto__", "漢", " "]);
  assertEquals(topics.subscriberCount("a"), 1);
  assertEquals(topics.subscriberCount("b"), 0);
  assertEquals(topics.size, 4);
});

Deno.test("a connection that has ended is in no topic, and cannot subscribe", async () => {
  for (const how of ["close", "terminate", "peer"] as const) {
    using a = pair();
    const topics = new Topics();
    topics.subscribe(a.server, "x");
    topics.subscribe(a.server, "y");
    if (how === "close") a.server.close();
    else if (how === "terminate") a.server.terminate();
    else a.client.close();
    await a.server.closed;

    assertEquals(topics.size, 0);
    assertEquals(topics.topicsOf(a.server), []);
    assertEquals(topics.subscribe(a.server, "x"), false);
    assertEquals(topics.publish("x", "late"), 0);
  }
});

Deno.test("a connection that is closing gets nothing more and cannot subscribe", async () => {
  using a = pair();
  const topics = new Topics();
  topics.subscribe(a.server, "x");
  const closed = a.server.close();
  assertEquals(topics.publish("x", "late"), 0);
  assertEquals(topics.subscribe(a.server, "y"), false);
  assertEquals(topics.topicsOf(a.server), ["x"]);
  await closed;
  assertEquals(topics.topicsOf(a.server), []);
});

Deno.test("Topics.publish() leaves out the connections of except", async () => {
  using a = pair();
  using b = pair();
  using c = pair();
  const topics = new Topics();
  for (const { server } of [a, b, c]) topics.subscribe(server, "x");

  assertEquals(topics.publish("x", "1", { except: a.server }), 2);
  assertEquals(topics.publish("x", "2", { except: [a.server, b.server] }), 1);
  assertEquals(topics.publish("x", "3", { except: new Set() }), 3);

  assertEquals(await a.client.read(), "3");
  assertEquals(await b.client.read(), "1");
  assertEquals(await b.client.read(), "3");
  assertEquals(await c.client.read(), "1");
  assertEquals(await c.client.read(), "2");
  assertEquals(await c.client.read(), "3");
});

Deno.test("Topics.publish() takes an opcode, and bytes that change afterwards", async () => {
  using a = pair();
  const topics = new Topics();
  topics.subscribe(a.server, "x");
  const bytes = new TextEncoder().encode("漢字");
  topics.publish("x", bytes, { opcode: OPCode.textFrame });
  bytes.fill(0);
  topics.publish("x", "a", { opcode: OPCode.binaryFrame });

  assertEquals(await a.client.read(), "漢字");
  assertEquals(await a.client.read(), new Uint8Array([97]));
});

Deno.test('a slow subscriber misses messages with sendPolicy "drop"', async () => {
  using a = pair({ maxBufferedBytes: 1000, sendPolicy: "drop" });
  using b = pair();
  const topics = new Topics();
  for (const { server } of [a, b]) topics.subscribe(server, "x");
  a.client.setReadTimeout(60_000);
  topics.publish("x", "first");
  await overfill(a.server);
  // The first one over the bound makes the limit look.
  topics.publish("x", "second");
  await poll();
  assertEquals(topics.publish("x", "third"), 1);

  assertEquals(a.server.messagesDropped, 1);
  assertEquals(await a.client.read(), "first");
  for (let count = 0; count < UNREAD; count++) {
    assertInstanceOf(await a.client.read(), Uint8Array);
  }
  assertEquals(await a.client.read(), "second");
  await a.server.flushed();
  assertEquals(topics.publish("x", "fourth"), 2);
  assertEquals(await a.client.read(), "fourth");
});

for (const sendPolicy of ["close", "wait"] as const) {
  Deno.test(`a slow subscriber is cut with sendPolicy "${sendPolicy}"`, async () => {
    using a = pair({ maxBufferedBytes: 1000, sendPolicy });
    using b = pair();
    const topics = new Topics();
    for (const { server } of [a, b]) topics.subscribe(server, "x");
    await overfill(a.server);
    topics.publish("x", "second");
    await poll();

    assertEquals(topics.publish("x", "third"), 1);
    assertEquals((await a.server.closed).code, 1006);
    const error = await a.server.read().catch((error) => error);
    assertInstanceOf(error, ClosedError);
    assertStringIncludes(error.message, "Cannot send a broadcast");
    assertEquals(topics.subscriberCount("x"), 1);
  });
}

Deno.test("Topics refuses names, messages, options and connections that can't be", () => {
  using a = pair();
  const topics = new Topics({ maxTopicLength: 8, maxTopicsPerConnection: 2 });
  const { server } = a;
  const not = (value: unknown) => value as never;

  assertThrows(() => topics.subscribe(server, not(7)), TypeError, "string");
  assertThrows(() => topics.subscribe(server, ""), RangeError, "0 bytes");
  assertThrows(() => topics.subscribe(server, "漢字漢"), RangeError, "9 bytes");
  assertThrows(() => topics.publish("123456789", "x"), RangeError, "9 bytes");
  assertThrows(() => topics.subscribe(server, "\ud800"), TypeError, "lone");
  topics.subscribe(server, "漢字ab");
  topics.subscribe(server, "b");
  assertThrows(() => topics.subscribe(server, "c"), RangeError, "2 topics");
  assertEquals(topics.subscribe(server, "b"), true);
  assertEquals(topics.size, 2);

  assertThrows(() => topics.subscribe(not({}), "x"), TypeError, "object");
  assertThrows(() => topics.unsubscribe(not(null), "x"), TypeError, "null");
  assertThrows(() => topics.topicsOf(not("x")), TypeError, "string");
  assertThrows(() => topics.publish("b", not(7)), TypeError, "number");
  const gone = new Uint8Array(1);
  structuredClone(gone, { transfer: [gone.buffer] });
  assertThrows(() => topics.publish("b", gone), TypeError);
  const ping = { opcode: not(OPCode.ping) };
  assertThrows(() => topics.publish("b", "x", ping), RangeError, "opcode 9");
  for (const except of [7, [server, 7], null]) {
    const options = { except: not(except) };
    assertThrows(() => topics.publish("b", "x", options), TypeError, "except");
  }
  assertThrows(
    () => new Topics({ maxTopicLength: 0 }),
    RangeError,
    "maxTopicLength",
  );
  const options = { maxTopicsPerConnection: not("1") };
  assertThrows(() => new Topics(options), TypeError, "maxTopicsPerConnection");
});

Deno.test("10,000 connections come and go, and leave no topic behind", async () => {
  const topics = new Topics();
  for (let round = 0; round < 100; round++) {
    const pairs = Array.from({ length: 100 }, () => pair());
    for (const [index, { server }] of pairs.entries()) {
      topics.subscribe(server, "all");
      topics.subscribe(server, `room ${index % 10}`);
      topics.subscribe(server, `own ${round} ${index}`);
    }
    assertEquals(topics.subscriberCount("all"), 100);
    assertEquals(topics.size, 111);
    for (const { server } of pairs) server.terminate();
    await Promise.all(pairs.map(({ server }) => server.closed));
    assertEquals(topics.size, 0);
    for (const { client } of pairs) client.terminate();
  }
});

Deno.test("a server's client subscribes itself, and server.publish() reaches it", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const closed = new Log<string>();
  server.onConnect((peer) => {
    assertThrows(() => peer.client.subscribe("x"), TypeError, "onAttached");
    assertEquals(peer.client.topics, []);
  });
  server.onAttached(({ client, resourceName }) => {
    assertEquals(client.subscribe(resourceName), true);
    client.subscribe("all");
  });
  server.onMessage((ws, message) => {
    server.publish("all", message.text(), { except: ws });
  });
  server.onClose((ws) => {
    closed.add(ws.topics.join());
    assertEquals(server.publish("/a", "late"), 0);
  });
  await using served = await serve(server);
  const a = await dialWebSocket(`${served.url}a`);
  const b = await dialWebSocket(`${served.url}b`);
  await a.write("from a");
  assertEquals(await b.read(), "from a");
  assertEquals(server.publish("/a", "only a"), 1);
  assertEquals(await a.read(), "only a");
  assertEquals(server.topics.subscriberCount("all"), 2);
  assertEquals(server.topics.size, 3);
  const [client] = [...server.clients.values()].map(({ client }) => client);
  assertEquals(client.unsubscribe("all"), true);
  assertEquals(client.topics, ["/a"]);
  assertThrows(
    () => server.publish("x", "y", { except: 7 as never }),
    TypeError,
  );

  await a.close();
  assertEquals(await closed.have(1), ["/a"]);
  await b.close();
  await closed.have(2);
  await Promise.resolve();
  assertEquals(server.topics.size, 0);
  assertEquals(client.subscribe("x"), false);
});

Deno.test("the topics of a server have the limits of its options", async () => {
  const topics = { maxTopicsPerConnection: 1 };
  const server = newServer(0, "", { hostname: "127.0.0.1", topics });
  const seen = new Log<unknown>();
  server.onAttached(({ client }) => {
    client.subscribe("a");
    try {
      client.subscribe("b");
    } catch (error) {
      seen.add(error);
    }
  });
  await using served = await serve(server);
  await using _client = await dialWebSocket(served.url);
  assertInstanceOf((await seen.have(1))[0], RangeError);
  const not = { topics: { maxTopicLength: -1 } };
  assertThrows(() => newServer(0, "", not), RangeError, "maxTopicLength");
  assertThrows(() => newServer(0, "", { topics: 7 as never }), TypeError);
});

Deno.test("a client that dials is in no server's topics, but may be in a registry", async () => {
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const received = new Log<string>();
  server.onMessage((_ws, message) => received.add(message.text()));
  await using served = await serve(server);
  const client = newClient(served.url);
  const topics = new Topics();
  assertEquals(topics.subscribe(client, "x"), false);
  await client.connect();
  assertThrows(() => client.subscribe("x"), TypeError, "of a server");
  assertEquals(client.unsubscribe("x"), false);
  assertEquals(client.topics, []);
  assertEquals(topics.subscribe(client, "x"), true);
  assertEquals(topics.publish("x", "up"), 1);
  assertEquals(await received.have(1), ["up"]);
  await client.close();
  assertEquals(topics.size, 0);

  await client.connect();
  assertEquals(topics.publish("x", "lost"), 0);
  topics.subscribe(client, "x");
  assertEquals(topics.publish("x", "again"), 1);
  assertEquals(await received.have(2), ["up", "again"]);
  await client.close();
});

Deno.test("one registry has connections of every kind, those of Deno.serve too", async () => {
  const topics = new Topics();
  const server = newServer(0, "", { hostname: "127.0.0.1" });
  const subscribed = new Log<TopicConn>();
  const join = (conn: TopicConn) => {
    topics.subscribe(conn, "x");
    subscribed.add(conn);
  };
  server.onAttached(({ client }) => join(client));
  await using served = await serve(server);
  const early = new Log<boolean>();
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => {
      if (request.url.endsWith("/v")) {
        return server.handleUpgrade(request, info);
      }
      const { response, conn } = upgradeWebSocket(request);
      if (conn === undefined) return response;
      // Not open yet: it may subscribe, and gets nothing before it is.
      early.add(topics.subscribe(conn, "early"));
      early.add(topics.publish("early", "lost") === 0);
      join(conn);
      return response;
    },
  );
  const url = `ws://127.0.0.1:${http.addr.port}`;
  using own = pair();
  join(own.server);
  const clients = [
    own.client,
    await dialWebSocket(served.url),
    await dialWebSocket(`${url}/v`),
    await dialWebSocket(`${url}/`),
  ];
  const conns = await subscribed.have(4);
  for (const conn of conns) {
    while (conn.state !== 1) await new Promise<void>(afterPoll);
  }
  assertEquals(topics.publish("x", "你好"), 4);
  assertEquals(topics.publish("x", new Uint8Array([1])), 4);
  for (const client of clients) {
    assertEquals(await client.read(), "你好");
    assertEquals(await client.read(), new Uint8Array([1]));
    client.close();
    await client.closed;
  }
  assertEquals(await early.have(2), [true, true]);
  for (const conn of conns) {
    while (conn.state !== 3) await new Promise<void>(afterPoll);
  }
  await new Promise<void>(afterPoll);
  assertEquals(topics.size, 0);
  await http.shutdown();
});

const PROGRAM = new URL("_topics_memory_program.ts", import.meta.url).href;
const { state } = Deno.permissions.querySync({ name: "run" });

Deno.test({
  name: "10,000 connections come and go, and their memory is freed",
  ignore: state !== "granted",
  async fn() {
    const flags = ["--no-check", "--v8-flags=--expose-gc"];
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, PROGRAM],
      stderr: "inherit",
    }).output();
    assertEquals(success, true);
    const { topics, grown } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(topics, 0);
    assertLess(grown, 1024 * 1024);
  },
});
