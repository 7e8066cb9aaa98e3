import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BatchError,
  encodeBatch,
  encodeEntry,
  entryId,
} from "../../../chat/cluster/_batch.ts";
import {
  CLUSTER_DEFAULTS,
  ClusterNode,
  type ClusterNodeOptions,
} from "../../../chat/cluster/_cluster_node.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";
import { departs, enters, said } from "./_entries.ts";
import { ToyReplica } from "./_toy_replica.ts";

function create(
  options: Partial<ClusterNodeOptions> = {},
): ClusterNode<ToyReplica> {
  return new ClusterNode({
    ...CLUSTER_DEFAULTS,
    origin: "east.1",
    epoch: "first",
    maxBatchBytes: 100_000,
    sessionKey: (token) => `key of ${token}`,
    random: () => 0.5,
    ...options,
  }, (log) => new ToyReplica(log));
}

function batch(
  origin: string,
  n: number,
  ...entries: ChatEntry[]
): Uint8Array {
  return encodeBatch(origin, n, entries.map(encodeEntry));
}

/** Takes what a node proposes out of it, as if the log had stored it. */
function drain(node: ClusterNode<ToyReplica>): readonly ChatEntry[] {
  const next = node.next(0);
  if (next === undefined) return [];
  node.outgoing.succeed(next.n);
  return JSON.parse(new TextDecoder().decode(next.bytes)).entries;
}

Deno.test("ClusterNode proposes entries, and applies them when the log has them", () => {
  let queued = 0;
  const node = create({ onQueued: () => queued++ });
  assertEquals([node.origin, node.epoch], ["east.1", "first"]);
  assertEquals(node.sessionKey("secret"), "key of secret");
  assertEquals(node.isSettled, true);

  assertEquals(node.propose(enters(7)), []);
  assertEquals(node.propose(said("Hi")), []);
  assertEquals([queued, node.outgoing.size, node.isSettled], [2, 2, false]);
  const next = node.next(0);
  assert(next !== undefined);
  node.outgoing.succeed(next.n);
  assertEquals([node.outgoing.size, node.outgoing.stored, node.isSettled], [
    0,
    1,
    false,
  ]);
  assertEquals(node.take(1, next.bytes, 5), [{
    to: [7],
    message: { type: "notice", time: 5, text: "Hi" },
  }]);
  assertEquals(node.replica.texts, [["Hi", entryId(1, 1)]]);
  assertEquals([node.position, node.isSettled], [1, true]);
});

Deno.test("ClusterNode learns from the log that a batch was stored", () => {
  const node = create();
  node.propose(said("Hi"));
  const next = node.next(0);
  assert(next !== undefined);
  node.outgoing.fail(next.n, 0);
  assertEquals([node.retryAt, node.outgoing.retries], [50, 1]);
  node.take(1, next.bytes, 1);
  assertEquals([node.retryAt, node.isSettled], [undefined, true]);
  assertEquals(node.next(1_000), undefined);
});

Deno.test("ClusterNode applies each batch once, though the log has it twice", () => {
  const node = create();
  node.take(1, batch("west.1", 1, said("a")), 0);
  node.take(2, batch("west.1", 1, said("a")), 0);
  node.take(3, batch("west.1", 2, said("b")), 0);
  node.take(4, batch("west.1", 1, said("a")), 0);
  node.take(5, batch("south.1", 1, said("c")), 0);
  assertEquals(node.replica.texts.map(([text]) => text), ["a", "b", "c"]);
  assertEquals(node.position, 5);
});

Deno.test("ClusterNode does not go on behind a gap, or with bytes that it can't read", () => {
  const node = create();
  const hi = batch("west.1", 1, said("Hi"));
  assertThrows(() => node.take(2, hi, 0), Error, "expected 1");
  node.take(1, hi, 0);
  assertThrows(() => node.take(1, hi, 0), Error, "expected 2");
  assertThrows(() => node.take(2, new Uint8Array(3), 0), BatchError);
});

Deno.test("ClusterNode ignores membership entries of a server declared dead, not its messages", () => {
  const node = create();
  node.take(1, batch("west.1", 1, enters(1), said("before")), 0);
  node.take(
    2,
    batch("south.1", 1, { type: "gone", time: 0, server: "west.1" }),
    0,
  );
  node.take(3, batch("west.1", 2, enters(2), said("after")), 0);
  node.take(4, batch("south.1", 2, departs("west.1", 1)), 0);
  assertEquals(
    node.replica.texts.map(([text]) => text),
    ["before", "after"],
  );
  assertEquals(node.replica.servers, []);
});

Deno.test("ClusterNode leaves when it reads that it was declared dead", () => {
  const node = create();
  const gone = batch("a", 1, { type: "gone", time: 0, server: "east.1" });
  assertThrows(
    () => node.take(1, gone, 0),
    Error,
    '"east.1" was declared dead',
  );
});

Deno.test("ClusterNode declares a server without a lease dead, then its users departed", () => {
  const node = create();
  node.take(1, batch("west.1", 1, enters(1), enters(2)), 0);
  const alive = ["west.2", "east.1"];
  node.watch(["west.1", ...alive], 0);
  node.watch(alive, 1);
  assertEquals(drain(node), []);
  node.watch(alive, 2);
  assertEquals(drain(node), [{ type: "gone", time: 2, server: "west.1" }]);
  // It has not been applied yet, and may come twice.
  node.watch(alive, 3);
  const gone = drain(node);
  assertEquals(gone, [{ type: "gone", time: 3, server: "west.1" }]);
  node.take(2, batch("east.1", 2, ...gone), 3);
  node.watch(alive, 4);
  const departures = drain(node);
  assertEquals(
    departures,
    [1, 2].map((connection) => ({
      ...departs("west.1", connection),
      time: 4,
    })),
  );
  node.watch(alive, 5);
  assertEquals(drain(node), []);
  node.take(3, batch("east.1", 3, ...departures), 5);
  for (let round = 0; round < 9; round++) node.watch(alive, 6);
  assertEquals(drain(node), []);
});

Deno.test("ClusterNode makes up for a server that died before it was done", () => {
  const node = create();
  node.take(1, batch("west.1", 1, enters(1), enters(2)), 0);
  node.take(
    2,
    batch(
      "a.1",
      1,
      { type: "gone", time: 0, server: "west.1" },
      departs("west.1", 1),
    ),
    0,
  );
  const rounds: number[] = [];
  for (let round = 1; round <= 10; round++) {
    node.watch(["a.1", "east.1"], round);
    const entries = drain(node);
    if (entries.length > 0) rounds.push(round);
    for (const entry of entries) {
      assertEquals(entry, { ...departs("west.1", 2), time: round });
    }
  }
  assertEquals(rounds, [6, 10]);
});

Deno.test("ClusterNode acts on dead servers once while nothing can be stored", () => {
  const node = create();
  node.take(1, batch("west.1", 1, enters(1), enters(2)), 0);
  for (let round = 0; round < 30; round++) node.watch(["east.1"], round);
  assertEquals(node.outgoing.size, 1);
  const gone = drain(node);
  assertEquals(gone.map(({ type }) => type), ["gone"]);
  node.take(2, batch("east.1", 1, ...gone), 30);
  for (let round = 0; round < 30; round++) node.watch(["east.1"], round);
  assertEquals(node.outgoing.size, 2);
  // Entries that were proposed later do not count.
  node.propose(said("Hi"));
  const departures = drain(node);
  assertEquals(departures.length, 3);
  node.propose(said("Ho"));
  for (let round = 0; round < 4; round++) node.watch(["east.1"], round);
  assertEquals(drain(node).length, 3);
});

Deno.test("ClusterNode does not act on dead servers while it is full", () => {
  const node = create({ maxQueuedEntries: 1 });
  node.take(1, batch("west.1", 1, enters(1)), 0);
  node.propose(said("Hi"));
  for (let round = 0; round < 9; round++) node.watch(["east.1"], round);
  assertEquals(drain(node), [said("Hi")]);
  node.watch(["east.1"], 9);
  assertEquals(drain(node), [{ type: "gone", time: 9, server: "west.1" }]);
});

Deno.test("ClusterNode never declares itself dead", () => {
  const node = create();
  node.propose(enters(1));
  const next = node.next(0);
  assert(next !== undefined);
  node.take(1, next.bytes, 0);
  for (let round = 0; round < 9; round++) node.watch([], 0);
  assertEquals(drain(node), []);
});

Deno.test("ClusterNode is full, and still takes departures", () => {
  const node = create({ maxQueuedEntries: 2 });
  node.propose(said("a"));
  assertEquals(node.isFull, false);
  node.propose(said("b"));
  assertEquals(node.isFull, true);
  node.propose(departs("east.1", 1));
  assertEquals(node.outgoing.size, 3);
});

Deno.test("ClusterNode goes on from a snapshot like a server that has applied all", () => {
  const first = create({ origin: "a.1" });
  const log = [
    batch("west.1", 1, enters(1), said("a")),
    batch("west.1", 2, said("b")),
    batch("south.1", 1, { type: "gone", time: 0, server: "west.1" }),
    batch("west.1", 1, enters(1), said("a")),
    batch("west.1", 3, enters(3), said("c")),
  ];
  log.slice(0, 3).forEach((bytes, index) => first.take(index + 1, bytes, 0));
  const second = create({ origin: "b.1" });
  second.restore(3, first.save(), 0);
  second.recall(2, log[1]);
  assertEquals(second.replica.recalled, [["b", entryId(2, 0)]]);
  for (const node of [first, second]) {
    node.take(4, log[3], 0);
    node.take(5, log[4], 0);
  }
  assertEquals(second.save(), first.save());
  assertEquals(
    second.replica.texts.map(([text]) => text),
    ["a", "b", "c"],
  );
});

Deno.test("ClusterNode recalls nothing of a batch that was stored twice", () => {
  const node = create();
  const batches = [
    batch("west.1", 1, said("a")),
    batch("west.1", 2, said("b"), said("c")),
    batch("west.1", 1, said("a")),
    batch("west.1", 2, said("b"), said("c")),
    batch("west.1", 3, said("d")),
  ];
  const other = create({ origin: "a.1" });
  batches.forEach((bytes, index) => other.take(index + 1, bytes, 0));
  node.restore(5, other.save(), 0);
  // What was stored first is known already.
  for (const sequence of [3, 4, 5]) {
    node.recall(sequence, batches[sequence - 1]);
  }
  assertEquals(node.replica.recalled, [["d", entryId(5, 0)]]);
});

Deno.test("ClusterNode skips a batch that it can't read if it has to, in the history too", () => {
  const junk = new TextEncoder().encode('{"v":1}');
  const node = create({ skip: [1, 2, 3] });
  node.take(1, junk, 0);
  node.take(2, batch("west.1", 1, said("a")), 0);
  const second = create({ skip: [1] });
  second.restore(2, node.save(), 0);
  second.recall(1, junk);
  second.recall(2, batch("west.1", 1, said("a")));
  assertEquals(second.replica.recalled, [["a", entryId(2, 0)]]);
  second.take(3, batch("west.1", 2, said("b")), 0);
  assertThrows(
    () => second.take(4, junk, 0),
    BatchError,
    "batch 4 of the cluster's log: expected an origin",
  );
  assertThrows(() => create().recall(1, junk), BatchError);
});

Deno.test("ClusterNode saves snapshots in its turn, and trims before the one before", () => {
  const node = create({
    snapshotBatches: 10,
    snapshotInterval: 100,
    keptBatches: 15,
  });
  let position = 0;
  const goTo = (end: number) => {
    while (position < end) {
      position++;
      node.take(position, batch("west.1", position, said("a")), 0);
    }
  };
  goTo(10);
  assertEquals(node.snapshot(0), undefined);
  node.watch(["a.1", "east.1"], 0);
  assertEquals(node.snapshot(0), undefined);
  node.watch(["east.1"], 0);
  assertEquals(node.snapshot(99), undefined);
  assertEquals(node.snapshot(100), { sequence: 10, data: node.save() });
  // There is none before, on which a start could fall back.
  assertEquals(node.snapshotSaved(10), 1);
  goTo(30);
  assertEquals(node.snapshot(199), undefined);
  assertEquals(node.snapshot(200)?.sequence, 30);
  assertEquals(node.snapshotSaved(30), 11);
  goTo(39);
  assertEquals(node.snapshot(1_000), undefined);
  goTo(40);
  assertEquals(node.snapshot(1_000)?.sequence, 40);
  // The log keeps some batches, however new the snapshots are.
  assertEquals(node.snapshotSaved(40), 26);

  // Another server may save one while it is the first.
  goTo(60);
  node.watch(["a.1", "east.1"], 0);
  assertEquals(node.snapshot(5_000), undefined);
  node.watch(["east.1"], 0);
  assertEquals(node.snapshot(5_099), undefined);
  assertEquals(node.snapshot(5_100)?.sequence, 60);
});

Deno.test("ClusterNode proposes nothing after it has left", () => {
  const node = create();
  node.propose(enters(4));
  const next = node.next(0);
  assert(next !== undefined);
  node.take(1, next.bytes, 0);
  node.propose(said("a"));
  assertEquals(node.leave(9), [{
    to: [4],
    message: { type: "goodbye", time: 9, reason: "shutdown" },
  }]);
  assertEquals(node.leave(9), []);
  node.propose(said("b"));
  node.watch([], 9);
  assertEquals(node.tick(9), []);
  assertEquals(
    [node.isFull, node.next(9), node.retryAt],
    [true, undefined, undefined],
  );
  assertEquals(node.replica.ticks, []);
});
