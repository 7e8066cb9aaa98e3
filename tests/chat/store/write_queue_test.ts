import { assert, assertEquals } from "@std/assert";
import type { KeptMessage } from "../../../chat/room/chat_message.ts";
import { WriteQueue } from "../../../chat/store/_write_queue.ts";

/** No wait takes this long unless something hangs. */
const HANGS = 60_000;

/** Result codes of SQLite. */
const FULL = 13;
const CONSTRAINT = 19;

/** A disk with room for some messages. */
class Disk {
  readonly written: number[] = [];
  readonly errors: string[] = [];
  /** The sizes of the transactions. */
  readonly parts: number[] = [];
  room = Infinity;
  /** Messages that violate a constraint. */
  readonly bad = new Set<number>();
  /** Called when the number of written messages has changed. */
  onWritten = () => {};

  commit(messages: readonly KeptMessage[]): unknown {
    this.parts.push(messages.length);
    const isBad = messages.some(({ id }) => this.bad.has(id));
    const errcode = isBad ? CONSTRAINT : FULL;
    if (isBad || messages.length > this.room) {
      return Object.assign(new Error("failed"), { errcode });
    }
    this.room -= messages.length;
    this.written.push(...messages.map(({ id }) => id));
    this.onWritten();
    return undefined;
  }

  onError(error: unknown): void {
    assert(error instanceof Error);
    this.errors.push(error.message);
  }

  /** Resolves when so many messages are written. */
  async until(count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error("It hangs")), HANGS);
    this.onWritten = () => this.written.length >= count && resolve();
    this.onWritten();
    await promise;
    clearTimeout(timer);
  }
}

function said(id: number): KeptMessage {
  const user = { id: 1, nickname: "alice" };
  return { id, time: 0, room: "lobby", type: "said", user, text: "hi" };
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

Deno.test("WriteQueue writes the messages of a turn in one part, before it ends", async () => {
  const disk = new Disk();
  const queue = new WriteQueue(disk);
  for (const id of ids(20)) queue.add(said(id));
  assertEquals(disk.parts, []);
  await Promise.resolve();
  assertEquals(disk.parts, [20]);
  assertEquals(queue.pending, []);
  queue.close();
});

Deno.test("WriteQueue keeps what fits on a full disk, and writes the rest when there is room", async () => {
  const disk = new Disk();
  disk.room = 37;
  const queue = new WriteQueue(disk, 1);
  for (const id of ids(1_000)) queue.add(said(id));
  await Promise.resolve();
  assertEquals(disk.written, ids(37));
  assertEquals(disk.errors, ["Cannot write chat file: the disk is full"]);
  assertEquals(queue.pending.length, 963);

  disk.room = Infinity;
  // No further message is needed.
  await disk.until(1_000);
  assertEquals(disk.written, ids(1_000));
  assert(Math.max(...disk.parts) <= 256);
  queue.add(said(1_001));
  await disk.until(1_001);
  queue.close();
});

Deno.test("WriteQueue does not try again with each message while the disk is full", async () => {
  const disk = new Disk();
  disk.room = 0;
  const queue = new WriteQueue(disk, HANGS);
  queue.add(said(1));
  await Promise.resolve();
  assertEquals(disk.parts, [1]);
  for (const id of ids(100)) {
    queue.add(said(id + 1));
    await Promise.resolve();
    queue.flush();
  }
  assertEquals(disk.parts, [1]);
  assertEquals(disk.errors.length, 1);

  disk.room = Infinity;
  queue.close();
  assertEquals(disk.written, ids(101));
  queue.close();
  queue.add(said(102));
  await Promise.resolve();
  assertEquals(disk.written.length, 101);
});

Deno.test("WriteQueue tells of a disk that is still full when it is closed", () => {
  const disk = new Disk();
  disk.room = 2;
  const queue = new WriteQueue(disk);
  for (const id of ids(5)) queue.add(said(id));
  queue.close();
  assertEquals(disk.written, [1, 2]);
  assertEquals(disk.errors.length, 1);
});

Deno.test("WriteQueue keeps the last 10,000 messages while the disk is full", async () => {
  const disk = new Disk();
  disk.room = 0;
  const queue = new WriteQueue(disk, HANGS);
  for (const id of ids(10_005)) queue.add(said(id));
  await Promise.resolve();
  assertEquals(queue.pending.length, 10_000);
  assertEquals(queue.pending[0].id, 6);
  queue.close();
});

Deno.test("WriteQueue drops nothing while writing works, however much a turn adds", () => {
  const disk = new Disk();
  const queue = new WriteQueue(disk);
  for (const id of ids(25_000)) queue.add(said(id));
  assert(queue.pending.length <= 10_000);
  queue.close();
  assertEquals(disk.written, ids(25_000));
  assert(!queue.hasDropped);
});

Deno.test("WriteQueue leaves out a message that can't be written, and no other", async () => {
  const disk = new Disk();
  disk.bad.add(7).add(50);
  const queue = new WriteQueue(disk);
  for (const id of ids(100)) queue.add(said(id));
  await Promise.resolve();
  assertEquals(disk.written, ids(100).filter((id) => id !== 7 && id !== 50));
  assertEquals(disk.errors.length, 2);
  queue.close();
});

Deno.test("WriteQueue writes nothing after it was closed, though its last write failed", async () => {
  const disk = new Disk();
  disk.room = 0;
  const queue = new WriteQueue(disk);
  queue.add(said(1));
  queue.close();
  assertEquals(disk.parts, [1]);
  await Promise.resolve();
  queue.flush();
  assertEquals(disk.parts, [1]);
  assertEquals(disk.errors.length, 1);
});
