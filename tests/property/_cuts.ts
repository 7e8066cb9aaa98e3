import type { Random } from "./_random.ts";

/** Where bytes are cut: the sizes of the pieces, taken in turn. */
export type Cuts = readonly number[];

/** Makes cuts, from none to all, with empty pieces among them. */
export function randomCuts(random: Random): Cuts {
  const most = random.pick([1, 1, 3, 20, 1000]);
  return Array.from({ length: random.int(1, 8) }, () => random.int(0, most));
}

/** Cuts bytes into pieces. */
export function* cut(bytes: Uint8Array, cuts: Cuts): Generator<Uint8Array> {
  if (!cuts.some((size) => size > 0)) return yield bytes;
  let turn = 0;
  for (let at = 0; at < bytes.length; turn++) {
    const size = Math.max(0, Math.trunc(cuts[turn % cuts.length]));
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Bytes of any numbers. */
export function toBytes(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

/** The numbers of bytes. */
export function toNumbers(bytes: Uint8Array): number[] {
  return [...bytes];
}
