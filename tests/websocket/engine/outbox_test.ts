import { assertEquals, assertGreater } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { flushNext } from "../../../internal/wait/flush_queue.ts";
import { WriteHalf } from "../../../tcp/conn/_write_half.ts";
import { Outbox } from "../../../websocket/engine/_outbox.ts";
import { turn } from "../../internal/_turn.ts";
import { HOST, makeRaw } from "../../tcp/support/_raw.ts";

/** More than have their turns at once. */
const MANY = 500;

function makeOutbox() {
  const ignore = () => {};
  const writes = new WriteHalf(makeRaw(), HOST, true);
  const outbox = new Outbox(writes, {
    closedError: () => new ClosedError("Closed by the test"),
    conn: "the connection",
    hasBacklog: false,
    onSent: ignore,
    onLinkError: ignore,
    onFault: ignore,
    onOverflow: ignore,
  }, {
    role: "server",
    maxBuffered: 1024 * 1024,
    policy: "wait",
    deflate: undefined,
  });
  return { outbox, writes };
}

Deno.test("Outbox does not lag behind a flood, and stands in line once at most", async () => {
  await turn();
  const { outbox, writes } = makeOutbox();
  let turns = 0;
  const flush = outbox.flush;
  outbox.flush = () => {
    turns++;
    flush.call(outbox);
  };
  for (let index = 0; index < MANY; index++) flushNext({ flush: () => {} });
  const frame = new Uint8Array(40_000);
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    for (let each = 0; each < 3; each++) outbox.sendFrame(frame);
    // What is with the system comes back; the line has not got as far.
    for (let tick = 0; tick < 5; tick++) await Promise.resolve();
  }
  assertEquals(turns, 0);
  assertGreater(writes.bytesWritten, rounds * frame.length);
  await outbox.allFlushed();
  assertEquals(writes.bytesWritten, rounds * 3 * frame.length);
  for (let round = 0; round < MANY; round++) await turn();
  assertEquals(turns, 1);
});
