import {
  assert,
  assertEquals,
  assertMatch,
  assertStrictEquals,
} from "@std/assert";
import { assertInstanceOf } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import {
  type Attempt,
  likeError,
  systemError,
  type SystemErrorInfo,
} from "../../../internal/errors/system_error.ts";

const ADDRESS = "10.0.0.1:80";
const ATTEMPT: Attempt = { operation: "dial", name: ADDRESS };
const WHAT = `Cannot dial ${ADDRESS}`;

/** The fields of an error, `undefined` where it has none. */
function infoOf(error: unknown): (string | undefined)[] {
  const { operation, address, code } = error as Partial<SystemErrorInfo>;
  return [operation, address, code];
}

Deno.test("systemError() keeps each class of Deno.errors", () => {
  for (const Class of Object.values(Deno.errors)) {
    const original = new (Class as new (message: string) => Error)("Refused");
    const error = systemError(ATTEMPT, original);
    assert(error instanceof Error);
    assertStrictEquals(error.constructor, Class);
    assertEquals(error.message, `${WHAT}: refused`);
    assertStrictEquals(error.cause, original);
    const [operation, address, code] = infoOf(error);
    assertEquals([operation, address], ["dial", ADDRESS]);
    assertMatch(code ?? "", /^E[A-Z]+$/, Class.name);
  }
});

Deno.test("systemError() has a code for each class that the runtime gives none", () => {
  const cases: [Error, string][] = [
    [new Deno.errors.AddrInUse(""), "EADDRINUSE"],
    [new Deno.errors.BrokenPipe(""), "EPIPE"],
    [new Deno.errors.ConnectionRefused(""), "ECONNREFUSED"],
    [new Deno.errors.ConnectionReset(""), "ECONNRESET"],
    [new Deno.errors.NotCapable(""), "EACCES"],
    [new Deno.errors.NotFound(""), "ENOENT"],
    [new Deno.errors.PermissionDenied(""), "EACCES"],
    [new Deno.errors.InvalidData(""), "EPROTO"],
    [new Error("failed to lookup address information: Unknown"), "ENOTFOUND"],
    [new Error("invalid peer certificate: BadEncoding"), "EPROTO"],
    [new URIError("invalid host"), "EINVAL"],
    [new TypeError("expected i32"), "EINVAL"],
    [new Error("Something"), "EINVAL"],
    [Object.assign(new Error("Too many"), { code: "EMFILE" }), "EMFILE"],
    [Object.assign(new Error("bind UNKNOWN"), { code: "UNKNOWN" }), "EINVAL"],
  ];
  for (const [original, code] of cases) {
    const error = systemError(ATTEMPT, original);
    assertEquals(infoOf(error), ["dial", ADDRESS, code]);
    assertStrictEquals((error as Error).cause, original);
  }
  assertEquals(
    infoOf(systemError({ operation: "read", name: ADDRESS }, new Error("?"))),
    ["read", ADDRESS, "EIO"],
  );
  // A listener's certificate is an argument.
  const error = systemError(
    { operation: "listen", name: ADDRESS },
    new Deno.errors.InvalidData("No certificates found"),
  );
  assertEquals(infoOf(error), ["listen", ADDRESS, "EINVAL"]);
});

Deno.test("systemError() tells the path of a Unix socket without the quotes of the message", () => {
  const error = systemError(
    { operation: "listen", name: JSON.stringify("\0abstract") },
    new Deno.errors.AddrInUse("In use"),
  );
  assertInstanceOf(error, Deno.errors.AddrInUse);
  assertEquals(error.message, 'Cannot listen on "\\u0000abstract": in use');
  assertEquals(infoOf(error), ["listen", "\0abstract", "EADDRINUSE"]);
});

Deno.test("systemError() names a failure once for one operation, and again for the next", () => {
  const lookUp: Attempt = { operation: "look up", name: '"nobody.invalid"' };
  const first = systemError(lookUp, new Deno.errors.NotFound("No address"));
  assertStrictEquals(systemError(lookUp, first), first);
  const second = systemError(ATTEMPT, first);
  assertInstanceOf(second, Deno.errors.NotFound);
  assertStrictEquals(second.cause, first);
  assertEquals(
    second.message,
    `${WHAT}: cannot look up "nobody.invalid": no address`,
  );
});

Deno.test("systemError() carries the code over", () => {
  const original = Object.assign(new Error("Too many open files"), {
    code: "EMFILE",
  });
  const error = systemError(ATTEMPT, original);
  assertInstanceOf(error, Error);
  assertStrictEquals(error.constructor, Error);
  assertEquals(error.message, `${WHAT}: too many open files`);
  assertEquals("code" in error && error.code, "EMFILE");
  const plain = systemError(ATTEMPT, new Deno.errors.NotFound("No file"));
  assertInstanceOf(plain, Deno.errors.NotFound);
});

Deno.test("systemError() makes NotFound of a failed look-up", () => {
  const failures = [
    new Error("failed to lookup address information: Name not known"),
    Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" }),
  ];
  for (const original of failures) {
    const error = systemError(ATTEMPT, original);
    assertInstanceOf(error, Deno.errors.NotFound);
    assertStrictEquals(error.cause, original);
  }
});

Deno.test("systemError() returns what is no failure of the system as it is", () => {
  const others: unknown[] = [
    new TypeError("Cannot use a port: of this package"),
    new SyntaxError("Illegal"),
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
    assertStrictEquals(systemError(ATTEMPT, other), other);
  }
});

Deno.test("systemError() takes an empty message", () => {
  const error = systemError(ATTEMPT, new Deno.errors.TimedOut(""));
  assertInstanceOf(error, Deno.errors.TimedOut);
  assertEquals(error.message, `${WHAT}: `);
});

Deno.test("likeError() makes an error of the same class with another message", () => {
  const original = Object.assign(new Deno.errors.AddrInUse("In use"), {
    code: "EADDRINUSE",
  });
  const error = likeError(ATTEMPT, original, "no luck", "the cause");
  assertInstanceOf(error, Deno.errors.AddrInUse);
  assertEquals(error.message, `${WHAT}: no luck`);
  assertEquals(error.cause, "the cause");
  assertEquals("code" in error && error.code, "EADDRINUSE");
});
