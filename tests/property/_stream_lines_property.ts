import { LineTooLongError } from "../../tcp/conn/line_too_long_error.ts";
import { concat } from "../tcp/support/_bytes.ts";
import type { Conn } from "../tcp/support/kinds.ts";
import { cut, type Cuts, randomCuts, toBytes } from "./_cuts.ts";
import { propertiesOfKinds } from "./_kinds.ts";
import { outcomeOf, within } from "./_outcome.ts";
import { assertSame, type Property } from "./_property.ts";
import type { Random } from "./_random.ts";
import { randomUtf8 } from "./_utf8_property.ts";

type Step = { action: string; size: number };
type StreamLinesCase = {
  bytes: number[];
  /** How often the bytes come: more of them than become strings at once. */
  times: number;
  cuts: Cuts;
  steps: Step[];
  maxLength: number;
};

const LF = 10;
const CR = 13;
const ACTIONS = ["next", "next", "other", "line", "limited", "read"];

function randomBytes(random: Random): number[] {
  const bytes: number[] = [];
  for (let count = random.int(1, 12); count > 0; count--) {
    if (random.chance(0.4)) bytes.push(...randomUtf8(random, 8));
    else if (random.chance(0.5)) bytes.push(97, 98);
    bytes.push(...random.pick([[LF], [LF], [CR, LF], [CR], []]));
  }
  return bytes;
}

/** What a reader of the next line has to get. */
function judge(rest: Uint8Array, maxLength: number): [string, taken: number] {
  if (rest.length === 0) return ["end", 0];
  const end = rest.indexOf(LF);
  const hasReturn = end > 0 && rest[end - 1] === CR;
  const length = end === -1 ? rest.length : end - Number(hasReturn);
  if (length > maxLength) return ["too long", 0];
  const line = new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(rest.subarray(0, length));
  return [`line ${line}`, end === -1 ? rest.length : end + 1];
}

/** The ways to read a line, two of them iterators. */
class Readers {
  readonly #conn: Conn;
  readonly #maxLength: number;
  readonly #iterators = new Map<string, AsyncGenerator<string, void>>();

  constructor(conn: Conn, maxLength: number) {
    this.#conn = conn;
    this.#maxLength = maxLength;
  }

  async read(action: string): Promise<string> {
    const outcome = await outcomeOf(this.#line(action));
    if ("value" in outcome) {
      return outcome.value === null ? "end" : `line ${outcome.value}`;
    }
    return outcome.error instanceof LineTooLongError
      ? "too long"
      : `${outcome.error}`;
  }

  async #line(action: string): Promise<string | null> {
    const maxLength = this.#maxLength;
    if (action === "line") return await this.#conn.readLine({ maxLength });
    if (action === "limited") {
      return await this.#conn.readLine({ maxLength, timeout: 60_000 });
    }
    const iterator = this.#iterators.get(action) ??
      this.#conn.lines({ maxLength });
    this.#iterators.set(action, iterator);
    try {
      const { done, value } = await iterator.next();
      if (done) this.#iterators.delete(action);
      return done ? null : value;
    } catch (error) {
      assertSame(await iterator.next(), { done: true });
      this.#iterators.delete(action);
      throw error;
    }
  }
}

function generate(random: Random): StreamLinesCase {
  return {
    bytes: randomBytes(random),
    times: random.pick([1, 1, 1, 30, 300]),
    cuts: randomCuts(random),
    steps: Array.from({ length: random.int(1, 8) }, () => ({
      action: random.pick(ACTIONS),
      size: random.int(1, 12),
    })),
    maxLength: random.pick([0, 3, 20, 100_000]),
  };
}

async function check(
  { bytes, times, cuts, steps, maxLength }: StreamLinesCase,
  [left, right]: readonly [Conn, Conn],
): Promise<void> {
  using _left = left;
  using _right = right;
  let rest = concat(
    Array.from({ length: Math.max(1, times) }, () => toBytes(bytes)),
  );
  for (const piece of cut(rest, cuts)) left.write(piece).catch(() => {});
  left.closeWrite().catch(() => {});
  const readers = new Readers(right, maxLength);
  for (let turn = 0;; turn++) {
    const { action, size } = steps[turn % steps.length] ??
      { action: "line", size: 1 };
    if (action !== "read") {
      const [expected, taken] = judge(rest, maxLength);
      assertSame(await within(readers.read(action)), expected);
      rest = rest.subarray(taken);
      if (expected === "end") return;
      if (expected !== "too long") continue;
    }
    // Also to get on where no line can be taken.
    const buffer = new Uint8Array(Math.max(1, Math.trunc(size)));
    const count = await within(right.read(buffer));
    if (count === null) return assertSame(rest.length, 0);
    const read = buffer.subarray(0, count);
    assertSame([...read], [...rest.subarray(0, count)]);
    rest = rest.subarray(count);
  }
}

/** The property of each kind of connection. */
export const streamLinesProperties: readonly Property[] = propertiesOfKinds({
  name: (kind) =>
    `a connection over ${kind} has the lines of its bytes, whoever reads them`,
  runs: {
    pipe: 120,
    tcp: 15,
    "tcp/node": 10,
    unix: 10,
    tls: 10,
    "tls/tcp": 20,
    "tls/unix": 10,
    "tls/pipe": 20,
  },
  generate,
  check,
});
