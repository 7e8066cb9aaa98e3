import { type OptionCheck, typeOf } from "../internal/check_options.ts";

/** A number greater than 0, including fractions and `Infinity`. */
export function isAmount(value: unknown, name: string): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeOf(value)}: expected a number`,
    );
  }
  if (!(value > 0)) {
    throw new RangeError(`Cannot use ${name} ${value}: expected more than 0`);
  }
}

/** A number of at least `least`, including `Infinity`. */
export function isAtLeast(least: number): OptionCheck {
  return (value, name) => {
    isAmount(value, name);
    if (Number(value) >= least) return;
    throw new RangeError(
      `Cannot use ${name} ${value}: expected ${least} or more`,
    );
  };
}

/** An object with the given methods. */
export function hasMethods(...methods: readonly string[]): OptionCheck {
  return (value, name) => {
    const members = Object(value) as Readonly<Record<string, unknown>>;
    const isGood = typeof value === "object" &&
      methods.every((method) => typeof members[method] === "function");
    if (isGood) return;
    throw new TypeError(
      `Cannot use ${name} of type ${typeOf(value)}: expected an object with ${
        methods.map((method) => `${method}()`).join(" and ")
      }`,
    );
  };
}

/** An iterable of strings, but not a string. */
export function isCollectionOfStrings(value: unknown, name: string): void {
  const isIterable = typeof value === "object" && value !== null &&
    Symbol.iterator in value;
  // An iterator can be read only once, so it is not checked.
  const isGood = isIterable &&
    (!Array.isArray(value) && !(value instanceof Set) ||
      [...value].every((one) => typeof one === "string"));
  if (isGood) return;
  throw new TypeError(`Cannot use ${name}: expected a list of strings`);
}

/** The options without those that are `undefined`. */
export function defined<T extends object>(options: T): T {
  const given = Object.entries(options).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(given) as T;
}

/** The value of each option that has a default: as given, else the default. */
export function withDefaults<T extends object>(
  options: { readonly [name in keyof T]?: T[name] | undefined },
  defaults: T,
): T {
  const names = Object.keys(defaults) as (keyof T)[];
  const values = names.map((name) => [name, options[name] ?? defaults[name]]);
  return Object.fromEntries(values) as T;
}
