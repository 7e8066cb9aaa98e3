import {
  checkDeadline,
  checkObject,
  checkSignal,
  checkTimeout,
  type WaitOptions,
} from "./wait/wait_options.ts";

/**
 * Throws if an option can't have a value.
 *
 * @param value The value, never `undefined`.
 * @param name The name of the option, for the error.
 */
export type OptionCheck = (value: unknown, name: string) => void;

/** The checks of a class or function: one for each option that has limits. */
export type OptionChecks<T> = { readonly [K in keyof T]?: OptionCheck };

/**
 * Checks options where they are given, before anything is done with them.
 *
 * @param options The options of the caller. Those left out are not checked.
 * @param checks The check of each.
 * @throws {TypeError | RangeError} If one is not valid.
 */
export function checkOptions<T extends object>(
  options: T,
  checks: OptionChecks<T>,
): void {
  checkObject(options);
  for (const name of Object.keys(checks) as (keyof T & string)[]) {
    const value = options[name];
    if (value !== undefined) checks[name]?.(value, name);
  }
}

/** A time in milliseconds, `Infinity` for none. */
export function isTime(value: unknown, name: string): void {
  checkTimeout(value as number, name);
}

/** A whole number of at least `least`, or `Infinity`. */
export function isCount(least = 0): OptionCheck {
  return (value, name) => {
    checkNumber(value, name);
    if (value === Infinity) return;
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot use ${name} ${value}: expected a whole number of at least ${least}, or Infinity`,
      );
    }
  };
}

/** Checks a number of 0 or more, `Infinity` included. */
export function isAmount(value: unknown, name: string): void {
  checkNumber(value, name);
  if (value >= 0) return;
  throw new RangeError(
    `Cannot use ${name} ${value}: expected a number of 0 or more`,
  );
}

/** A whole number from `least` to `most`. */
export function isInteger(least: number, most: number): OptionCheck {
  return (value, name) => {
    checkNumber(value, name);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot use ${name} ${value}: expected a whole number from ${least} to ${most}`,
      );
    }
  };
}

/** One of some strings. */
export function isOneOf(...known: readonly string[]): OptionCheck {
  return (value, name) => {
    if (known.includes(value as string)) return;
    const names = known.map((one) => `"${one}"`).join(", ");
    throw new TypeError(
      `Cannot use ${name} ${quote(value)}: expected one of ${names}`,
    );
  };
}

/** A value of one of JavaScript's types. */
export function isType(
  type: "boolean" | "string" | "function" | "object",
): OptionCheck {
  return (value, name) => {
    if (typeof value === type && value !== null) return;
    throw new TypeError(
      `Cannot use ${name} of type ${typeOf(value)}: expected a ${type}`,
    );
  };
}

/** A list of strings. */
export function isStrings(value: unknown, name: string): void {
  const isList = Array.isArray(value) &&
    value.every((one) => typeof one === "string");
  if (!isList) {
    throw new TypeError(`Cannot use ${name}: expected a list of strings`);
  }
}

/** A signal. */
export function isSignal(value: unknown): void {
  checkSignal(value as AbortSignal);
}

/** The limits that every call that waits takes. */
export const WAIT_CHECKS: OptionChecks<WaitOptions> = {
  signal: isSignal,
  timeout: isTime,
  deadline: (value) => void checkDeadline(value as Date | number),
};

/** Checks the limits of a call. */
export function checkWait(wait: WaitOptions): void {
  checkOptions(wait, WAIT_CHECKS);
}

function checkNumber(value: unknown, name: string): asserts value is number {
  if (typeof value === "number") return;
  throw new TypeError(
    `Cannot use ${name} of type ${typeOf(value)}: expected a number`,
  );
}

function quote(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : `of type ${typeOf(value)}`;
}

/** The type of a value, for messages. */
export function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
