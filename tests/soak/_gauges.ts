import { countOpenFiles } from "../bad_input/_attack.ts";

/** A look at what the process holds. */
export interface Sample {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  /** Open files; `undefined` where they can't be counted. */
  readonly files: number | undefined;
}

/** By how much each may grow between the first and the last third of a run. */
export const SLACK = {
  rss: 96 * 2 ** 20,
  heap: 24 * 2 ** 20,
  external: 24 * 2 ** 20,
} as const;

/** Takes garbage out; `undefined` unless V8's flag `--expose-gc` is set. */
export const collect: (() => void) | undefined =
  (globalThis as { gc?: () => void }).gc;

/** Looks at what the process holds, garbage left out if it can be. */
export function takeSample(start: number): Sample {
  collect?.();
  const { rss, heapUsed: heap, external } = Deno.memoryUsage();
  const at = performance.now() - start;
  return { at, rss, heap, external, files: countOpenFiles() };
}

/** Writes a sample for a person. */
export function formatSample(sample: Sample): string {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${(sample.at / 1000).toFixed(0).padStart(5)} s` +
    `  rss ${mib(sample.rss)}  heap ${mib(sample.heap)}` +
    `  external ${mib(sample.external)}  files ${sample.files ?? "?"}`;
}

/**
 * Tells what has grown: the least of the last third of the samples is compared
 * with the least of the third after the warm-up, the first third.
 */
export function findGrowth(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return [];
  const early = samples.slice(third, 2 * third);
  const late = samples.slice(-third);
  const grown: string[] = [];
  for (const [name, slack] of Object.entries(SLACK)) {
    const least = (some: readonly Sample[]) =>
      Math.min(...some.map((sample) => sample[name as keyof typeof SLACK]));
    const growth = least(late) - least(early);
    if (growth <= slack) continue;
    grown.push(`${name} has grown by ${growth} bytes, ${slack} are allowed`);
  }
  return grown;
}
