import { assert, assertEquals } from "@std/assert";
import { noteBytesWritten } from "../../../internal/errors/bytes_written.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";

Deno.test("noteBytesWritten() adds a property that prints and enumerates nowhere", () => {
  const error: Error & { bytesWritten?: number } = new RangeError("Stop");
  noteBytesWritten(error, 5);
  assertEquals(error.bytesWritten, 5);
  assertEquals(Object.keys(error), []);
  noteBytesWritten(error, 0);
  assertEquals(error.bytesWritten, 0);
});

Deno.test("noteBytesWritten() sets the field of a ClosedError", () => {
  const error = new ClosedError("Closed");
  assertEquals(error.bytesWritten, undefined);
  noteBytesWritten(error, 7);
  assertEquals(error.bytesWritten, 7);
  assert(error instanceof Deno.errors.BadResource);
  assertEquals(error.name, "ClosedError");
});

Deno.test("noteBytesWritten() leaves what takes no property as it is", () => {
  const sealed = Object.freeze({ reason: "stop" });
  for (
    const value of [undefined, null, "stop", 5, 5n, true, Symbol("x"), sealed]
  ) {
    noteBytesWritten(value, 5);
  }
  assertEquals(Object.keys(sealed), ["reason"]);
});

Deno.test("noteBytesWritten() leaves a property that can't be set as it is", () => {
  const reason = Object.defineProperty({}, "bytesWritten", { value: "own" });
  noteBytesWritten(reason, 5);
  assertEquals("bytesWritten" in reason && reason.bytesWritten, "own");
});
