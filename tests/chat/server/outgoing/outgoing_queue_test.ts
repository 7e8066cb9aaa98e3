import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { afterPoll } from "../../../../internal/wait/after_poll.ts";
import { OutgoingQueue } from "../../../../chat/server/outgoing/_outgoing_queue.ts";
import { readAll } from "../../../../tcp/read_all.ts";
import { pipe, type PipeConn } from "../../../../tcp/testing.ts";

const KIB = 1024;

/** What an in-memory pipe takes before anybody reads. */
const PIPE_SIZE = 64 * KIB;

interface Line extends Disposable {
  readonly near: PipeConn;
  readonly far: PipeConn;
  readonly queue: OutgoingQueue;
}

function makeLine(maxBytes: number): Line {
  const [near, far] = pipe();
  // As of a user: what arrives is read, up to the end.
  near.readable.pipeTo(new WritableStream()).catch(() => {});
  return {
    near,
    far,
    queue: new OutgoingQueue(near, maxBytes),
    [Symbol.dispose]: () => {
      near.close();
      far.close();
    },
  };
}

/** A piece of a KiB that tells its number. */
function piece(number: number): Uint8Array {
  return new Uint8Array(KIB).fill(number);
}

/** Waits until the runtime has looked at the sockets. */
function polled(): Promise<void> {
  return new Promise((resolve) => afterPoll(resolve));
}

/** Adds pieces until one is refused, and returns how many were not. */
async function fill(queue: OutgoingQueue, first = 0): Promise<number> {
  let count = 0;
  while (queue.add(piece(first + count))) {
    count++;
    await polled();
  }
  return count;
}

/** Fills the pipe, so that whatever is added from now on waits. */
async function plug({ near }: Line): Promise<void> {
  await near.write(new Uint8Array(PIPE_SIZE).fill(255));
}

Deno.test("OutgoingQueue hands over what is added in one round as one write", async () => {
  using line = makeLine(PIPE_SIZE);
  const { queue, near, far } = line;
  queue.add(Uint8Array.of(1, 2));
  queue.add(Uint8Array.of(3));
  assertEquals([near.bufferedBytes, queue.byteLength], [0, 3]);
  await Promise.resolve();
  assertEquals(near.bufferedBytes, 3);
  const buffer = new Uint8Array(8);
  assertEquals(await far.read(buffer), 3);
  assertEquals(buffer.subarray(0, 3), Uint8Array.of(1, 2, 3));
});

Deno.test("OutgoingQueue refuses bytes when more than its limit has been left unread, and counts those with the connection", async () => {
  using line = makeLine(256 * KIB);
  const { queue } = line;
  await plug(line);
  assertEquals(queue.byteLength, 0);
  for (let round = 0; round < 16; round++) {
    assertEquals(queue.add(new Uint8Array(16 * KIB)), true);
    await Promise.resolve();
  }
  assertEquals(queue.byteLength, 256 * KIB);
  assertEquals(queue.add(Uint8Array.of(1)), true);
  await polled();
  assertEquals(queue.add(Uint8Array.of(1)), false);
  assertEquals(queue.byteLength, 256 * KIB + 1);
});

Deno.test("OutgoingQueue takes what one turn adds, up to 64 MiB, and delivers it to a peer that reads", async () => {
  using line = makeLine(KIB);
  const { queue, far } = line;
  const big = new Uint8Array(1024 * KIB);
  for (let n = 0; n < 64; n++) assertEquals(queue.add(big), true, String(n));
  assertEquals(queue.add(Uint8Array.of(1)), false);
  assertEquals(queue.byteLength, 64 * 1024 * KIB);
  await far.readFull(new Uint8Array(64 * 1024 * KIB));
  assertEquals(queue.add(Uint8Array.of(1)), true);
});

Deno.test("OutgoingQueue takes 16 times its limit in one turn, if that is more than 64 MiB", () => {
  using line = makeLine(5 * 1024 * KIB);
  const { queue } = line;
  const big = new Uint8Array(1024 * KIB);
  for (let n = 0; n < 80; n++) assertEquals(queue.add(big), true, String(n));
  assertEquals(queue.add(Uint8Array.of(1)), false);
});

Deno.test("OutgoingQueue judges a peer anew that has read", async () => {
  using line = makeLine(20 * KIB);
  const { queue, far } = line;
  await plug(line);
  const count = await fill(queue, 0);
  assertEquals(count, 21);
  await far.readFull(new Uint8Array(PIPE_SIZE + count * KIB));
  for (let n = 0; n < 100; n++) assertEquals(queue.add(piece(n)), true);
});

Deno.test("OutgoingQueue sends the last bytes in place of what waits when it was full", async () => {
  using line = makeLine(20 * KIB);
  const { queue, far } = line;
  await plug(line);
  assertEquals(await fill(queue, 0), 21);
  queue.end(60_000, Uint8Array.of(77));
  assertEquals(queue.add(piece(1)), true);
  queue.end(60_000, Uint8Array.of(78));

  // The write that was under way comes whole, and then the last byte.
  const bytes = await readAll(far);
  assertEquals(bytes.length, PIPE_SIZE + KIB + 1);
  assertEquals(bytes.at(-1), 77);
  far.close();
  await queue.ended;
});

Deno.test("OutgoingQueue sends the write in flight whole, though the queue was full", async () => {
  using line = makeLine(20 * KIB);
  const { queue, far } = line;
  await plug(line);
  queue.add(piece(1));
  queue.add(piece(2));
  await Promise.resolve();
  assertEquals(await fill(queue, 3), 19);
  queue.end(60_000, Uint8Array.of(77));

  const bytes = (await readAll(far)).subarray(PIPE_SIZE);
  assertEquals(bytes.length, 2 * KIB + 1);
  assertEquals([bytes[0], bytes[2 * KIB - 1], bytes[2 * KIB]], [1, 2, 77]);
  far.close();
  await queue.ended;
});

Deno.test("OutgoingQueue sends all that waits before the end", async () => {
  using line = makeLine(100 * KIB);
  const { queue, far } = line;
  await plug(line);
  queue.add(piece(1));
  await Promise.resolve();
  queue.add(piece(2));
  queue.end(60_000, Uint8Array.of(77));
  const bytes = (await readAll(far)).subarray(PIPE_SIZE);
  assertEquals([bytes.length, bytes[KIB], bytes.at(-1)], [2 * KIB + 1, 2, 77]);
  far.close();
  await queue.ended;
});

Deno.test("OutgoingQueue ends without a last word, too", async () => {
  using line = makeLine(KIB);
  line.queue.end(60_000);
  assertEquals(await readAll(line.far), new Uint8Array(0));
  line.far.close();
  await line.queue.ended;
  assertEquals(line.near.state, "closed");
});

Deno.test("OutgoingQueue cuts the connection of a peer who never reads", async () => {
  using line = makeLine(20 * KIB);
  const { queue, near } = line;
  await plug(line);
  queue.add(piece(1));
  queue.end(1);
  await queue.ended;
  assertEquals(near.state, "closed");
});

Deno.test("OutgoingQueue goes on as long as the peer takes something now and then", async () => {
  using line = makeLine(1024 * KIB);
  const { queue, far } = line;
  for (let n = 0; n < 300; n++) queue.add(piece(n));
  queue.end(200, Uint8Array.of(77));
  const buffer = new Uint8Array(PIPE_SIZE / 2);
  let total = 0;
  while (true) {
    // In all, this takes more than twice the time that is allowed.
    await delay(60);
    const length = await far.read(buffer);
    if (length === null) break;
    total += length;
  }
  assertEquals(total, 300 * KIB + 1);
  far.close();
  await queue.ended;
});

Deno.test("OutgoingQueue cuts a peer that takes something once and then nothing", async () => {
  using line = makeLine(1024 * KIB);
  const { queue, near, far } = line;
  await plug(line);
  for (let n = 0; n < 300; n++) queue.add(piece(n));
  queue.end(20, Uint8Array.of(77));
  await far.read(new Uint8Array(PIPE_SIZE / 2));
  await queue.ended;
  assertEquals(near.state, "closed");
});

Deno.test("OutgoingQueue makes those wait who fill it, until it is empty again", async () => {
  using line = makeLine(100 * KIB);
  const { queue, far } = line;
  await queue.relieved();
  await plug(line);
  for (let number = 0; number < 25; number++) queue.add(piece(number));
  assertEquals(queue.isCongested, false);
  queue.add(Uint8Array.of(1));
  assertEquals(queue.isCongested, true);

  let isRelieved = false;
  const relieved = queue.relieved().then(() => isRelieved = true);
  await Promise.resolve();
  assertEquals(isRelieved, false);
  await far.readFull(new Uint8Array(PIPE_SIZE + 25 * KIB + 1));
  await relieved;
  assertEquals(queue.isCongested, false);
});

Deno.test("OutgoingQueue lets nobody wait when it ends or the link is lost", async () => {
  for (const event of ["end", "loss"]) {
    using line = makeLine(100 * KIB);
    const { queue, near } = line;
    await plug(line);
    for (let number = 0; number < 50; number++) queue.add(piece(number));
    await Promise.resolve();
    const relieved = queue.relieved();
    if (event === "end") queue.end(1);
    else near.terminate();
    await relieved;
    assertEquals(queue.isCongested, false);
    if (event === "end") await queue.ended;
  }
});

Deno.test("OutgoingQueue closes the connection when a write fails", async () => {
  using line = makeLine(100 * KIB);
  const { queue, near, far } = line;
  far.close();
  queue.add(piece(1));
  await near.closed;
  assert(queue.add(piece(2)));
  queue.end(60_000, piece(3));
  await queue.ended;
});
