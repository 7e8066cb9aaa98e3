import { assert, assertEquals } from "@std/assert";
import { noteOn } from "../../../internal/errors/note_on.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";

Deno.test("noteOn() adds a property that prints and enumerates nowhere", () => {
  const error: Error & { bytesWritten?: number } = new RangeError("Stop");
  noteOn(error, { bytesWritten: 5 });
  assertEquals(error.bytesWritten, 5);
  assertEquals(Object.keys(error), []);
  noteOn(error, { bytesWritten: 0 });
  assertEquals(error.bytesWritten, 0);
});

Deno.test("noteOn() sets the field of a ClosedError", () => {
  const error = new ClosedError("Closed");
  assertEquals(error.bytesWritten, undefined);
  noteOn(error, { bytesWritten: 7 });
  assertEquals(error.bytesWritten, 7);
  assert(error instanceof Deno.errors.BadResource);
  assertEquals(error.name, "ClosedError");
});

Deno.test("noteOn() leaves what takes no property as it is", () => {
  const sealed = Object.freeze({ reason: "stop" });
  for (
    const value of [undefined, null, "stop", 5, 5n, true, Symbol("x"), sealed]
  ) {
    noteOn(value, { bytesWritten: 5 });
  }
  assertEquals(Object.keys(sealed), ["reason"]);
});

Deno.test("noteOn() leaves a property that can't be set as it is", () => {
  const reason = Object.defineProperty({}, "bytesWritten", { value: "own" });
  noteOn(reason, { bytesWritten: 5 });
  assertEquals("bytesWritten" in reason && reason.bytesWritten, "own");
});
