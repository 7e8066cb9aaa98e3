import { assert, assertEquals } from "@std/assert";
import { Notifier } from "../../../internal/wait/notifier.ts";
import type { ReconnectState } from "../../../internal/reconnect/reconnect_options.ts";
import type { ReconnectingStream } from "../../../internal/reconnect/reconnecting_stream.ts";
import type { Dial } from "../../../internal/reconnect/reconnector.ts";
import { UncertainWriteError } from "../../../internal/reconnect/uncertain_write_error.ts";
import { listenTcp, type TcpConn } from "../../../tcp/mod.ts";
import type { Faults } from "../../_fault_link.ts";
import { FaultRelay } from "../../_fault_relay.ts";
import { Random } from "../../property/_random.ts";

/** How many writes are pending at once. */
const WINDOW = 16;

/** The server's end of a connection, by units. */
export interface Peer {
  /** Reads a unit; `null` or an error is the end. */
  read(): Promise<string | null>;
  write(unit: string): Promise<unknown>;
  terminate(): void;
  /** Resolves when all is freed. */
  readonly closed: Promise<unknown>;
}

/** How the units of one kind go over connections. */
export interface Kind<C> {
  dial(addr: Deno.NetAddr, signal: AbortSignal): Promise<C>;
  connect(dial: Dial<C>): ReconnectingStream<C, unknown, string>;
  accept(conn: TcpConn): Promise<Peer>;
  /** Bytes of a handshake, behind which most cuts are. */
  readonly handshake: number;
}

/** What has come of a run. */
export interface CutReport {
  readonly states: readonly ReconnectState<unknown>["type"][];
  readonly stats: ReconnectingStream<unknown, unknown, unknown>["stats"];
  /** Units of the client that the server has got. */
  readonly arrived: number;
  /** Writes that were resolved, and that were rejected as uncertain. */
  readonly resolved: number;
  readonly rejected: number;
}

/** How a link is cut, and how often. */
export interface CutOptions {
  readonly cuts: number;
  /** How much larger than a few bytes the units are. */
  readonly scale: number;
  readonly seed: number;
}

/** A unit that tells its number, and whether it is whole. */
function makeUnit(index: number, scale: number): string {
  return `${index} ${"x".repeat(((index * 7919) % 61) * scale)}.`;
}

/** Checks that each unit is whole, none comes twice, and the order is kept. */
class Sequence {
  readonly #scale: number;
  #last = -1;
  count = 0;

  constructor(scale: number) {
    this.#scale = scale;
  }

  add(unit: unknown): void {
    const index = Number.parseInt(String(unit));
    assert(unit === makeUnit(index, this.#scale), `${index} is not whole`);
    assert(index > this.#last, `${index} comes after ${this.#last}`);
    this.#last = index;
    this.count++;
  }
}

/** Faults of which each connection of a relay gets others. */
class RandomFaults implements Faults {
  readonly #random: Random;
  readonly #scale: number;
  readonly #handshake: number;
  relay: FaultRelay | undefined;

  constructor(random: Random, scale: number, handshake: number) {
    this.#random = random;
    this.#scale = scale;
    this.#handshake = handshake;
  }

  get up(): Faults["up"] {
    return this.#course(this.relay?.passed.up ?? 0);
  }

  get down(): Faults["down"] {
    return this.#course(this.relay?.passed.down ?? 0);
  }

  #course(passed: number): Faults["up"] {
    const most = this.#random.pick([50, 500, 2000]) * this.#scale;
    const head = this.#random.chance(0.1) ? 0 : this.#handshake;
    const bytes = this.#random.int(head + 1, head + most);
    return this.#random.chance(0.7)
      ? { resetAt: passed + bytes }
      : { endAt: bytes };
  }
}

/** Sends and receives over a link that is cut at random moments, so often. */
export async function runCuts<C>(
  kind: Kind<C>,
  { cuts, scale, seed }: CutOptions,
): Promise<CutReport> {
  const random = new Random(seed);
  const faults = new RandomFaults(random, scale, kind.handshake);
  using listener = listenTcp("127.0.0.1:0");
  const arrived = new Sequence(scale);
  const received = new Sequence(1);
  let answers = 0;
  const failures: unknown[] = [];
  const fail = (error: unknown) => void failures.push(error);
  const serving = listener.serve(async (conn) => {
    // A connection may be cut before it has become one of units.
    const peer = await kind.accept(conn).catch(() => conn.terminate());
    if (peer === undefined) return;
    try {
      for (;;) {
        const unit = await peer.read().catch(() => null);
        if (unit === null) break;
        arrived.add(unit);
        // A late cut by the server itself.
        if (random.chance(0.01)) break;
        peer.write(makeUnit(answers++, 1)).catch(() => {});
      }
    } catch (error) {
      fail(error);
    }
    peer.terminate();
    await peer.closed;
  });
  await using relay = await FaultRelay.start(listener.addr, faults);
  faults.relay = relay;
  const stream = kind.connect(({ signal }) => kind.dial(relay.addr, signal));
  // Something has been answered, or will never be.
  const progress = new Notifier();
  const states = Array.fromAsync(stream.states, ({ type }) => {
    progress.notify();
    return type;
  });
  const reading = (async () => {
    for await (const unit of stream.readable) {
      received.add(unit);
      progress.notify();
    }
  })().catch(fail);

  let resolved = 0;
  let rejected = 0;
  for (
    let index = 0;
    failures.length === 0 && stream.stats.connections < cuts;
  ) {
    const going = progress.changed();
    const writes = Array.from({ length: WINDOW }, async () => {
      try {
        await stream.write(makeUnit(index++, scale));
        resolved++;
      } catch (error) {
        if (!(error instanceof UncertainWriteError)) throw error;
        rejected++;
      }
    });
    await Promise.all(writes);
    await going;
  }
  await stream.close({ timeout: 0 });
  await reading;
  await listener.close();
  await serving;
  assertEquals(failures, []);
  assertEquals(received.count, stream.stats.received);
  return {
    states: await states,
    stats: stream.stats,
    arrived: arrived.count,
    resolved,
    rejected,
  };
}

/** Checks what has come of a run. */
export function checkReport(report: CutReport, cuts: number): void {
  const { states, stats, arrived, resolved, rejected } = report;
  const text = states.join(" ");
  const order =
    /^(connecting (open )?lost )*(connecting )?(open )?(lost )?closed$/;
  assert(order.test(text), text);
  assertEquals(
    states.filter((type) => type === "open").length,
    stats.connections,
  );
  assert(stats.connections >= cuts);
  assertEquals([stats.sent, stats.uncertain], [resolved, rejected]);
  assertEquals([stats.dropped, stats.bufferedBytes], [0, 0]);
  // Nothing has arrived that was not sent, and most of what was sent has.
  assert(arrived <= resolved + rejected, `${arrived} of ${resolved}`);
  assert(arrived > 0 && stats.received > 0);
}
