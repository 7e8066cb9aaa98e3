import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { isClosed, isTimeout } from "../../../internal/errors/error_kinds.ts";
import { listenUdp } from "../../../udp/listen_udp.ts";
import { pipe } from "../../../tcp/pipe.ts";

Deno.test("isTimeout() is true for the limits of calls, on both transports", async () => {
  const [left, right] = pipe();
  using udp = await listenUdp("127.0.0.1:0");
  const errors = await Promise.all([
    assertRejects(() => left.readLine({ timeout: 1 })),
    assertRejects(() => left.readLine({ deadline: Date.now() - 1 })),
    assertRejects(() => left.readLine({ signal: AbortSignal.timeout(1) })),
    assertRejects(() => udp.receive({ timeout: 1 })),
  ]);
  left.close();
  right.close();

  for (const error of errors) {
    assert(isTimeout(error), `${error}`);
    assertEquals(isClosed(error), false);
  }
});

Deno.test("isTimeout() is true for timeouts of the system", () => {
  assert(isTimeout(new Deno.errors.TimedOut("Connection timed out")));
});

Deno.test("isTimeout() is false for aborts and for all else", () => {
  for (
    const error of [
      AbortSignal.abort().reason,
      new Error("TimeoutError"),
      { name: "TimeoutError" },
      undefined,
      null,
    ]
  ) assertEquals(isTimeout(error), false, `${error}`);
});

Deno.test("isClosed() is true for what is closed before or during a call", async () => {
  const [left, right] = pipe();
  const pending = assertRejects(() => left.readLine());
  left.close();
  const later = await assertRejects(() => left.writeString("x"));
  const isEnd = await right.readLine();
  right.close();

  assert(isClosed(await pending));
  assert(isClosed(later));
  assertEquals(isEnd, null);
});

Deno.test("isClosed() knows the error of another copy of the package", () => {
  class Other extends Deno.errors.BadResource {
    override readonly name = "ClosedError";
  }
  assert(isClosed(new Other()));
  assert(isClosed(new ClosedError()));
});

Deno.test("isClosed() is false for all else", () => {
  for (
    const error of [
      new Deno.errors.BadResource("Bad resource ID"),
      new Deno.errors.ConnectionReset(),
      { name: "ClosedError" },
      undefined,
      null,
    ]
  ) assertEquals(isClosed(error), false, `${error}`);
});
