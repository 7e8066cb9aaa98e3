import { assertEquals } from "@std/assert";
import { onAbort } from "../../../internal/wait/on_abort.ts";

Deno.test("onAbort() calls at an abort until it is disposed of", () => {
  const calls: string[] = [];
  const controller = new AbortController();
  {
    using _first = onAbort(controller.signal, () => calls.push("disposed of"));
  }
  using _second = onAbort(controller.signal, () => calls.push("in use"));
  controller.abort();

  assertEquals(calls, ["in use"]);
});

Deno.test("onAbort() calls nothing without a signal, or for one that was aborted", () => {
  const calls: string[] = [];
  using _none = onAbort(undefined, () => calls.push("none"));
  using _late = onAbort(AbortSignal.abort(), () => calls.push("late"));

  assertEquals(calls, []);
});
