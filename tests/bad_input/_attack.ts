import { assert } from "@std/assert";
import { type Conn, type KindName, kinds } from "../tcp/support/kinds.ts";
import { nextTurn } from "../tcp/support/_outcomes.ts";

/** By how many bytes the process may grow while an attack goes on. */
const DEFAULT_MAX_GROWTH = 128 * 2 ** 20;

/** What holds for a test of an attack. */
export interface AttackLimits {
  /** By how many bytes the process may grow; 128 MiB if left out. */
  readonly maxGrowth?: number;
  /** Why it can't run here, if it can't. */
  readonly ignore?: boolean;
}

/**
 * How many files the process has open, where the system and the permissions let
 * us count them.
 */
export function countOpenFiles(): number | undefined {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return undefined;
  }
}

/** Waits until no more files are open than there were. */
export async function filesReturn(base: number | undefined): Promise<void> {
  if (base === undefined) return;
  let count = countOpenFiles() ?? 0;
  for (let turn = 0; turn < 3000 && count > base; turn++) {
    await nextTurn();
    count = countOpenFiles() ?? 0;
  }
  assert(count <= base, `${base} open files became ${count}`);
}

/** Checks that the process has not grown by more than it may. */
export function assertGrowth(before: number, maxGrowth: number): void {
  const growth = Deno.memoryUsage().rss - before;
  assert(growth < maxGrowth, `The process has grown by ${growth} bytes`);
}

/**
 * Registers a test of an attack: at its end no more files may be open than at
 * its start, and the process may not have grown beyond a bound.
 */
export function testAttack(
  name: string,
  attack: () => Promise<void>,
  limits: AttackLimits = {},
): void {
  Deno.test({
    name,
    ignore: limits.ignore ?? false,
    fn: async () => {
      const files = countOpenFiles();
      const { rss } = Deno.memoryUsage();
      await attack();
      assertGrowth(rss, limits.maxGrowth ?? DEFAULT_MAX_GROWTH);
      await filesReturn(files);
    },
  });
}

/** Registers a test of an attack on the two ends of each kind of connection. */
export function testAttackOnEachKind(
  name: string,
  attack: (left: Conn, right: Conn, kind: KindName) => Promise<void>,
): void {
  for (const kind of kinds) {
    testAttack(`${name} (${kind.name})`, async () => {
      const [left, right] = await kind.connect();
      using _left = left;
      using _right = right;
      await attack(left, right, kind.name);
    }, { ignore: !kind.isAvailable });
  }
}
