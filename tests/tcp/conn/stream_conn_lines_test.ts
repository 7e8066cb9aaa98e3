import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { LineTooLongError } from "../../../tcp/conn/line_too_long_error.ts";
import { pipe } from "../../../tcp/pipe.ts";
import {
  concat,
  decode,
  drain,
  encode,
  filled,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

/** Writes pieces one by one, each of which arrives by itself. */
async function writeApart(
  left: Conn,
  right: Conn,
  pieces: readonly Uint8Array[],
): Promise<void> {
  let length = right.bytesRead;
  for (const piece of pieces) {
    await left.write(piece);
    length += piece.length;
    await until(() => right.bytesRead === length);
  }
}

testEachKind(
  "readLine() takes LF and CRLF, and only those, as ends",
  async (left, right) => {
    await left.writeString("lf\ncrlf\r\n\n\r\na\rb\n\r\r\nlast");
    await left.closeWrite();
    assertEquals(await Array.fromAsync(right.lines()), [
      "lf",
      "crlf",
      "",
      "",
      "a\rb",
      "\r",
      "last",
    ]);
    assertEquals(await right.readLine(), null);
  },
);

testEachKind(
  "lines() gives no line that may not be taken, though it is there",
  async (left, right) => {
    await left.writeString("one\ntwo\nthree\n");
    const lines = right.lines();
    assertEquals(await lines.next(), { done: false, value: "one" });
    const reader = right.readable.getReader();
    assertInstanceOf(await errorOf(lines.next()), TypeError);
    reader.releaseLock();
    assertEquals(await lines.next(), { done: true, value: undefined });

    right.setReadDeadline(1);
    await assertTimesOut(right.lines().next());
    right.setReadDeadline(undefined);
    const none = right.lines({ maxLength: NaN });
    assertInstanceOf(await errorOf(none.next()), RangeError);
    const aborted = right.lines({ signal: AbortSignal.abort("Enough") });
    assertEquals(await errorOf(aborted.next()), "Enough");
    assertEquals(await right.readLine(), "two");
  },
);

testEachKind(
  "lines() answers overlapping calls one behind the other",
  async (left, right) => {
    const lines = right.lines({ maxLength: 5 });
    const first = lines.next();
    const second = lines.next();
    const end = lines.return();
    const late = lines.next();
    await left.writeString("one\n");
    assertEquals(await first, { done: false, value: "one" });
    assertEquals(await isPending(end), true);
    await left.writeString("two\nthree\n");
    assertEquals(await second, { done: false, value: "two" });
    assertEquals(await end, { done: true, value: undefined });
    assertEquals(await late, { done: true, value: undefined });
    assertEquals(await right.readLine(), "three");

    const failing = right.lines({ maxLength: 5 });
    const calls = [failing.next(), failing.next()];
    await left.writeString("far too long\n");
    assertInstanceOf(await errorOf(calls[0]), LineTooLongError);
    assertEquals(await calls[1], { done: true, value: undefined });
  },
);

testEachKind(
  "lines() gives nothing after return() and throw()",
  async (left, right) => {
    await left.writeString("one\ntwo\nthree\n");
    const ended = right.lines();
    assertEquals(await ended.next(), { done: false, value: "one" });
    assertEquals(await ended.return(), { done: true, value: undefined });
    assertEquals(await ended.next(), { done: true, value: undefined });
    const failed = right.lines();
    const reason = new Error("Enough");
    assertEquals(await errorOf(failed.throw(reason)), reason);
    assertEquals(await failed.next(), { done: true, value: undefined });
    {
      await using lines = right.lines();
      assertEquals(await lines.next(), { done: false, value: "two" });
    }
    assertEquals(await right.readLine(), "three");
  },
);

testEachKind(
  "lines() ends at once where there is nothing",
  async (left, right) => {
    await left.closeWrite();
    assertEquals(await Array.fromAsync(right.lines()), []);
  },
);

testEachKind(
  "a line that ends with the stream needs no end of its own",
  async (left, right) => {
    await left.writeString("one\ntwo\r");
    await left.closeWrite();
    assertEquals(await Array.fromAsync(right.lines()), ["one", "two\r"]);
  },
);

testEachKind("a line may be split at every byte", async (left, right) => {
  const whole = encode("héllo\r\n漢\n");
  for (let at = 1; at < whole.length; at++) {
    const reading = Promise.all([right.readLine(), right.readLine()]);
    await writeApart(left, right, [whole.subarray(0, at), whole.subarray(at)]);
    assertEquals(await reading, ["héllo", "漢"], `Split at ${at}`);
  }
});

testEachKind("a line may come byte by byte", async (left, right) => {
  const whole = encode("a😀b\r\n\r\n");
  const reading = Promise.all([right.readLine(), right.readLine()]);
  await writeApart(left, right, Array.from(whole, (byte) => filled(1, byte)));
  assertEquals(await reading, ["a😀b", ""]);
});

testEachKind(
  "readLine() keeps NUL, control bytes and the byte order mark",
  async (left, right) => {
    await left.writeString("\uFEFFbom\n\0nul\0\n\x1b[31mred\x07\n");
    assertEquals(await right.readLine(), "\uFEFFbom");
    assertEquals(await right.readLine(), "\0nul\0");
    assertEquals(await right.readLine(), "\x1b[31mred\x07");
  },
);

testEachKind(
  "readLine() reads what is no UTF-8 as U+FFFD",
  async (left, right) => {
    await left.write(
      new Uint8Array([0x61, 0xff, 0x62, 0x0a, 0xe6, 0xbc, 0x0a]),
    );
    assertEquals(await right.readLine(), "a\uFFFDb");
    assertEquals(await right.readLine(), "\uFFFD");
  },
);

testEachKind("a line may have exactly maxLength bytes", async (left, right) => {
  await left.writeString("12345\n12345\r\n漢漢\n12345");
  await left.closeWrite();
  assertEquals(await right.readLine({ maxLength: 5 }), "12345");
  assertEquals(await right.readLine({ maxLength: 5 }), "12345");
  assertEquals(await right.readLine({ maxLength: 6 }), "漢漢");
  assertEquals(await right.readLine({ maxLength: 5 }), "12345");
});

testEachKind(
  "a line that is too long fails and is still there",
  async (left, right) => {
    for (const end of ["\n", "\r\n", "x\n", "\rx\n"]) {
      await left.writeString(`123456${end}`);
      const length = 6 + end.length;
      const error = await errorOf(right.readLine({ maxLength: 5 }));
      assertInstanceOf(error, LineTooLongError);
      assertEquals(error.maxLength, 5);
      assert(error.length > 5);
      assertEquals(await readText(right, length), `123456${end}`);
    }
  },
);

testEachKind(
  "an end of the stream behind a line that is too long loses nothing",
  async (left, right) => {
    await left.writeString("123456");
    await left.closeWrite();
    for (let count = 0; count < 2; count++) {
      const error = await errorOf(right.readLine({ maxLength: 5 }));
      assertInstanceOf(error, LineTooLongError);
    }
    assertEquals(decode(await drain(right)), "123456");
  },
);

testEachKind("a maxLength of 0 takes empty lines only", async (left, right) => {
  await left.writeString("\n\r\nx\n");
  assertEquals(await right.readLine({ maxLength: 0 }), "");
  assertEquals(await right.readLine({ maxLength: 0 }), "");
  assertInstanceOf(
    await errorOf(right.readLine({ maxLength: 0 })),
    LineTooLongError,
  );
  assertEquals(await right.readLine({ maxLength: 1 }), "x");
});

testEachKind(
  "readLine() takes 64 KiB unless told otherwise",
  async (left, right) => {
    const limit = 64 * 1024;
    const text = "x".repeat(limit);
    const writing = left.writeString(`${text}\r\n${text}y\n`);
    assertEquals((await right.readLine())?.length, limit);
    const error = await errorOf(right.readLine());
    assertInstanceOf(error, LineTooLongError);
    assertEquals(error.maxLength, limit);
    assertEquals(
      (await right.readLine({ maxLength: limit + 1 }))?.length,
      limit + 1,
    );
    await writing;
  },
);

testEachKind(
  "10 MiB without a line feed fail at the cap and are not stored",
  async (left, right) => {
    const length = 10 * 1024 * 1024;
    const writing = left.write(filled(length, 0x78));
    const error = await errorOf(right.readLine());
    assertInstanceOf(error, LineTooLongError);
    assert(right.bytesRead <= 512 * 1024, `${right.bytesRead} bytes were read`);
    assertEquals((await readBytes(right, length)).length, length);
    await writing;
  },
);

testEachKind(
  "readLine() with a large cap takes a long line",
  async (left, right) => {
    const text = "0123456789".repeat(100_000);
    const writing = left.writeString(`${text}\nnext\n`);
    assertEquals(await right.readLine({ maxLength: 1_000_000 }), text);
    assertEquals(await right.readLine(), "next");
    await writing;
  },
);

testEachKind(
  "readLine() that times out loses nothing of the line",
  async (left, right) => {
    await left.writeString("hal");
    await assertTimesOut(right.readLine({ timeout: 20 }));
    const reading = right.readLine();
    assert(await isPending(reading));
    await left.writeString("f\nrest\n");
    assertEquals(await reading, "half");
    assertEquals(await right.readLine(), "rest");
  },
);

testEachKind(
  "readLine() gives up after every byte and loses nothing",
  async (left, right) => {
    for (const byte of encode("patience\r")) {
      await left.write(filled(1, byte));
      const controller = new AbortController();
      const reading = errorOf(right.readLine({ signal: controller.signal }));
      await nextTurn();
      controller.abort("next");
      assertEquals(await reading, "next");
    }
    await left.writeString("\n");
    assertEquals(await right.readLine(), "patience");
  },
);

testEachKind(
  "lines, bytes and streams take turns without loss",
  async (left, right) => {
    await left.writeString("one\ntwothree\nfour");
    await left.closeWrite();
    assertEquals(await right.readLine(), "one");
    assertEquals(await readText(right, 3), "two");
    assertEquals(await right.readLine(), "three");
    const chunks = await Array.fromAsync(right.readable);
    assertEquals(decode(concat(chunks)), "four");
  },
);

testEachKind(
  "overlapping readLine() calls get a line each",
  async (left, right) => {
    const lines = Promise.all([1, 2, 3].map(() => right.readLine()));
    await left.writeString("a\nb\nc\nd\n");
    assertEquals(await lines, ["a", "b", "c"]);
    assertEquals(await right.readLine(), "d");
  },
);

testEachKind(
  "leaving the loop over lines() leaves the rest unread",
  async (left, right) => {
    await left.writeString("a\nb\nc\n");
    for await (const line of right.lines()) {
      assertEquals(line, "a");
      break;
    }
    assertEquals(await right.readLine(), "b");
    assertEquals(right.state, "open");
  },
);

Deno.test("readLine() rejects a cap that is no number of bytes", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  for (const maxLength of [NaN, -1]) {
    const error = await errorOf(right.readLine({ maxLength }));
    assertInstanceOf(error, RangeError);
  }
});

Deno.test("calls for what has arrived start no timers, whatever their limits", async () => {
  const { setTimeout } = globalThis;
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const { signal } = new AbortController();
  const limit = { timeout: 60_000, deadline: Date.now() + 60_000, signal };
  const lines = right.lines(limit);
  const buffer = new Uint8Array(5);
  await left.writeString("first\n" + "line\n".repeat(4000));
  assertEquals(await right.readLine(), "first");
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    timers++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  try {
    for (let count = 0; count < 1000; count++) {
      assertEquals(await right.readLine(limit), "line");
      assertEquals((await lines.next()).value, "line");
      assertEquals(await right.read(buffer, limit), 5);
      assertEquals(await right.readFull(buffer, limit), 5);
    }
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  // Some wait, so that the runtime polls.
  assert(timers < 400, `${timers} timers`);
});

testEachKind(
  "lines() takes no line that has arrived after its limit",
  async (left, right) => {
    await left.writeString("one\ntwo\nthree\n");
    const controller = new AbortController();
    const { signal } = controller;
    const lines = right.lines({ signal, timeout: 60_000 });
    assertEquals(await lines.next(), { done: false, value: "one" });
    controller.abort("Enough");
    assertEquals(await errorOf(lines.next()), "Enough");
    const late = right.lines({ deadline: Date.now() - 1 });
    await assertTimesOut(late.next());
    assertInstanceOf(
      await errorOf(right.lines({ timeout: -1 }).next()),
      RangeError,
    );
    assertEquals(await right.readLine(), "two");
  },
);
