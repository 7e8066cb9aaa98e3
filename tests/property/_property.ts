import type { Random } from "./_random.ts";

/** What a case is made of, so that it can be saved, shrunk and replayed. */
export type Json =
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Something that has to hold for all cases of a kind. */
export interface Property<T extends Json = Json> {
  /** What holds, as a sentence. */
  readonly name: string;
  /** How many cases the tests try. */
  readonly runs: number;
  /** Makes a case that depends on nothing but the generator. */
  generate(random: Random): T;
  /** Throws unless it holds for a case, however strange the case is. */
  check(value: T): void | Promise<void>;
}

/** A case for which a property does not hold. */
export interface Failure {
  readonly property: string;
  /** What made the case, before it was made smaller. */
  readonly seed: number;
  readonly message: string;
  readonly value: Json;
}

/** Forgets the type of the cases: whoever replays them has JSON. */
export function property<T extends Json>(spec: Property<T>): Property {
  return {
    name: spec.name,
    runs: spec.runs,
    generate: (random) => spec.generate(random),
    check: (value) => spec.check(value as T),
  };
}

/** Tells why a property does not hold for a case, `undefined` if it does. */
export async function refute(
  { check }: Property,
  value: Json,
): Promise<string | undefined> {
  try {
    const checking = check(value);
    // No turn is lost on what is there at once.
    if (checking !== undefined) await checking;
    return undefined;
  } catch (error) {
    return error instanceof Error
      ? `${error.name}: ${error.message}`
      : `${error}`;
  }
}

/** Fails with a message that has the whole case in it, unless they are equal. */
export function assertSame(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`Got ${left}, expected ${right}`);
}
