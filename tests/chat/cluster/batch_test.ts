import { assertEquals, assertThrows } from "@std/assert";
import {
  type Batch,
  BatchError,
  batchOverhead,
  decodeBatch,
  encodeBatch,
  encodeEntry,
  entryId,
  MAX_ENTRIES,
} from "../../../chat/cluster/_batch.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";
import { withSeeds } from "../../property/_random.ts";
import { randomEntry, said } from "./_entries.ts";

const ENCODER = new TextEncoder();

function encode({ origin, n, entries }: Batch): Uint8Array {
  return encodeBatch(origin, n, entries.map(encodeEntry));
}

/** The code of the error for a batch in JSON. */
function faultOf(batch: unknown): string {
  const bytes = ENCODER.encode(JSON.stringify(batch));
  return assertThrows(() => decodeBatch(bytes), BatchError).code;
}

Deno.test("decodeBatch() gives what encodeBatch() was given, for all entries", () => {
  withSeeds(400, (random) => {
    const batch = {
      origin: `east.${random.text(4)}`,
      n: random.int(1, 2 ** 40),
      entries: Array.from(
        { length: random.int(1, 8) },
        () => randomEntry(random),
      ),
    };
    assertEquals(decodeBatch(encode(batch)), batch);
  });
});

Deno.test("decodeBatch() takes a batch with one byte changed for none, or for another", () => {
  withSeeds(500, (random) => {
    const batch = { origin: "east.1", n: 1, entries: [randomEntry(random)] };
    const bytes = encode(batch);
    bytes[random.below(bytes.length)] ^= random.int(1, 255);
    let decoded: Batch;
    try {
      decoded = decodeBatch(bytes);
    } catch (error) {
      if (error instanceof BatchError) return;
      throw error;
    }
    // What passes is a batch that a server could have made.
    assertEquals(decodeBatch(encode(decoded)), decoded);
  });
});

Deno.test("decodeBatch() takes no random bytes", () => {
  withSeeds(500, (random) => {
    const bytes = random.bytes(random.int(0, 200));
    assertThrows(() => decodeBatch(bytes), BatchError);
  });
});

Deno.test("decodeBatch() tells what a later version may have from damage", () => {
  const batch = { v: 1, origin: "east.1", n: 1, entries: [said("Hi")] };
  const withEntry = (entry: unknown) => ({ ...batch, entries: [entry] });

  assertEquals(faultOf({ ...batch, v: 2 }), "unknown");
  assertEquals(faultOf({ v: 2 }), "unknown");
  assertEquals(faultOf(withEntry({ ...said("Hi"), type: "wave" })), "unknown");
  assertEquals(
    faultOf(withEntry({ ...said("Hi"), type: "__proto__" })),
    "unknown",
  );
  for (
    const damaged of [
      ...[1, null, [], "text", { ...batch, v: "1" }, { ...batch, origin: "" }],
      ...[{ ...batch, origin: 1 }, { ...batch, n: 0 }, { ...batch, n: 1.5 }],
      ...[{ ...batch, entries: {} }, { ...batch, entries: [] }],
      { ...batch, more: 1 },
      { ...batch, entries: Array(MAX_ENTRIES + 1).fill(said("Hi")) },
      ...[withEntry(1), withEntry(null), withEntry([]), withEntry({})],
      withEntry({ ...said("Hi"), text: 1 }),
      withEntry({ ...said("Hi"), text: undefined }),
      withEntry({ ...said("Hi"), text: "\ud800" }),
      withEntry({ ...said("Hi"), time: "1" }),
      withEntry({ ...said("Hi"), user: { id: -1, nickname: "alice" } }),
      withEntry({ ...said("Hi"), extra: 1 }),
      withEntry({
        type: "depart",
        time: 1,
        server: "a",
        departs: 1,
        reason: "bored",
      }),
      withEntry({ type: "enter", time: 1, enteredAt: 1, addressKey: "a" }),
    ]
  ) assertEquals(faultOf(damaged), "damaged", JSON.stringify(damaged));
});

Deno.test("decodeBatch() takes no bytes that are not UTF-8", () => {
  const bytes = encode({ origin: "east.1", n: 1, entries: [said("xx")] });
  bytes[bytes.indexOf("x".charCodeAt(0))] = 0xff;
  assertThrows(() => decodeBatch(bytes), BatchError, "UTF-8");
});

Deno.test("encodeEntry() refuses what decodeBatch() would", () => {
  for (const text of ["\ud800", undefined, 1]) {
    const entry = { ...said(""), text } as ChatEntry;
    assertThrows(() => encodeEntry(entry), TypeError, "malformed");
  }
});

Deno.test("batchOverhead() and the entries add up to the bytes of a batch", () => {
  withSeeds(50, (random) => {
    const origin = random.text(5);
    const n = random.int(1, 5_000);
    const entries = Array.from(
      { length: random.int(1, 5) },
      () => encodeEntry(randomEntry(random)),
    );
    const bytes = entries.map((entry) => ENCODER.encode(entry).length + 1);
    const sum = bytes.reduce((total, size) => total + size, 0);
    // The last entry has no comma.
    assertEquals(
      encodeBatch(origin, n, entries).length,
      batchOverhead(origin, n) + sum - 1,
    );
  });
});

Deno.test("entryId() rises over the batches, and is exact in large logs", () => {
  assertEquals(entryId(1, 0), 1_025);
  assertEquals(entryId(2, 0) > entryId(1, MAX_ENTRIES - 1), true);
  assertEquals(Number.isSafeInteger(entryId(8_000_000_000_000, 999)), true);
});
