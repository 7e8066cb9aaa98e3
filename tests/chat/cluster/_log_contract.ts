import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { ChatLog } from "../../../chat/cluster/chat_log.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";

/** A broker, as the contract's tests use it. */
export interface LogBroker extends AsyncDisposable {
  /** Opens the log over a connection of its own. */
  open(): Promise<ChatLog>;
  /** Replaces the log by an empty one. */
  recreate(): Promise<void>;
  /** Gives the lease of a server to another process. */
  takeLease(server: string): Promise<void>;
  /** Makes the lease of a server lapse that does not renew it, at once or soon. */
  expire(server: string): void;
}

/** What a reader has got, one batch after the other. */
export class Reading {
  readonly #stop = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly batches: [sequence: number, text: string][] = [];
  /** Settles with `read()`. */
  readonly ended: Promise<void>;

  constructor(log: ChatLog, after = 0) {
    this.ended = log.read(after, (sequence, batch) => {
      this.batches.push([sequence, toText(batch)]);
      for (const wake of this.#waiting.splice(0)) wake();
    }, this.#stop.signal);
    this.ended.catch(() => {});
  }

  get texts(): string[] {
    return this.batches.map(([, text]) => text);
  }

  /** Waits until there are so many batches, or reading has failed. */
  async until(count: number): Promise<this> {
    while (this.batches.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await Promise.race([promise, this.ended]);
    }
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

/** A batch of a text. */
export function toBatch(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function toText(batch: Uint8Array): string {
  return new TextDecoder().decode(batch);
}

async function appendAll(log: ChatLog, ...texts: string[]): Promise<void> {
  for (const text of texts) await log.append(toBatch(text), `id ${text}`);
}

/** Registers the tests of all that `ChatLog` promises. */
export function testLogContract(
  kind: string,
  options: { start: () => Promise<LogBroker>; ignore?: boolean },
): void {
  const { start, ignore = false } = options;
  const test = (
    name: string,
    run: (broker: LogBroker, log: ChatLog) => Promise<void>,
  ) =>
    Deno.test({
      name: `${kind} ${name}`,
      ignore,
      async fn() {
        await using broker = await start();
        await run(broker, await broker.open());
      },
    });

  test(
    "passes batches on in the order in which they were appended",
    async (_, log) => {
      await appendAll(log, "a", "b");
      const reading = new Reading(log);
      await reading.until(2);
      await appendAll(log, "c", "d");
      await reading.until(4);

      assertEquals(reading.batches, [[1, "a"], [2, "b"], [3, "c"], [4, "d"]]);
      await reading.stop();
    },
  );

  test(
    "passes the same on to all readers, whoever appended it",
    async (broker, log) => {
      const other = await broker.open();
      const readings = [new Reading(log), new Reading(other)];
      const names = Array.from({ length: 20 }, (_, index) => `${index}`);
      await Promise.all([
        appendAll(log, ...names.map((name) => `a${name}`)),
        appendAll(other, ...names.map((name) => `b${name}`)),
      ]);
      const [first, second] = await Promise.all(
        readings.map((reading) => reading.until(40)),
      );

      assertEquals(first?.batches, second?.batches);
      for (const start of ["a", "b"]) {
        const own = first?.texts.filter((text) => text.startsWith(start));
        assertEquals(own, names.map((name) => `${start}${name}`));
      }
      for (const reading of readings) await reading.stop();
    },
  );

  test("reads after a sequence number", async (_, log) => {
    await appendAll(log, "a", "b", "c");
    const reading = new Reading(log, 2);
    await reading.until(1);

    assertEquals(reading.batches, [[3, "c"]]);
    await reading.stop();
  });

  test("passes no batch on once the signal is aborted", async (_, log) => {
    await appendAll(log, "a", "b", "c");
    const stop = new AbortController();
    const taken: number[] = [];
    await log.read(0, (sequence) => {
      taken.push(sequence);
      if (sequence === 2) stop.abort();
    }, stop.signal);
    await log.read(0, (sequence) => void taken.push(sequence), stop.signal);

    assertEquals(taken, [1, 2]);
  });

  test("rejects the reading with an error of the reader's", async (_, log) => {
    await appendAll(log, "a");
    const { signal } = new AbortController();
    const fail = () => {
      throw new SyntaxError("Cannot read this batch");
    };
    await assertRejects(() => log.read(0, fail, signal), SyntaxError);
  });

  test("drops a second batch with the same id", async (broker, log) => {
    const other = await broker.open();
    await log.append(toBatch("a"), "origin/1");
    await log.append(toBatch("a again"), "origin/1");
    await other.append(toBatch("a from another"), "origin/1");
    await log.append(toBatch("b"), "origin/2");
    const reading = await new Reading(log).until(2);

    assertEquals(reading.texts, ["a", "b"]);
    assertEquals(await log.end(), 2);
    await reading.stop();
  });

  test("copies a batch, whose buffer may be used again", async (_, log) => {
    const buffer = new Uint8Array(3);
    const appends: Promise<void>[] = [];
    for (let index = 0; index < 100; index++) {
      buffer.set(toBatch(`${index}`.padStart(3, "0")));
      appends.push(log.append(buffer, `${index}`));
    }
    buffer.fill(0);
    await Promise.all(appends);
    const reading = await new Reading(log).until(100);

    assertEquals(
      reading.texts.toSorted(),
      appends.map((_, index) => `${index}`.padStart(3, "0")),
    );
    await reading.stop();
  });

  test("takes batches of up to maxBatchBytes", async (_, log) => {
    const large = new Uint8Array(log.maxBatchBytes + 1);
    await log.append(large.subarray(1), "large");
    await log.append(new Uint8Array(0), "empty");
    await assertRejects(() => log.append(large, "too large"), RangeError);
    const reading = await new Reading(log).until(2);

    const lengths = reading.texts.map((text) => text.length);
    assertEquals(lengths, [log.maxBatchBytes, 0]);
    await reading.stop();
  });

  test("tells its first and last batch, and trims", async (_, log) => {
    const ends = async () => [await log.first(), await log.end()];
    assertEquals(await ends(), [1, 0]);
    await appendAll(log, "a", "b", "c", "d");
    assertEquals(await ends(), [1, 4]);
    await log.trim(1);
    assertEquals(await ends(), [1, 4]);
    await log.trim(3);
    assertEquals(await ends(), [3, 4]);
    await log.trim(2);
    assertEquals(await ends(), [3, 4]);
    await log.trim(100);
    assertEquals(await ends(), [5, 4]);
    await appendAll(log, "e");
    assertEquals(await ends(), [5, 5]);

    const reading = await new Reading(log, 4).until(1);
    assertEquals(reading.batches, [[5, "e"]]);
    await reading.stop();
  });

  test("rejects to read batches that were trimmed", async (_, log) => {
    await appendAll(log, "a", "b", "c");
    await log.trim(3);
    await assertRejects(() => new Reading(log).ended, Error, "removed");
    await assertRejects(() => new Reading(log, 1).ended, Error, "removed");

    const reading = await new Reading(log, 2).until(1);
    assertEquals(reading.texts, ["c"]);
    await log.trim(4);
    await appendAll(log, "d");
    assertEquals((await reading.until(2)).texts, ["c", "d"]);
    await reading.stop();
  });

  test("rejects to read after a batch that it has not", async (_, log) => {
    await appendAll(log, "a");
    await assertRejects(() => new Reading(log, 2).ended, Error, "after");
  });

  test("ends when it was created anew", async (broker, log) => {
    const same = await broker.open();
    assertEquals(log.epoch, same.epoch);
    await appendAll(log, "a", "b");
    await log.saveSnapshot({ sequence: 2, data: toBatch("state") });
    const reading = await new Reading(log).until(2);
    await broker.recreate();

    const anew = await broker.open();
    assertNotEquals(anew.epoch, log.epoch);
    await appendAll(anew, "c", "d", "e");
    await assertRejects(() => reading.ended);
    assertEquals(reading.texts, ["a", "b"]);
    await assertRejects(() => appendAll(log, "f"));
    await assertRejects(() => log.end());
    await assertRejects(() =>
      log.saveSnapshot({ sequence: 3, data: toBatch("") })
    );

    assertEquals(await anew.end(), 3);
    assertEquals(await anew.loadSnapshots(), []);
    await anew.saveSnapshot({ sequence: 1, data: toBatch("new") });
    const [snapshot] = await anew.loadSnapshots();
    assertEquals([snapshot?.sequence, snapshot?.data], [1, toBatch("new")]);
  });

  test("gives each server one lease", async (broker, log) => {
    const other = await broker.open();
    const lease = await log.lease("east.4711");
    await other.lease("west.1");
    for (const one of [log, other]) {
      assertEquals((await one.servers()).toSorted(), ["east.4711", "west.1"]);
    }
    await assertRejects(() => other.lease("east.4711"), Error, "Cannot take");
    await lease.release();
    assertEquals(await other.servers(), ["west.1"]);

    const again = await other.lease("east.4711");
    await lease.release();
    assertEquals((await log.servers()).toSorted(), ["east.4711", "west.1"]);
    await again.release();
    await again.release();
    assertEquals(await log.servers(), ["west.1"]);
  });

  test(
    "tells when a lease was taken by another process",
    async (broker, log) => {
      const lease = await log.lease("east.1");
      await broker.takeLease("east.1");
      await lease.lost;
      await lease.release();

      assertEquals(await log.servers(), ["east.1"]);
    },
  );

  test("lets the lease of a dead server lapse", async (broker, log) => {
    const dead = await broker.open();
    await log.lease("east.1");
    await dead.lease("west.1");
    await dead.close();
    broker.expire("west.1");
    let servers = await log.servers();
    while (servers.includes("west.1")) servers = await log.servers();

    assertEquals(servers, ["east.1"]);
  });

  test("keeps two snapshots, the latest ones", async (broker, log) => {
    const other = await broker.open();
    const save = (one: ChatLog, sequence: number) =>
      one.saveSnapshot({ sequence, data: toBatch(`state ${sequence}`) });
    const kept = async () => {
      const snapshots = await other.loadSnapshots();
      return snapshots.map(({ sequence, data }) => [sequence, toText(data)]);
    };
    assertEquals(await kept(), []);
    assertEquals(await save(log, 5), true);
    assertEquals(await kept(), [[5, "state 5"]]);
    assertEquals(await save(other, 5), false);
    assertEquals(await save(other, 4), false);
    assertEquals(await save(other, 7), true);
    assertEquals(await kept(), [[7, "state 7"], [5, "state 5"]]);
    assertEquals(await save(log, 9), true);
    assertEquals(await kept(), [[9, "state 9"], [7, "state 7"]]);
  });

  test(
    "keeps a later snapshot when several are saved at once",
    async (broker, log) => {
      const other = await broker.open();
      const sequences = [3, 1, 6, 2, 5, 4];
      await Promise.all(sequences.map((sequence, index) => {
        const data = toBatch(`state ${sequence}`);
        return (index % 2 === 0 ? log : other).saveSnapshot({ sequence, data });
      }));
      const snapshots = await log.loadSnapshots();

      assertEquals(snapshots[0]?.sequence, 6);
      for (const { sequence, data } of snapshots) {
        assertEquals(toText(data), `state ${sequence}`);
      }
    },
  );

  test(
    "keeps snapshots larger than a message, and empty ones",
    async (_, log) => {
      const large = new Uint8Array(5 * log.maxBatchBytes + 1);
      for (let start = 0; start < large.length; start += 65_536) {
        crypto.getRandomValues(large.subarray(start, start + 65_536));
      }
      const expected = large.slice();
      const saving = log.saveSnapshot({ sequence: 1, data: large });
      large.fill(0);
      assertEquals(await saving, true);
      await log.saveSnapshot({ sequence: 2, data: new Uint8Array(0) });
      const [empty, first] = await log.loadSnapshots();

      assertEquals(empty?.data, new Uint8Array(0));
      assertEquals(first?.data.length, expected.length);
      assertEquals(
        first?.data.every((byte, at) => byte === expected[at]),
        true,
      );
    },
  );

  test("refuses all calls once it is closed", async (broker, log) => {
    assertEquals(log.isConnected, true);
    await appendAll(log, "a");
    await log.lease("east.1");
    const reading = await new Reading(log).until(1);
    await log.close();
    await log.close();

    await assertRejects(() => reading.ended, ClosedError);
    const calls = [
      () => log.append(toBatch("b"), "b"),
      () => new Reading(log).ended,
      () => log.end(),
      () => log.first(),
      () => log.trim(1),
      () => log.lease("east.2"),
      () => log.servers(),
      () => log.loadSnapshots(),
      () => log.saveSnapshot({ sequence: 1, data: toBatch("") }),
    ];
    for (const call of calls) await assertRejects(call, ClosedError);
    assertEquals(log.isConnected, false);
    assertEquals(await (await broker.open()).end(), 1);
  });
}
