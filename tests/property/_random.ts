/** A small seeded generator (mulberry32): the same seed gives the same run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)];
  }

  /** True so often. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Bytes of any value. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  /** Text of ASCII and of characters of two to four bytes. */
  text(length: number): string {
    const ranges = [
      [0x20, 0x7e],
      [0x20, 0x7e],
      [0x80, 0x7ff],
      [0x800, 0xd7ff],
      [0xe000, 0xffff],
      [0x10000, 0x10ffff],
    ];
    let text = "";
    for (let count = 0; count < length; count++) {
      const [min, max] = this.pick(ranges);
      text += String.fromCodePoint(this.int(min, max));
    }
    return text;
  }

  /** The bytes cut into pieces, some of them empty. */
  pieces(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    const most = this.pick([1, 3, 20, 1000]);
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + this.int(0, most));
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }
}

/** What tests begin with, so that each run of theirs is the same. */
const TEST_SEED = 1;

/**
 * The seed to begin with: that in the environment's `VNET_SEED`, if it is there
 * and we may look, and otherwise the one given.
 */
export function firstSeed(otherwise: number = TEST_SEED): number {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: "VNET_SEED",
  });
  if (state !== "granted") return otherwise;
  const given = Deno.env.get("VNET_SEED");
  return given === undefined || given === "" ? otherwise : Number(given) >>> 0;
}

/** A seed that no run before had. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/**
 * Runs a check with many seeds. A failure names its seed: run again with that as
 * `VNET_SEED`.
 */
export function withSeeds(
  count: number,
  check: (random: Random) => void,
  seed: number = firstSeed(),
): void {
  for (let run = 0; run < count; run++) {
    const current = (seed + run) >>> 0;
    try {
      check(new Random(current));
    } catch (error) {
      throw failed(current, error);
    }
  }
}

/** The same for a check that waits. */
export async function withSeedsAsync(
  count: number,
  check: (random: Random) => Promise<void>,
  seed: number = firstSeed(),
): Promise<void> {
  for (let run = 0; run < count; run++) {
    const current = (seed + run) >>> 0;
    try {
      await check(new Random(current));
    } catch (error) {
      throw failed(current, error);
    }
  }
}

function failed(seed: number, cause: unknown): Error {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Failed with VNET_SEED=${seed}: ${what}`, { cause });
}
