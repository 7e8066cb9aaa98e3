import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import { encode } from "../support/_bytes.ts";
import { assertTimeout, errorOf, until } from "../support/_outcomes.ts";
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
  for (const name of ["read", "readFull"] as const) {
    assertStrictEquals(await errorOf(left[name](empty, { signal })), reason);
    const error = await errorOf(left[name](empty, { timeout: -1 }));
    assert(error instanceof RangeError);
    assertTimeout(await errorOf(left[name](empty, { deadline: 1 })));
    assertEquals(await left[name](empty, { timeout: 0 }), 0);
    left.setReadDeadline(1);
    assertTimeout(await errorOf(left[name](empty)));
    left.setReadDeadline(undefined);
    assertEquals(await left[name](empty), 0);
  }
  await left.write(encode("x"));
});

testEachKind(
  "limits that are no object are a TypeError of the call's promise",
  async (left, right) => {
    await right.writeString("line\n");
    const buffer = new Uint8Array(4);
    // Such as the milliseconds that other libraries take here.
    for (const bad of [null, 1000, "1000"]) {
      const wait = bad as unknown as WaitOptions;
      const calls: (() => Promise<unknown>)[] = [
        () => left.read(buffer, wait),
        () => left.read(new Uint8Array(0), wait),
        () => left.readFull(buffer, wait),
        () => left.readLine(wait),
        () => left.lines(wait).next(),
        () => left.write(buffer, wait),
        () => left.writeString("x", wait),
        () => left.writev([buffer], wait),
        () => left.closeWrite(wait),
      ];
      for (const call of calls) {
        const error = await errorOf(call());
        assert(error instanceof TypeError, String(error));
        assertStringIncludes(error.message, "expected an object");
      }
    }
    assertEquals(await left.readLine(), "line");
    assertEquals(left.bytesWritten, 0);
    assertEquals(left.state, "open");
  },
);

testEachKind("writev() of anything but an array says so", async (left) => {
  const writev = left.writev.bind(left) as (pieces: unknown) => unknown;
  const cases: [unknown, string][] = [
    [new Uint8Array(3), "Uint8Array"],
    [new Set([new Uint8Array(3)]), "object"],
    ["text", "string"],
    [null, "null"],
  ];
  for (const [pieces, type] of cases) {
    const error = await errorOf(writev(pieces) as Promise<unknown>);
    assert(error instanceof TypeError);
    assertEquals(
      error.message,
      `Cannot write the pieces of a ${type}: expected an array of Uint8Arrays`,
    );
  }
  assertEquals(left.bytesWritten, 0);
});
