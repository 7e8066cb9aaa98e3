import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { assertInstanceOf } from "@std/assert";
import { ClosedError } from "../../internal/closed_error.ts";
import { likeError, systemError } from "../../internal/system_error.ts";

const WHAT = "Cannot dial 10.0.0.1:80";

Deno.test("systemError() keeps each class of Deno.errors", () => {
  for (const Class of Object.values(Deno.errors)) {
    const original = new (Class as new (message: string) => Error)("Refused");
    const error = systemError(WHAT, original);
    assert(error instanceof Error);
    assertStrictEquals(error.constructor, Class);
    assertEquals(error.message, `${WHAT}: refused`);
    assertStrictEquals(error.cause, original);
  }
});

Deno.test("systemError() carries the code over", () => {
  const original = Object.assign(new Error("Too many open files"), {
    code: "EMFILE",
  });
  const error = systemError(WHAT, original);
  assertInstanceOf(error, Error);
  assertStrictEquals(error.constructor, Error);
  assertEquals(error.message, `${WHAT}: too many open files`);
  assertEquals("code" in error && error.code, "EMFILE");
  const plain = systemError(WHAT, new Deno.errors.NotFound("No file"));
  assertInstanceOf(plain, Deno.errors.NotFound);
});

Deno.test("systemError() makes NotFound of a failed look-up", () => {
  const failures = [
    new Error("failed to lookup address information: Name not known"),
    Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" }),
  ];
  for (const original of failures) {
    const error = systemError(WHAT, original);
    assertInstanceOf(error, Deno.errors.NotFound);
    assertStrictEquals(error.cause, original);
  }
});

Deno.test("systemError() returns what is no failure of the system as it is", () => {
  const others: unknown[] = [
    new TypeError("Illegal"),
    new RangeError("Illegal"),
    new SyntaxError("Illegal"),
    new URIError("Illegal"),
    new DOMException("Enough", "TimeoutError"),
    new DOMException("Enough", "AbortError"),
    new ClosedError("Cannot read: closed"),
    new AggregateError([], "Several"),
    class Own extends Error {},
    "a string",
    undefined,
    null,
    { message: "An object" },
    new Error("Cannot dial 10.0.0.1:80: said already"),
  ];
  for (const other of others) {
    assertStrictEquals(systemError(WHAT, other), other);
  }
});

Deno.test("systemError() takes an empty message", () => {
  const error = systemError(WHAT, new Deno.errors.TimedOut(""));
  assertInstanceOf(error, Deno.errors.TimedOut);
  assertEquals(error.message, `${WHAT}: `);
});

Deno.test("likeError() makes an error of the same class with another message", () => {
  const original = Object.assign(new Deno.errors.AddrInUse("In use"), {
    code: "EADDRINUSE",
  });
  const error = likeError(original, "Cannot listen", "the cause");
  assertInstanceOf(error, Deno.errors.AddrInUse);
  assertEquals(error.message, "Cannot listen");
  assertEquals(error.cause, "the cause");
  assertEquals("code" in error && error.code, "EADDRINUSE");
});
