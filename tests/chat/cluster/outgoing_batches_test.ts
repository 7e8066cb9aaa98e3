import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeBatch,
  encodeEntry,
  MAX_ENTRIES,
} from "../../../chat/cluster/_batch.ts";
import {
  type OutgoingBatch,
  OutgoingBatches,
  type OutgoingOptions,
} from "../../../chat/cluster/_outgoing_batches.ts";
import { said } from "./_entries.ts";

function create(options: Partial<OutgoingOptions> = {}): OutgoingBatches {
  return new OutgoingBatches({
    origin: "east.1",
    maxBatchBytes: 100_000,
    maxQueuedEntries: 10_000,
    maxQueuedBytes: 1_000_000,
    random: () => 0.5,
    ...options,
  });
}

function textsOf(batch: OutgoingBatch | undefined): unknown {
  return batch &&
    decodeBatch(batch.bytes).entries.map((entry) =>
      "text" in entry ? entry.text : entry.type
    );
}

Deno.test("OutgoingBatches has one batch in flight, which gathers what came before", () => {
  const outgoing = create();
  assertEquals(outgoing.next(0), undefined);
  for (const text of ["a", "b"]) outgoing.add(encodeEntry(said(text)));
  const first = outgoing.next(0);
  assertEquals([first?.id, first?.n, textsOf(first)], ["east.1/1", 1, [
    "a",
    "b",
  ]]);
  for (const text of ["c", "d"]) outgoing.add(encodeEntry(said(text)));
  assertEquals(outgoing.next(0), undefined);
  assertEquals([outgoing.size, outgoing.stored], [4, 0]);

  outgoing.succeed(1);
  assertEquals([outgoing.size, outgoing.stored], [2, 1]);
  const second = outgoing.next(0);
  assertEquals([second?.id, textsOf(second)], ["east.1/2", ["c", "d"]]);
});

Deno.test("OutgoingBatches sends a failed batch again, the same and before any other", () => {
  const outgoing = create();
  outgoing.add(encodeEntry(said("a")));
  const first = outgoing.next(0);
  outgoing.add(encodeEntry(said("b")));
  assertEquals(outgoing.retryAt, undefined);
  outgoing.fail(1, 1_000);
  // Half of a growing ceiling, by the random number of this test.
  assertEquals(outgoing.retryAt, 1_050);
  assertEquals(outgoing.next(1_049), undefined);
  assertEquals(outgoing.next(1_050), first);
  outgoing.fail(1, 2_000);
  assertEquals([outgoing.retryAt, outgoing.retries], [2_100, 2]);
  assertEquals(outgoing.next(2_100), first);
  outgoing.succeed(1);
  assertEquals(textsOf(outgoing.next(2_100)), ["b"]);
  outgoing.fail(2, 3_000);
  assertEquals(outgoing.retryAt, 3_050);
});

Deno.test("OutgoingBatches ignores a late outcome of a batch that is stored", () => {
  const outgoing = create();
  outgoing.add(encodeEntry(said("a")));
  outgoing.add(encodeEntry(said("b")));
  outgoing.next(0);
  outgoing.succeed(1);
  outgoing.fail(1, 0);
  outgoing.succeed(1);
  assertEquals([outgoing.retryAt, outgoing.retries], [undefined, 0]);
  outgoing.add(encodeEntry(said("c")));
  outgoing.next(0);
  outgoing.succeed(1);
  assertEquals([outgoing.size, outgoing.stored], [1, 1]);
});

Deno.test("OutgoingBatches knows of a failed batch that it was stored all the same", () => {
  const outgoing = create();
  outgoing.add(encodeEntry(said("a")));
  outgoing.next(0);
  outgoing.fail(1, 0);
  outgoing.succeed(1);
  assertEquals([outgoing.size, outgoing.retryAt], [0, undefined]);
  assertEquals(outgoing.next(10_000), undefined);
});

Deno.test("OutgoingBatches cuts batches by entries and bytes", () => {
  const outgoing = create();
  for (let index = 0; index < MAX_ENTRIES + 1; index++) {
    outgoing.add(encodeEntry({ type: "gone", time: 0, server: "" }));
  }
  assertEquals(
    (textsOf(outgoing.next(0)) as unknown[]).length,
    MAX_ENTRIES,
  );
  outgoing.succeed(1);
  assertEquals(textsOf(outgoing.next(0)), ["gone"]);

  for (const extra of [0, 1, 2, 3, 50]) {
    const maxBatchBytes = 500 + extra;
    const tight = create({ maxBatchBytes });
    const texts = Array.from({ length: 20 }, (_, index) => "é".repeat(index));
    for (const text of texts) tight.add(encodeEntry(said(text)));
    const sent: unknown[] = [];
    for (let batch = tight.next(0); batch; batch = tight.next(0)) {
      assertEquals(batch.bytes.length <= maxBatchBytes, true);
      sent.push(...textsOf(batch) as unknown[]);
      tight.succeed(batch.n);
    }
    assertEquals(sent, texts);
  }
});

Deno.test("OutgoingBatches is full by entries or bytes, those in flight included", () => {
  const few = create({ maxQueuedEntries: 2 });
  few.add(encodeEntry(said("a")));
  assertEquals(few.isFull, false);
  few.next(0);
  few.add(encodeEntry(said("b")));
  assertEquals(few.isFull, true);
  few.succeed(1);
  assertEquals(few.isFull, false);

  const small = create({ maxQueuedBytes: 300 });
  small.add(encodeEntry(said("x".repeat(150))));
  assertEquals(small.isFull, false);
  small.add(encodeEntry(said("x".repeat(150))));
  assertEquals(small.isFull, true);
  small.next(0);
  assertEquals(small.isFull, true);
  small.succeed(1);
  assertEquals(small.isFull, false);
});

Deno.test("OutgoingBatches refuses an entry that no batch can hold", () => {
  const outgoing = create({ maxBatchBytes: 500 });
  const entry = encodeEntry(said("x".repeat(500)));
  assertThrows(() => outgoing.add(entry), RangeError, "at most 500");
  assertEquals(outgoing.size, 0);
});
