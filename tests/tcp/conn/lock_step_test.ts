import { assert, assertEquals, assertLess } from "@std/assert";
import { ReadHalf } from "../../../tcp/conn/_read_half.ts";
import { WriteHalf } from "../../../tcp/conn/_write_half.ts";
import { Intake } from "../../../websocket/engine/_intake.ts";
import { HOST, makeRaw } from "../support/_raw.ts";

const IDLE_BUFFER = 128;

/** Both halves of a connection, and what its reads had room for. */
function makePeer() {
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
  const reads = new ReadHalf(raw, HOST, true);
  const writes = new WriteHalf(raw, HOST, true);
  const target = new Uint8Array(100_000);
  return {
    rooms,
    /** Reads of what has arrived, and says how much that was. */
    async read(byte = 1): Promise<number> {
      const length = await reads.read(target) ?? 0;
      assertEquals(
        target.subarray(0, length),
        new Uint8Array(length).fill(byte),
      );
      return length;
    },
    /** Lets a message arrive of which each byte is `byte`. */
    send(length: number, byte = 1): void {
      const message = new Uint8Array(length).fill(byte);
      arrived = new Uint8Array([...arrived, ...message]);
    },
    async answer(): Promise<void> {
      await writes.write(new Uint8Array(3));
    },
  };
}

/** Exchanges messages, one at a time. */
async function exchange(
  peer: ReturnType<typeof makePeer>,
  count: number,
  size = 70,
): Promise<void> {
  for (let message = 0; message < count; message++) {
    peer.send(size, message);
    for (let taken = 0; taken < size;) taken += await peer.read(message);
    await peer.answer();
  }
}

Deno.test("a peer in lock step is read with as much room as its message needs", async () => {
  const peer = makePeer();
  await exchange(peer, 4);
  assertEquals(peer.rooms, [IDLE_BUFFER, IDLE_BUFFER, 70, 70]);
});

Deno.test("a message that is longer than expected arrives whole", async () => {
  const peer = makePeer();
  await exchange(peer, 3);
  peer.send(100);
  assertEquals(await peer.read(), 70);
  assertEquals(await peer.read(), 30);
  await peer.answer();
  // Two reads of different lengths tell nothing about the next.
  peer.send(90);
  assertEquals(await peer.read(), 90);
  assertEquals(peer.rooms.slice(2), [70, 70, IDLE_BUFFER, IDLE_BUFFER]);
});

Deno.test("a peer that no longer waits for answers is found out", async () => {
  const peer = makePeer();
  await exchange(peer, 3);
  // Twenty messages at once: most reads take one, as they have room for no more.
  const whole = 20 * 70;
  peer.send(whole);
  let taken = 0;
  for (let read = 0; read < 20; read++) {
    taken += await peer.read();
    await peer.answer();
  }
  assertEquals(taken, whole);
  const lengths = peer.rooms.slice(3, 16);
  assertEquals(lengths, Array(13).fill(70));
  assertEquals(peer.rooms[16], IDLE_BUFFER);
});

Deno.test("messages that fill a buffer leave room for more behind them", async () => {
  for (const size of [128, 1088, 16_448]) {
    for (let count = 1; count < 40; count++) {
      const peer = makePeer();
      await exchange(peer, count, size);
      peer.send(100_000);
      let taken = 0;
      let reads = 0;
      for (; taken < 100_000; reads++) {
        taken += await peer.read();
        await peer.answer();
      }
      assertLess(reads, 6, `${size} bytes, ${count} times`);
    }
  }
});

Deno.test("a peer that gets no answers is not in lock step", async () => {
  const peer = makePeer();
  for (let message = 0; message < 4; message++) {
    peer.send(70);
    assertEquals(await peer.read(), 70);
  }
  assertEquals(peer.rooms, Array(4).fill(IDLE_BUFFER));
});

Deno.test("peers that take turns are not in lock step", async () => {
  const one = makePeer();
  const other = makePeer();
  for (let message = 0; message < 4; message++) {
    await exchange(one, 1);
    await exchange(other, 1);
  }
  assertEquals(one.rooms, Array(4).fill(IDLE_BUFFER));
  assertEquals(other.rooms, one.rooms);
});

interface Halves {
  readonly reads: ReadHalf;
  readonly writes: WriteHalf;
}

/**
 * What the system is asked for while a protocol is fed messages of a peer that
 * sends the next when it has an answer, or after so many without waiting.
 */
async function feed(
  onMessage: (halves: Halves, index: number) => void,
  { patient, count }: { patient: number; count: number },
): Promise<string[]> {
  const asked: string[] = [];
  let read = Promise.withResolvers<number | null>();
  let messages = 0;
  const { promise: isDone, resolve: onDone } = Promise.withResolvers<void>();
  const raw = makeRaw({
    read() {
      asked.push("read");
      if (messages === count) onDone();
      else if (messages === 0 || messages >= patient) read.resolve(70);
      return read.promise;
    },
    write({ length }) {
      asked.push("write");
      if (messages < count) read.resolve(70);
      return Promise.resolve(length);
    },
  });
  const halves = {
    reads: new ReadHalf(raw, HOST, true),
    writes: new WriteHalf(raw, HOST, true),
  };
  const sink = {
    wantsMore: true,
    push({ length }: Uint8Array) {
      read = Promise.withResolvers();
      onMessage(halves, messages++);
      return length;
    },
    onFull() {},
    onStreamEnd() {},
    onStreamError(error: unknown) {
      throw error;
    },
  };
  halves.reads.feed(new Intake(sink));
  await isDone;
  return asked;
}

/** Answers a message after a few microtasks. */
async function answerLater({ writes }: Halves): Promise<void> {
  for (let tick = 0; tick < 4; tick++) await undefined;
  writes.writeNow(new Uint8Array(70));
}

Deno.test("a peer in lock step is not asked for more before it has the answer", async () => {
  const asked = await feed(answerLater, { patient: Infinity, count: 8 });
  assertEquals(asked.slice(-4), ["write", "read", "write", "read"]);
  // The last message has been answered before the read in vain behind it.
  assertEquals(asked.filter((call) => call === "write").length, 8);
});

Deno.test("a peer in lock step that gets no answer is read on", async () => {
  const asked = await feed((halves, index) => {
    if (index < 7) answerLater(halves);
  }, { patient: 8, count: 12 });
  const unanswered = asked.slice(asked.lastIndexOf("write") + 1);
  // Of the last five messages, and the one in vain behind them.
  assertEquals(unanswered, Array(6).fill("read"));
});

Deno.test("a read that waits for the answer counts as one in flight", async () => {
  const idle: boolean[] = [];
  await feed(async (halves, index) => {
    answerLater(halves);
    await undefined;
    assert(halves.reads.isReading, `after message ${index}`);
    const length = idle.push(false);
    await halves.reads.whenIdle();
    idle[length - 1] = true;
  }, { patient: Infinity, count: 8 });
  assertEquals(idle, Array(8).fill(false));
});
