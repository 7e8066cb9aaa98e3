import { assertSameBytes, concat, drain } from "../tcp/support/_bytes.ts";
import { nextTurn } from "../tcp/support/_outcomes.ts";
import type { Conn } from "../tcp/support/kinds.ts";
import { propertiesOfKinds } from "./_kinds.ts";
import { outcomeOf, within } from "./_outcome.ts";
import type { Property } from "./_property.ts";
import type { Random } from "./_random.ts";
import { ReadModel, stretch } from "./_stream_reads.ts";
import { WriteModel } from "./_stream_writes.ts";

type Step = { action: number; size: number; index: number };
type DeadlinesCase = { steps: Step[] };

/** One connection, its peer, and what both have to do. */
class Run {
  readonly #peer: Conn;
  readonly reads: ReadModel;
  readonly writes: WriteModel;
  readonly #received: Uint8Array[] = [];
  #hasEnded = false;

  constructor(conn: Conn, peer: Conn) {
    this.#peer = peer;
    this.reads = new ReadModel(conn);
    this.writes = new WriteModel(conn);
  }

  /** The peer sends, unless it has ended. */
  async send(size: number): Promise<void> {
    if (this.#hasEnded || size === 0) return;
    const { sent } = this.reads;
    await within(this.#peer.write(stretch(sent, sent + size)));
    await this.reads.onSent(size);
  }

  /** The peer ends its stream. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await within(this.#peer.closeWrite());
    await this.reads.onEnd();
  }

  /** The peer reads what is there. */
  async receive(size: number): Promise<void> {
    const buffer = new Uint8Array(size + 1);
    const outcome = await outcomeOf(this.#peer.read(buffer, { timeout: 1 }));
    if ("value" in outcome && typeof outcome.value === "number") {
      this.#received.push(buffer.subarray(0, outcome.value));
    }
  }

  /** Lets all writes end, and compares what has come out. */
  async finish(conn: Conn): Promise<void> {
    await this.reads.setDeadline("none");
    await this.writes.setDeadline("none");
    const draining = drain(this.#peer);
    const expected = concat(await this.writes.expected());
    await within(conn.closeWrite());
    this.#received.push(await within(draining));
    assertSameBytes(concat(this.#received), expected);
    conn.close();
    await this.reads.onClosed();
  }
}

const KINDS = ["read", "full", "line"] as const;

/** What a step may do, in the order of its numbers. */
const ACTIONS: readonly ((run: Run, step: Step) => unknown)[] = [
  (run, { size }) => run.send(size),
  (run, { size, index }) => run.reads.start(KINDS[index % 3], size + 1),
  (run, { size, index }) => run.reads.poll(KINDS[index % 3], size + 1, 0),
  (run, { size, index }) => run.reads.poll(KINDS[index % 3], size + 1, 1),
  (run, { index }) => run.reads.abort(index),
  (run) => run.reads.setDeadline("past"),
  (run) => run.reads.setDeadline("none"),
  (run) => run.reads.setDeadline("future"),
  (run, { size }) => run.writes.start(size),
  (run, { size }) => run.writes.start(size * 40),
  (run, { size, index }) => run.writes.start(size * 40, index % 3),
  (run, { index }) => run.writes.abort(index),
  (run) => run.writes.setDeadline("past"),
  (run) => run.writes.setDeadline("none"),
  (run, { size }) => run.receive(size * 10),
  () => nextTurn(),
  (run) => run.end(),
];

/** How often each of them is chosen. */
const WEIGHTS = [6, 6, 3, 2, 3, 2, 3, 1, 4, 4, 3, 3, 1, 2, 4, 2, 0.3];

function randomStep(random: Random): Step {
  let left = random.next() * WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  const action = WEIGHTS.findIndex((weight) => (left -= weight) < 0);
  const size = random.below(random.pick([4, 40, 400, 3000]));
  return { action: Math.max(0, action), size, index: random.below(5) };
}

async function check(
  { steps }: DeadlinesCase,
  [conn, peer]: readonly [Conn, Conn],
): Promise<void> {
  const run = new Run(conn, peer);
  try {
    for (const { action, size, index } of steps) {
      const step = {
        action,
        size: Math.abs(Math.trunc(size)),
        index: Math.abs(Math.trunc(index)),
      };
      await ACTIONS[Math.abs(action) % ACTIONS.length](run, step);
    }
    await run.finish(conn);
  } finally {
    conn.close();
    peer.close();
    await Promise.all([conn.closed, peer.closed]);
  }
}

function generate(random: Random): DeadlinesCase {
  const count = random.int(3, 40);
  return { steps: Array.from({ length: count }, () => randomStep(random)) };
}

/** The property of each kind of connection. */
export const deadlinesProperties: readonly Property[] = propertiesOfKinds({
  name: (kind) =>
    `reads, writes, deadlines, aborts and closes over ${kind} agree with a plain model`,
  runs: {
    pipe: 200,
    tcp: 80,
    "tcp/node": 25,
    unix: 15,
    tls: 15,
    "tls/tcp": 30,
    "tls/unix": 15,
    "tls/pipe": 30,
  },
  generate,
  check,
});
