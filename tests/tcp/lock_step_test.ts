import { assertEquals } from "@std/assert";
import { ReadHalf } from "../../tcp/_read_half.ts";
import { WriteHalf } from "../../tcp/_write_half.ts";
import { Intake } from "../../websocket/_intake.ts";
import { HOST, makeRaw } from "./_raw.ts";

const IDLE_BUFFER = 256;

/** A reading side to which messages come, and what its reads had room for. */
function makeHalf() {
  const rooms: number[] = [];
  let arrived = new Uint8Array(0);
  const raw = makeRaw({
    read(buffer) {
      rooms.push(buffer.length);
      const length = Math.min(buffer.length, arrived.length);
      buffer.set(arrived.subarray(0, length));
      arrived = arrived.slice(length);
      return Promise.resolve(length > 0 ? length : null);
    },
  });
  const half = new ReadHalf(raw, HOST, true);
  const target = new Uint8Array(1024);
  /** Receives a message of which each byte is `byte`, and says what was read. */
  const receive = async (length: number, byte = 1): Promise<number> => {
    arrived = new Uint8Array([
      ...arrived,
      ...new Uint8Array(length).fill(byte),
    ]);
    const read = await half.read(target) ?? 0;
    assertEquals(target.subarray(0, read), new Uint8Array(read).fill(byte));
    return read;
  };
  return { half, rooms, receive };
}

Deno.test("a peer in lock step is read with as much room as its message needs", async () => {
  const { rooms, receive } = makeHalf();
  for (let message = 0; message < 4; message++) {
    assertEquals(await receive(70, message), 70);
  }
  assertEquals(rooms, [IDLE_BUFFER, IDLE_BUFFER, 70, 70]);
});

Deno.test("a message that is longer than expected arrives whole", async () => {
  const { half, rooms, receive } = makeHalf();
  for (let message = 0; message < 3; message++) await receive(70);
  assertEquals(await receive(100, 7), 70);
  assertEquals(await half.read(new Uint8Array(1024)), 30);
  // Two reads of different lengths tell nothing about the next.
  assertEquals(await receive(90), 90);
  assertEquals(rooms.slice(-3), [70, 70, IDLE_BUFFER]);
});

Deno.test("a peer that no longer waits for answers is found out", async () => {
  const { half, rooms, receive } = makeHalf();
  for (let message = 0; message < 3; message++) await receive(70);
  // Twenty messages at once: most reads take one, as they have room for no more.
  const whole = 20 * 70;
  let taken = await receive(whole);
  assertEquals(taken, 70);
  while (taken < whole) {
    taken += await half.read(new Uint8Array(1024)) ?? Infinity;
  }
  assertEquals(taken, whole);
  assertEquals(rooms.slice(3).includes(IDLE_BUFFER), true);
});

Deno.test("reads of several connections in turn are not limited", async () => {
  const one = makeHalf();
  const other = makeHalf();
  for (let message = 0; message < 4; message++) {
    await one.receive(70);
    await other.receive(70);
  }
  assertEquals(one.rooms, Array(4).fill(IDLE_BUFFER));
  assertEquals(other.rooms, one.rooms);
});

/** Who is fed every message, and what the system is asked for meanwhile. */
async function feed(count: number, answer: (writes: WriteHalf) => void) {
  const asked: string[] = [];
  const { promise: isDone, resolve: onDone } = Promise.withResolvers<void>();
  const raw = makeRaw({
    read() {
      asked.push("read");
      if (asked.filter((call) => call === "read").length <= count) {
        return Promise.resolve(70);
      }
      onDone();
      return Promise.resolve(null);
    },
    write({ length }) {
      asked.push("write");
      return Promise.resolve(length);
    },
  });
  const writes = new WriteHalf(raw, HOST, true);
  new ReadHalf(raw, HOST, true).feed(
    new Intake({
      wantsMore: true,
      push(bytes) {
        answer(writes);
        return bytes.length;
      },
      onFull() {},
      onStreamEnd() {},
      onStreamError(error) {
        throw error;
      },
    }),
  );
  await isDone;
  return asked;
}

Deno.test("a peer in lock step is not asked for more before it has the answer", async () => {
  const asked = await feed(6, async (writes) => {
    for (let tick = 0; tick < 4; tick++) await undefined;
    writes.writeNow(new Uint8Array(70));
  });
  assertEquals(asked.slice(-5), ["read", "write", "read", "write", "read"]);
});

Deno.test("a peer that gets no answer is read on", async () => {
  assertEquals(await feed(6, () => {}), Array(7).fill("read"));
});
