import { assert, assertEquals } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { LineTooLongError } from "../../../tcp/conn/line_too_long_error.ts";
import { Random } from "../../property/_random.ts";
import { encode, pattern } from "../support/_bytes.ts";
import { nextTurn } from "../support/_outcomes.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

const REASON = new RangeError("Stop");

/** The outcomes that a call may have whatever else is going on. */
function isExpected(error: unknown): boolean {
  if (error === REASON || error instanceof ClosedError) return true;
  if (error instanceof DOMException) return error.name === "TimeoutError";
  if (error instanceof TypeError) return true;
  return [
    LineTooLongError,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.NotConnected,
    Deno.errors.UnexpectedEof,
  ].some((known) => error instanceof known);
}

/** One use of a connection, which settles once the connection is closed. */
async function useOnce(conn: Conn, random: Random): Promise<void> {
  const size = random.below(4) === 0 ? 200_000 : random.below(2000);
  const timeout = random.below(3);
  switch (random.below(24)) {
    case 0:
      return void await conn.read(new Uint8Array(size));
    case 1:
      return void await conn.read(new Uint8Array(size), { timeout });
    case 2:
      return void await conn.readFull(new Uint8Array(size), { timeout });
    case 3:
      return void await conn.readLine({ timeout, maxLength: 100 });
    case 4:
      return void await conn.write(pattern(size));
    case 5:
      return void await conn.write(pattern(size), { timeout });
    case 6:
      return void await conn.writev([pattern(size), encode("\n"), pattern(3)]);
    case 7:
      return void await conn.writeString("text\n", { timeout });
    case 8: {
      const controller = new AbortController();
      const { signal } = controller;
      const calls = [
        conn.read(new Uint8Array(size), { signal }),
        conn.write(pattern(size), { signal }),
      ];
      const outcome = Promise.all(calls);
      outcome.catch(() => {});
      await nextTurn();
      controller.abort(REASON);
      return void await outcome;
    }
    case 9: {
      const reader = conn.readable.getReader();
      const reading = reader.read();
      if (random.below(2) === 0) reader.releaseLock();
      try {
        return void await reading;
      } finally {
        reader.releaseLock();
      }
    }
    case 10: {
      const reader = conn.readable.getReader({ mode: "byob" });
      const reading = reader.read(new Uint8Array(1 + size));
      if (random.below(2) === 0) reader.releaseLock();
      try {
        return void await reading;
      } finally {
        reader.releaseLock();
      }
    }
    case 11:
      for await (const _ of conn.readable.values({ preventCancel: true })) {
        return;
      }
      return;
    case 12: {
      const writer = conn.writable.getWriter();
      const writing = writer.write(pattern(size));
      const isReady = writer.ready;
      isReady.catch(() => {});
      if (random.below(2) === 0) writer.releaseLock();
      try {
        return void await writing;
      } finally {
        writer.releaseLock();
      }
    }
    case 13:
      return conn.setReadDeadline(Date.now() + random.below(3) - 1);
    case 14:
      return conn.setWriteDeadline(Date.now() + random.below(3) - 1);
    case 15:
      return conn.setDeadline(undefined);
    case 16:
      return conn.setReadTimeout(random.below(2) === 0 ? Infinity : timeout);
    case 17:
      return conn.setWriteTimeout(random.below(2) === 0 ? Infinity : 1);
    case 18:
      return random.below(2) === 0 ? conn.unref() : conn.ref();
    case 19:
      return conn.setIdleTimeout(random.below(3), () => {});
    case 20:
      return assert(conn.bufferedBytes >= 0 && conn.bytesRead >= 0);
    case 21:
      return random.below(12) === 0 ? await conn.closeWrite() : undefined;
    case 22:
      return random.below(12) === 0 ? await conn.readable.cancel() : undefined;
    default:
      return random.below(12) === 0
        ? await conn.writable.abort(REASON)
        : undefined;
  }
}

for (const seed of [1, 2, 3]) {
  testEachKind(
    `any method at any time from 700 tasks (seed ${seed})`,
    async (left, right) => {
      const random = new Random(seed);
      const unexpected: unknown[] = [];
      const tasks: Promise<void>[] = [];
      for (let task = 0; task < 700; task++) {
        const conn = random.below(2) === 0 ? left : right;
        const run = async () => {
          for (let hops = random.below(20); hops > 0; hops--) await null;
          await useOnce(conn, random);
        };
        tasks.push(
          run().catch((error) => {
            if (!isExpected(error)) unexpected.push(error);
          }),
        );
        if (task % 50 === 49) await nextTurn();
      }
      left.close();
      await nextTurn();
      right.close();
      await Promise.all(tasks);
      assertEquals(unexpected, []);
      assertEquals([left.state, right.state], ["closed", "closed"]);
      await Promise.all([left.closed, right.closed]);
    },
  );
}
