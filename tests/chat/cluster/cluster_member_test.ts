import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import {
  ClusterMember,
  type ClusterMemberOptions,
} from "../../../chat/cluster/_cluster_member.ts";
import { encodeBatch, encodeEntry } from "../../../chat/cluster/_batch.ts";
import type { Delivery } from "../../../chat/room/chat_message.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";
import { enters, said } from "./_entries.ts";
import { FakeBroker, FakeLog } from "./_fake_log.ts";
import { ToyReplica } from "./_toy_replica.ts";

/** A member with what it delivered, and a way to wait for that. */
interface TestMember extends AsyncDisposable {
  readonly member: ClusterMember<ToyReplica>;
  readonly replica: ToyReplica;
  readonly delivered: string[];
  /** Waits for deliveries until something holds. */
  until(holds: () => boolean): Promise<void>;
}

async function start(
  log: FakeLog,
  { signal, ...options }:
    & Partial<ClusterMemberOptions<ToyReplica>>
    & { readonly signal?: AbortSignal } = {},
): Promise<TestMember> {
  const delivered: string[] = [];
  let wake = Promise.withResolvers<void>();
  const member = new ClusterMember({
    log,
    name: "east",
    makeReplica: (entries) => new ToyReplica(entries),
    deliver: (deliveries: readonly Delivery[]) => {
      for (const { message } of deliveries) {
        delivered.push("text" in message ? message.text : message.type);
      }
      wake.resolve();
    },
    intervals: { watch: 5, tick: 5, close: 2_000 },
    ...options,
  });
  await member.start(signal);
  return {
    member,
    replica: member.replica,
    delivered,
    async until(holds) {
      while (!holds()) {
        wake = Promise.withResolvers();
        await wake.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      await member.close();
    },
  };
}

/** The log for a server that can read batches of the next version. */
class NewerLog extends FakeLog {
  override read(...[after, take, signal]: Parameters<FakeLog["read"]>) {
    const translate = (sequence: number, bytes: Uint8Array) => {
      const isNewer = new TextDecoder().decode(bytes) === '{"v":2}';
      const entries = [encodeEntry(said("newer"))];
      const batch = isNewer ? encodeBatch("new.1", 1, entries) : bytes;
      take(sequence, batch);
    };
    return super.read(after, translate, signal);
  }
}

async function append(
  log: FakeLog,
  origin: string,
  n: number,
  ...entries: ChatEntry[]
): Promise<void> {
  const bytes = encodeBatch(origin, n, entries.map(encodeEntry));
  await log.append(bytes, `${origin}/${n}`);
}

/** Lets other tasks run until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(0);
}

Deno.test("ClusterMember stores what its replica proposes, and applies it with all others", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  await using east = await start(log);
  await using west = await start(log, { name: "west" });
  const { replica } = east;
  replica.log.propose(enters(1));
  replica.log.propose(said("a"));
  west.replica.log.propose(enters(1));
  await east.until(() => east.delivered.includes("a"));
  west.replica.log.propose(said("b"));
  await east.until(() => east.delivered.includes("b"));
  await west.until(() => west.delivered.includes("b"));

  const { origin, position, lag, queued, isConnected } = east.member.stats;
  assertEquals(broker.servers.includes(origin), true);
  assertEquals(/^east\.[\da-f]{8}$/.test(origin), true, origin);
  assertEquals([position, lag, queued, isConnected], [3, 0, 0, true]);
  assertEquals(replica.log.sessionKey("secret").length, 43);
  assertNotEquals(origin, west.member.stats.origin);
});

Deno.test("ClusterMember starts when it has applied all that the log has", async () => {
  const log = new FakeBroker().open();
  for (let n = 1; n <= 20; n++) await append(log, "a.1", n, said(`text ${n}`));
  await using east = await start(log);
  assertEquals(east.replica.texts.length, 20);
  assertEquals(east.member.stats.position, 20);
});

Deno.test("ClusterMember sends a batch again whose acknowledgement was lost", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  await using east = await start(log);
  log.loseNextAnswer();
  east.replica.log.propose(enters(1));
  east.replica.log.propose(said("a"));
  await east.until(() => east.delivered.includes("a"));
  east.replica.log.propose(said("b"));
  await east.until(() => east.delivered.includes("b"));
  assertEquals(east.delivered, ["a", "b"]);
  assertEquals(broker.batches.size, 2);
});

Deno.test("ClusterMember waits while the log is away, and then goes on", async () => {
  const log = new FakeBroker().open();
  await using east = await start(log, { limits: { maxQueuedEntries: 3 } });
  const { replica } = east;
  replica.log.propose(enters(1));
  replica.log.propose(said("a"));
  await east.until(() => east.delivered.includes("a"));
  log.disconnect();
  for (const text of ["b", "c", "d"]) replica.log.propose(said(text));
  assertEquals(replica.log.isFull, true);
  assertEquals(east.member.stats.isConnected, false);
  assertEquals(east.member.stats.queued, 3);
  await until(() => east.member.stats.retries > 0);
  log.reconnect();
  await east.until(() => east.delivered.includes("d"));
  assertEquals(east.delivered, ["a", "b", "c", "d"]);
  assertEquals(replica.log.isFull, false);
});

Deno.test("ClusterMember ticks its replica", async () => {
  const log = new FakeBroker().open();
  const ticked = Promise.withResolvers<void>();
  class Ticking extends ToyReplica {
    override tick(): Delivery[] {
      ticked.resolve();
      return [];
    }
  }
  await using _east = await start(log, {
    makeReplica: (entries) => new Ticking(entries),
  });
  await ticked.promise;
});

Deno.test("ClusterMember lets the users of a dead server depart", async () => {
  const log = new FakeBroker().open();
  await append(log, "west.1", 1, enters(1), enters(2));
  await using east = await start(log);
  await until(() => east.replica.servers.length === 0);
  await append(log, "west.1", 2, enters(3));
  await append(log, "west.1", 3, said("still counts"));
  await until(() => east.replica.texts.length === 1);
  assertEquals(east.replica.servers, []);
});

Deno.test("ClusterMember saves snapshots, trims the log, and starts from the older one", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  const limits = { snapshotBatches: 10, snapshotInterval: 0, keptBatches: 5 };
  {
    await using east = await start(log, { limits });
    for (let n = 1; n <= 40; n++) {
      await append(log, "a.1", n, said(`text ${n}`));
      const before = broker.snapshots.length === 0
        ? 0
        : broker.snapshots[0].sequence;
      if (n === 10 || n === 20 || n === 30) {
        await until(() => (broker.snapshots[0]?.sequence ?? 0) > before);
      }
    }
    await until(() => !broker.batches.has(10));
    assertEquals(east.replica.texts.length, 40);
  }
  assertEquals(broker.snapshots.length, 2);
  const older = broker.snapshots[1].sequence;
  const first = await log.first();
  assertEquals(first > 1 && first <= older + 1, true);

  await using south = await start(log, {
    name: "south",
    position: older - 2,
    limits: { snapshotBatches: 1_000 },
  });
  assertEquals(
    south.replica.texts.map(([text]) => text),
    Array.from({ length: 40 }, (_, index) => `text ${index + 1}`),
  );
  const recalled = south.replica.recalled.map(([text]) => text);
  const firstRecalled = Math.max(first, older - 1);
  assertEquals(
    recalled,
    Array.from(
      { length: older - firstRecalled + 1 },
      (_, index) => `text ${firstRecalled + index}`,
    ),
  );
});

Deno.test("ClusterMember.start() rejects if the log was trimmed and no snapshot is left", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  for (let n = 1; n <= 9; n++) await append(log, "a.1", n, said("a"));
  await log.trim(5);
  await assertRejects(() => start(log), Error, "begins at batch 5");
  assertEquals(broker.servers.length, 0);
});

Deno.test("ClusterMember.start() rejects if the log can't be reached or read", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  log.disconnect();
  await assertRejects(() => start(log), Error, "Cannot reach the log");
  log.reconnect();
  await log.append(new TextEncoder().encode("noise"), "noise");
  await assertRejects(() => start(log), Error, "Cannot apply batch 1 ");
  assertEquals(broker.servers.length, 0);
});

Deno.test("ClusterMember.start() rejects names that make no origin", async () => {
  for (const name of ["", "a.b", "a b", "ä", "x".repeat(33), "a/b", "*"]) {
    await assertRejects(
      () => start(new FakeBroker().open(), { name }),
      SyntaxError,
      "as the name of a server",
    );
  }
});

Deno.test("ClusterMember.start() rejects with the reason of an aborted signal", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  const reason = new RangeError("Stopped by the test");
  const aborted = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => start(log, { signal: aborted })),
    reason,
  );

  // While it waits for a batch that never comes.
  const controller = new AbortController();
  class Endless extends FakeLog {
    override end(): Promise<number> {
      controller.abort(reason);
      return Promise.resolve(5);
    }
  }
  const endless = new Endless(broker);
  const error = await assertRejects(
    () => start(endless, { signal: controller.signal }),
  );
  assertEquals(error, reason);
  assertEquals(broker.servers.length, 0);
});

Deno.test("ClusterMember leaves with an error when its lease is lost", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  await using east = await start(log);
  east.replica.log.propose(enters(1));
  east.replica.log.propose(said("a"));
  await east.until(() => east.delivered.includes("a"));
  for (const server of broker.servers) broker.expire(server);
  const error = await east.member.left;
  assertEquals(error?.message.includes("has ended"), true);
  assertEquals(east.delivered, ["a", "goodbye"]);
  assertEquals(east.replica.log.isFull, true);
  east.replica.log.propose(said("too late"));
  await east.member.close();
  assertEquals(broker.batches.size, 1);
});

Deno.test("ClusterMember leaves with an error that tells why it can't follow the log", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  {
    await using east = await start(log);
    const server = east.member.stats.origin;
    await append(log, "a.1", 1, { type: "gone", time: 0, server });
    const error = await east.member.left;
    assertEquals(error?.message.includes("declared dead"), true);
  }
  {
    await using east = await start(log);
    await log.append(new TextEncoder().encode('{"v":2}'), "later");
    const error = await east.member.left;
    assertEquals(
      error?.message,
      "Cannot apply batch 2 of the cluster's log: found version 2, expected 1; a server with a newer version of the program has stored it, to which this one has to be upgraded",
    );
  }
  broker.recreate();
  const { epoch } = broker;
  await using west = await start(broker.open());
  broker.recreate();
  const error = await west.member.left;
  assertEquals(error?.message.includes(epoch), true);
});

Deno.test("ClusterMember goes on beside servers that are too old for a batch", async () => {
  const broker = new FakeBroker();
  await using old = await start(broker.open(), { name: "old" });
  await using young = await start(new NewerLog(broker), { name: "young" });
  old.replica.log.propose(enters(1));
  const log = broker.open();
  await log.append(new TextEncoder().encode('{"v":2}'), "1");
  const error = await old.member.left;
  assertEquals(error?.message.includes("upgraded"), true);
  await append(log, "south.1", 1, said("a"));
  await until(() => young.replica.texts.length > 0);
  // Started again, the old one can't take part either.
  await assertRejects(
    () => start(broker.open(), { name: "old" }),
    Error,
    "of the cluster's log: found version 2",
  );
  assertEquals(young.replica.texts.map(([text]) => text), ["newer", "a"]);
});

Deno.test("ClusterMember skips a batch that no server can read, if it is told to", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  await append(log, "south.1", 1, said("a"));
  await log.append(new TextEncoder().encode("junk"), "junk");
  await append(log, "south.1", 2, said("b"));
  const error = await assertRejects(() => start(log), Error);
  assertEquals(
    error.message,
    "Cannot apply batch 2 of the cluster's log: expected JSON; if no version of the program can read it, all servers have to skip it",
  );
  // A batch that can be read is never skipped.
  await using east = await start(log, { skip: [1, 2] });
  assertEquals(east.replica.texts.map(([text]) => text), ["a", "b"]);
});

Deno.test("ClusterMember.close() waits until the departure of its users is applied", async () => {
  const broker = new FakeBroker();
  const log = broker.open();
  await using west = await start(log, { name: "west" });
  const east = await start(log);
  for (const connection of [1, 2]) east.replica.log.propose(enters(connection));
  east.replica.log.propose(said("a"));
  await east.until(() => east.delivered.includes("a"));
  await Promise.all([east.member.close(), east.member.close()]);
  assertEquals(east.delivered, ["a", "goodbye"]);
  assertEquals(await east.member.left, undefined);
  assertEquals(east.replica.servers, []);
  assertEquals(broker.servers.length, 1);
  await until(() => west.replica.servers.length === 0);
});

Deno.test("ClusterMember.close() does not wait longer than its limit", async () => {
  const log = new FakeBroker().open();
  const east = await start(log, {
    intervals: { watch: 5, tick: 5, close: 20 },
  });
  east.replica.log.propose(enters(1));
  east.replica.log.propose(said("a"));
  await east.until(() => east.delivered.includes("a"));
  log.disconnect();
  await east.member.close();
  assertEquals(east.member.stats.queued, 1);
});
