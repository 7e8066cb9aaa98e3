import { assertEquals, assertThrows } from "@std/assert";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import {
  natsTopics,
  type NatsTopicsConnection,
} from "../../../websocket/topics/nats_topics.ts";
import { Topics } from "../../../websocket/topics/topics.ts";
import { pair } from "../support/_pairs.ts";
import { Printed } from "../support/_printed.ts";

type Callback = Parameters<
  NatsTopicsConnection["subscribe"]
>[1]["callback"];

/** A broker in memory; its connections send everything back, as NATS does. */
class Broker {
  readonly subscriptions: { subject: string; callback: Callback }[] = [];
  readonly subjects: string[] = [];

  publish(subject: string, data: Uint8Array): void {
    this.subjects.push(subject);
    for (const subscription of [...this.subscriptions]) {
      if (subscription.subject === subject) {
        subscription.callback(null, { data });
      }
    }
  }

  connect(): NatsTopicsConnection {
    return {
      publish: (subject, payload) => this.publish(subject, payload),
      subscribe: (subject, { callback }) => {
        const subscription = { subject, callback };
        this.subscriptions.push(subscription);
        return {
          unsubscribe: () => {
            const at = this.subscriptions.indexOf(subscription);
            this.subscriptions.splice(at, 1);
          },
        };
      },
      flush: () => Promise.resolve(),
    };
  }
}

/** A connection whose flushes the test settles. */
class Link implements NatsTopicsConnection {
  readonly flushes: PromiseWithResolvers<void>[] = [];
  published = 0;
  error: Error | undefined;

  publish(): void {
    if (this.error !== undefined) throw this.error;
    this.published++;
  }

  subscribe(): { unsubscribe(): void } {
    return { unsubscribe() {} };
  }

  flush(): Promise<void> {
    const flush = Promise.withResolvers<void>();
    this.flushes.push(flush);
    return flush.promise;
  }
}

const tick = () => new Promise<void>(afterPoll);

Deno.test("natsTopics() connects the topics of two processes, none twice", async () => {
  const broker = new Broker();
  const [here, there] = [new Topics(), new Topics()];
  const adapter = natsTopics(broker.connect());
  here.relay(adapter);
  there.relay(natsTopics(broker.connect()));
  using a = pair();
  using b = pair();
  here.subscribe(a.server, "x");
  there.subscribe(b.server, "x");

  assertEquals(here.publish("x", "你好"), 1);
  assertEquals(there.publish("x", new Uint8Array([7, 0, 255])), 1);
  here.publish("x", "");
  here.publish("x", "not for a", { except: a.server });
  there.publish("x", new Uint8Array());

  for (const { client } of [a, b]) {
    assertEquals(await client.read(), "你好");
    assertEquals(await client.read(), new Uint8Array([7, 0, 255]));
    assertEquals(await client.read(), "");
    if (client === b.client) assertEquals(await client.read(), "not for a");
    assertEquals(await client.read(), new Uint8Array());
    assertEquals(client.messagesReceived, client === b.client ? 5 : 4);
  }
  assertEquals([adapter.dropped, adapter.ignored], [0, 0]);
});

Deno.test("a topic is subscribed at the broker while it has subscribers", async () => {
  const broker = new Broker();
  const topics = new Topics();
  using a = pair();
  using b = pair();
  topics.subscribe(a.server, "early");
  const stop = topics.relay(natsTopics(broker.connect()));
  const subjects = () => broker.subscriptions.map(({ subject }) => subject);
  assertEquals(subjects(), ["topics.early"]);
  topics.subscribe(a.server, "x");
  topics.subscribe(b.server, "x");
  assertEquals(subjects(), ["topics.early", "topics.x"]);
  topics.unsubscribe(a.server, "x");
  assertEquals(subjects().length, 2);
  b.server.terminate();
  await b.server.closed;
  assertEquals(subjects(), ["topics.early"]);
  topics.publish("nobody", "hello");
  assertEquals(broker.subjects, ["topics.nobody"]);

  stop();
  stop();
  assertEquals(subjects(), []);
  topics.publish("early", "here only");
  assertEquals(broker.subjects.length, 1);
  assertEquals(await a.client.read(), "here only");
  topics.relay(natsTopics(broker.connect(), { prefix: "a.b-c.d_1" }));
  assertEquals(subjects(), ["a.b-c.d_1.early"]);
});

Deno.test("the name of a topic cannot lead to another subject", () => {
  const broker = new Broker();
  const topics = new Topics();
  topics.relay(natsTopics(broker.connect()));
  const names = [
    "a.b",
    "*",
    ">",
    "a b",
    "a\r\nPUB x 0",
    "a\tb",
    "漢",
    "%2A",
    "$SYS.>",
    "!~'()",
    "a-b_1",
    "\0",
  ];
  for (const name of names) topics.publish(name, "");

  assertEquals(broker.subjects, [
    "topics.a%2Eb",
    "topics.%2A",
    "topics.%3E",
    "topics.a%20b",
    "topics.a%0D%0APUB%20x%200",
    "topics.a%09b",
    "topics.%E6%BC%A2",
    "topics.%252A",
    "topics.%24SYS%2E%3E",
    "topics.%21%7E%27%28%29",
    "topics.a-b_1",
    "topics.%00",
  ]);
  assertEquals(new Set(broker.subjects).size, names.length);
});

Deno.test("messages in another format are counted, and reach nobody", async () => {
  const broker = new Broker();
  const topics = new Topics();
  const adapter = natsTopics(broker.connect());
  topics.relay(adapter);
  using a = pair();
  topics.subscribe(a.server, "x");
  const foreign = [
    [],
    [1, 2, 3],
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 5, 6, 7, 8, 1, 0xff],
    [1, 2, 3, 4, 5, 6, 7, 8, 1, 0xed, 0xa0, 0x80],
  ];
  for (const bytes of foreign) {
    broker.publish("topics.x", new Uint8Array(bytes));
  }
  assertEquals(adapter.ignored, foreign.length);
  broker.publish("topics.x", new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 1, 65]));
  assertEquals(await a.client.read(), "A");
  assertEquals(a.client.messagesReceived, 1);
});

Deno.test("natsTopics() drops what a broker that is away would have to wait for", async () => {
  const link = new Link();
  const topics = new Topics();
  const adapter = natsTopics(link, { maxBufferedBytes: 1000 });
  topics.relay(adapter);
  for (let count = 0; count < 20; count++) {
    topics.publish("x", new Uint8Array(83));
  }
  // "topics.x" and 9 bytes more: 100 for each.
  assertEquals(link.published, 10);
  assertEquals([adapter.dropped, adapter.bufferedBytes], [10, 1000]);
  assertEquals(link.flushes.length, 1);
  // The first flush stands for the first two messages.
  link.flushes[0].resolve();
  await tick();
  assertEquals(adapter.bufferedBytes, 800);
  topics.publish("x", new Uint8Array(83));
  assertEquals([link.published, adapter.bufferedBytes], [11, 900]);
  assertEquals(link.flushes.length, 2);
  // The link is lost, and all that waited for it.
  link.flushes[1].reject(new Error("disconnected"));
  await tick();
  assertEquals(adapter.bufferedBytes, 100);
  assertEquals(link.flushes.length, 2);
  topics.publish("x", new Uint8Array(2000));
  assertEquals(adapter.dropped, 11);
});

Deno.test("a message that the connection refuses is dropped, and told", async () => {
  const link = new Link();
  const topics = new Topics();
  const errors: unknown[] = [];
  const adapter = natsTopics(link, { onError: (error) => errors.push(error) });
  topics.relay(adapter);
  using a = pair();
  topics.subscribe(a.server, "x");
  link.error = new Error("max_payload size exceeded");

  assertEquals(topics.publish("x", "hello"), 1);
  assertEquals([adapter.dropped, adapter.bufferedBytes], [1, 0]);
  assertEquals(errors, [link.error]);
  assertEquals(await a.client.read(), "hello");
});

Deno.test("a subscription that the broker refuses is told, or printed", () => {
  const broker = new Broker();
  const errors: unknown[] = [];
  const error = new Error("Permissions Violation");
  using a = pair();
  const topics = new Topics();
  const onError = (error: unknown) => errors.push(error);
  topics.relay(natsTopics(broker.connect(), { onError }));
  topics.subscribe(a.server, "x");
  broker.subscriptions[0].callback(error, { data: new Uint8Array() });
  assertEquals(errors, [error]);

  const others = new Topics();
  others.relay(natsTopics(broker.connect()));
  others.subscribe(a.server, "x");
  using printed = new Printed();
  broker.subscriptions[1].callback(error, { data: new Uint8Array() });
  assertEquals(printed.items, [["Uncaught error in natsTopics:", error]]);
});

Deno.test("natsTopics() refuses options and connections that can't work", () => {
  const link = new Link();
  for (const prefix of ["", ".", "a.", "a..b", "a b", "*", "a.>", "é"]) {
    assertThrows(() => natsTopics(link, { prefix }), SyntaxError, "prefix");
  }
  assertThrows(() => natsTopics(link, { maxBufferedBytes: 0 }), RangeError);
  assertThrows(() => natsTopics(link, { onError: 7 as never }), TypeError);
  assertThrows(() => natsTopics({ publish() {} } as never), TypeError, "flush");
  assertThrows(() => natsTopics(undefined as never), TypeError, "flush");
});
