import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { encode } from "../support/_bytes.ts";
import { errorOf, until } from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind("setIdleTimeout() refuses what is no function", (left) => {
  const set = left.setIdleTimeout.bind(left) as (...args: unknown[]) => void;
  for (const action of ["x", 5, {}]) {
    assertThrows(() => set(1000, action), TypeError, "onIdle");
  }
  assertEquals(left.idleTimeout, Infinity);
});

testEachKind("what onIdle throws or rejects with is printed", async (left) => {
  const printed: unknown[] = [];
  const { error } = console;
  console.error = (_what: unknown, error: unknown) => printed.push(error);
  try {
    const thrown = new Error("Thrown by the test");
    left.setIdleTimeout(1, () => {
      throw thrown;
    });
    await until(() => printed.length === 1);
    left.setIdleTimeout(1, () => Promise.reject(thrown) as unknown as void);
    await until(() => printed.length === 2);
    for (const one of printed) assertStrictEquals(one, thrown);
    assertEquals(left.state, "open");
  } finally {
    console.error = error;
  }
});

testEachKind(
  "a maxLength that is no number is a TypeError",
  async (left, right) => {
    await right.writeString("line\n");
    for (const maxLength of ["5", true, null]) {
      const options = { maxLength: maxLength as unknown as number };
      assert(await errorOf(left.readLine(options)) instanceof TypeError);
      assert(await errorOf(left.lines(options).next()) instanceof TypeError);
    }
    assertEquals(await left.readLine(), "line");
  },
);

testEachKind("a read into no bytes looks at its limits", async (left) => {
  const empty = new Uint8Array(0);
  const reason = new Error("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await errorOf(left.read(empty, { signal })), reason);
  assert(
    await errorOf(left.read(empty, { timeout: -1 })) instanceof RangeError,
  );
  assertEquals(await left.read(empty, { timeout: 0 }), 0);
  await left.write(encode("x"));
});
