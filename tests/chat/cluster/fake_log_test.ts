import { assertEquals, assertRejects } from "@std/assert";
import { FakeBroker } from "./_fake_log.ts";
import { Reading, testLogContract, toBatch } from "./_log_contract.ts";

testLogContract("FakeLog", {
  start() {
    const broker = new FakeBroker();
    return Promise.resolve({
      open: () => Promise.resolve(broker.open()),
      recreate: () => Promise.resolve(broker.recreate()),
      takeLease(server: string) {
        broker.expire(server);
        broker.grant(server);
        return Promise.resolve();
      },
      expire: (server: string) => broker.expire(server),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

Deno.test("FakeLog refuses requests without a connection, and reads on with one", async () => {
  const broker = new FakeBroker();
  const [log, other] = [broker.open(), broker.open()];
  await log.append(toBatch("a"), "1");
  const reading = await new Reading(log).until(1);
  log.disconnect();
  await assertRejects(() => log.append(toBatch("b"), "2"), Error, "reach");
  await other.append(toBatch("c"), "3");
  assertEquals(await other.end(), 2);
  assertEquals(reading.texts, ["a"]);
  log.reconnect();

  assertEquals((await reading.until(2)).texts, ["a", "c"]);
  await reading.stop();
});

Deno.test("FakeLog delays requests and reading while it is paused", async () => {
  const broker = new FakeBroker();
  const [log, other] = [broker.open(), broker.open()];
  const reading = new Reading(log);
  log.pause();
  let isStored = false;
  const appending = log.append(toBatch("late"), "1")
    .then(() => isStored = true);
  await other.append(toBatch("a"), "2");
  assertEquals([isStored, await other.end(), reading.texts], [false, 1, []]);
  log.resume();
  await appending;

  assertEquals((await reading.until(2)).texts, ["a", "late"]);
  await reading.stop();
});

Deno.test("FakeLog loses an answer to a batch that it has stored", async () => {
  const log = new FakeBroker().open();
  log.loseNextAnswer();
  await assertRejects(() => log.append(toBatch("a"), "1"), Error, "lost");
  assertEquals(await log.end(), 1);
  await log.append(toBatch("a"), "1");

  assertEquals(await log.end(), 1);
});

Deno.test("FakeLog lets a request fail without an effect", async () => {
  const log = new FakeBroker().open();
  log.failNext();
  await assertRejects(() => log.append(toBatch("a"), "1"), Error, "to fail");
  assertEquals(await log.end(), 0);
  await log.append(toBatch("a"), "1");

  assertEquals(await log.end(), 1);
});

Deno.test("FakeLog lets a lease lapse", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  const lease = await log.lease("east.1");
  broker.expire("east.1");
  await lease.lost;

  assertEquals(await log.servers(), []);
});
