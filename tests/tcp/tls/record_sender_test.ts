import { assert, assertEquals } from "@std/assert";
import type { RawConn } from "../../../tcp/conn/_raw_conn.ts";
import { RecordSender } from "../../../tcp/tls/_record_sender.ts";
import { makeRaw } from "../support/_raw.ts";

const LOST = new Deno.errors.ConnectionReset("Reset by the test");

/** A sender whose writes end when the test says so. */
function makeHeld() {
  const sizes: number[] = [];
  const writes: PromiseWithResolvers<number>[] = [];
  const write: RawConn["write"] = ({ length }) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    sizes.push(length);
    writes.push({ promise, resolve, reject });
    return promise;
  };
  let records: Uint8Array | undefined;
  let asked = 0;
  const sender = new RecordSender(makeRaw({ write }), {
    takeRecords() {
      asked++;
      const taken = records;
      records = undefined;
      return taken;
    },
    onSent() {},
    onEngineError() {},
  });
  const send = (bytes: Uint8Array) => {
    records = bytes;
    sender.flush();
  };
  return { sender, sizes, writes, send, countAsked: () => asked };
}

/** A record of a type with a payload of so many bytes. */
function makeRecord(type: number, length: number): Uint8Array {
  const record = new Uint8Array(5 + length);
  record.set([type, 3, 3, length >> 8, length & 0xff]);
  return record;
}

function concat(records: Uint8Array[]): Uint8Array {
  return Uint8Array.from(records.flatMap((record) => [...record]));
}

/** Lets the callbacks of a write run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await undefined;
}

Deno.test("RecordSender sends the rest of a batch that is in flight when the count starts anew", async () => {
  const { sender, sizes, writes, send } = makeHeld();
  send(makeRecord(22, 75));
  sender.beginWrite(1);

  writes[0]?.resolve(30);
  await settle();
  assertEquals(sizes, [80, 50]);
  assertEquals(sender.isBusy, true);
  writes[1]?.resolve(50);
  await settle();

  assertEquals(sender.isBusy, false);
  assertEquals(sender.sentFullRecords, 0);
});

Deno.test("RecordSender asks the engine for records when it is told to, and the batch is out", async () => {
  const { sender, sizes, writes, send, countAsked } = makeHeld();
  send(makeRecord(22, 75));
  writes[0]?.resolve(80);
  await settle();
  assertEquals(countAsked(), 1);

  send(makeRecord(22, 75));
  assertEquals(countAsked(), 2);
  send(makeRecord(22, 35));
  assertEquals(countAsked(), 2);
  writes[1]?.resolve(80);
  await settle();

  assertEquals(countAsked(), 3);
  assertEquals(sizes, [80, 80, 40]);
  assertEquals(sender.isBusy, true);
});

Deno.test("RecordSender knows by the last record that all of a write is in its batch", async () => {
  const { sender, writes, send } = makeHeld();
  send(makeRecord(23, 100));
  sender.beginWrite(64);
  assert(!sender.hasWholeWrite, "a batch before the write");
  writes[0]?.resolve(105);
  await settle();
  for (
    const [lengths, isWhole] of [
      [[81], true],
      [[250, 81], true],
      [[81, 17], false],
      [[63], false],
    ] as const
  ) {
    const records = concat(lengths.map((length) => makeRecord(23, length)));
    send(records);
    assertEquals(sender.hasWholeWrite, isWhole, lengths.join());
    writes.at(-1)?.resolve(records.length);
    await settle();
  }

  // The engine makes records of such a write in more than one go.
  sender.beginWrite(20_000);
  send(makeRecord(23, 16_401));
  assert(!sender.hasWholeWrite);
});

Deno.test("RecordSender counts no record of a batch that was in flight when the count started", async () => {
  const { sender, writes, send } = makeHeld();
  send(makeRecord(22, 69));
  sender.beginWrite(1);
  writes[0]?.resolve(74);
  await settle();
  const data = makeRecord(23, 16_401);
  send(data);
  writes[1]?.resolve(data.length);
  await settle();
  assertEquals(sender.sentFullRecords, 1);

  send(data);
  writes[2]?.reject(LOST);
  await settle();

  assertEquals(sender.failure?.error, LOST);
  assertEquals(sender.sentFullRecords, 1);
});

Deno.test("RecordSender does not count records that are not full, such as those of the engine", async () => {
  const { sender, writes, send } = makeHeld();
  sender.beginWrite(1);
  for (const [index, length] of [22, 16_401, 250].entries()) {
    const record = makeRecord(23, length);
    send(record);
    writes[index]?.resolve(record.length);
    await settle();
  }

  assertEquals(sender.sentFullRecords, 1);
});
