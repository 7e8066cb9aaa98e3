import { type Conn, type KindName, kindOf } from "../tcp/support/kinds.ts";
import { type Json, type Property, property } from "./_property.ts";
import type { Random } from "./_random.ts";

/** A property of connections of any kind. */
export interface KindsProperty<T extends Json> {
  /** What holds for a kind, as a sentence. */
  name(kind: KindName): string;
  /** How many cases the tests try with each kind: a pipe is the fastest. */
  readonly runs: Readonly<Record<KindName, number>>;
  generate(random: Random): T;
  check(value: T, ends: readonly [left: Conn, right: Conn]): Promise<void>;
}

/** Makes the property of each kind that the permissions are enough for. */
export function propertiesOfKinds<T extends Json>(
  { name, runs, generate, check }: KindsProperty<T>,
): readonly Property[] {
  return (Object.keys(runs) as KindName[]).map(kindOf)
    .filter(({ isAvailable }) => isAvailable).map((kind) =>
      property<T>({
        name: name(kind.name),
        runs: runs[kind.name],
        generate,
        check: async (value) => check(value, await kind.connect()),
      })
    );
}
