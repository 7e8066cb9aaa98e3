import { assertEquals, assertThrows } from "@std/assert";
import type { TopicAdapter } from "../../../websocket/topics/topic_adapter.ts";
import { Topics } from "../../../websocket/topics/topics.ts";
import { OPCode } from "../../../websocket/opcode.ts";
import { Log } from "../support/_servers.ts";
import { pair } from "../support/_pairs.ts";
import { Printed } from "../support/_printed.ts";

const error = new Error("of the adapter");

/** Adapters whose functions fail, each in its own way. */
const FAULTY: Record<string, TopicAdapter> = {
  "by throwing": {
    publish() {
      throw error;
    },
    subscribe() {
      throw error;
    },
  },
  "by rejecting": {
    publish: () => Promise.reject(error),
    subscribe: () => () => Promise.reject(error),
  },
  "when it stops": {
    publish: () => Promise.reject(error),
    subscribe: () => () => {
      throw error;
    },
  },
};

for (const [how, adapter] of Object.entries(FAULTY)) {
  Deno.test(`an adapter that fails ${how} harms nobody, and onError is told`, async () => {
    const told = new Log<unknown>();
    const topics = new Topics({ onError: told.add });
    topics.relay(adapter);
    using a = pair();
    assertEquals(topics.subscribe(a.server, "x"), true);
    assertEquals(topics.publish("x", "hello"), 1);
    assertEquals(topics.unsubscribe(a.server, "x"), true);
    assertEquals(await a.client.read(), "hello");
    assertEquals(await told.have(2), [error, error]);
    assertEquals(topics.size, 0);
  });
}

Deno.test("an error of an adapter that no onError takes is printed", async () => {
  using printed = new Printed();
  const topics = new Topics();
  topics.relay(FAULTY["by throwing"]);
  topics.publish("x", "hello");
  assertEquals(printed.items, [["Uncaught error in a topic adapter:", error]]);

  const last = new Error("of onError");
  for (
    const onError of [() => {
      throw last;
    }, () => Promise.reject(last)]
  ) {
    const others = new Topics({ onError });
    others.relay(FAULTY["by throwing"]);
    others.publish("x", "hello");
  }
  assertEquals((await printed.have(3)).slice(1), [
    ["Uncaught error in onError:", last],
    ["Uncaught error in onError:", last],
  ]);
});

Deno.test("an adapter gets text as a string and binary as bytes", () => {
  const published: unknown[] = [];
  const topics = new Topics();
  topics.relay({
    publish: (topic, data) => published.push([topic, data]),
    subscribe: () => () => {},
  });
  const bytes = new TextEncoder().encode("漢");
  topics.publish("x", "漢");
  topics.publish("x", bytes);
  topics.publish("x", bytes, { opcode: OPCode.textFrame });
  topics.publish("x", "漢", { opcode: OPCode.binaryFrame });
  assertEquals(published, [["x", "漢"], ["x", bytes], ["x", "漢"], [
    "x",
    bytes,
  ]]);
});

Deno.test("what an adapter delivers after its end reaches nobody", async () => {
  const topics = new Topics();
  let receive: (data: string | Uint8Array) => void = () => {};
  const stop = topics.relay({
    publish() {},
    subscribe: (_topic, deliver) => {
      receive = deliver;
      return () => {};
    },
  });
  using a = pair();
  topics.subscribe(a.server, "x");
  receive("first");
  assertThrows(() => receive(7 as never), TypeError);
  stop();
  receive("late");
  topics.publish("x", "last");
  assertEquals(await a.client.read(), "first");
  assertEquals(await a.client.read(), "last");
});

Deno.test("Topics.relay() refuses a second adapter, and what is none", () => {
  const topics = new Topics();
  const adapter: TopicAdapter = { publish() {}, subscribe: () => () => {} };
  assertThrows(() => topics.relay({ publish() {} } as never), TypeError);
  assertThrows(() => topics.relay(undefined as never), TypeError);
  const stop = topics.relay(adapter);
  assertThrows(() => topics.relay(adapter), TypeError, "already");
  stop();
  const again = topics.relay(adapter);
  // The first one is over.
  stop();
  assertThrows(() => topics.relay(adapter), TypeError, "already");
  again();
});
