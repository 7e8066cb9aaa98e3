import { assertThrows } from "@std/assert";
import {
  checkOptions,
  isCount,
  isInteger,
  isOneOf,
  isSignal,
  isStrings,
  isTime,
  isType,
} from "../../internal/check_options.ts";

interface Options {
  count?: unknown;
  level?: unknown;
  names?: unknown;
  policy?: unknown;
  signal?: unknown;
  time?: unknown;
  handler?: unknown;
}

const CHECKS = {
  count: isCount(1),
  level: isInteger(0, 9),
  names: isStrings,
  policy: isOneOf("wait", "drop"),
  signal: isSignal,
  time: isTime,
  handler: isType("function"),
};

Deno.test("checkOptions() accepts valid options, missing and unknown ones", () => {
  checkOptions({} as Options, CHECKS);
  checkOptions({ count: undefined } as Options, CHECKS);
  checkOptions({ other: 1 } as Options, CHECKS);
  checkOptions({
    count: 1,
    level: 9,
    names: [],
    policy: "drop",
    signal: new AbortController().signal,
    time: Infinity,
    handler: () => {},
  } as Options, CHECKS);
  checkOptions({ count: Infinity } as Options, CHECKS);
});

const BAD: [Options, ErrorConstructor][] = [
  [{ count: "1" }, TypeError],
  [{ count: null }, TypeError],
  [{ count: 0 }, RangeError],
  [{ count: 1.5 }, RangeError],
  [{ count: NaN }, RangeError],
  [{ level: 10 }, RangeError],
  [{ level: Infinity }, RangeError],
  [{ names: "a" }, TypeError],
  [{ names: ["a", 1] }, TypeError],
  [{ policy: "close" }, TypeError],
  [{ policy: 1 }, TypeError],
  [{ signal: "x" }, TypeError],
  [{ time: -1 }, RangeError],
  [{ time: NaN }, RangeError],
  [{ time: "1" }, TypeError],
  [{ handler: {} }, TypeError],
];

for (const [options, expected] of BAD) {
  const [[name, value] = []] = Object.entries(options);
  Deno.test(`checkOptions() refuses ${name} ${Deno.inspect(value)}`, () => {
    assertThrows(() => checkOptions(options, CHECKS), expected, "Cannot use");
  });
}

Deno.test("checkOptions() refuses options that are no object", () => {
  for (const options of [true, null, "x", 1]) {
    assertThrows(
      () => checkOptions(options as unknown as Options, CHECKS),
      TypeError,
      "Cannot use options",
    );
  }
});
