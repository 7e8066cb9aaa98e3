import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  decode,
  drain,
  drainAborted,
  encode,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimesOut,
  errorOf,
  isPending,
  until,
} from "../support/_outcomes.ts";
import {
  type Conn,
  type KindName,
  kinds,
  testEachKind,
} from "../support/kinds.ts";

/** Two pairs: bytes go from `first` through `source` and `destination` to `last`. */
function testChain(
  name: string,
  run: (
    first: Conn,
    source: Conn,
    destination: Conn,
    last: Conn,
    kind: KindName,
  ) => Promise<void>,
): void {
  testEachKind(name, async (first, source, kind) => {
    const [destination, last] = await connect(kind);
    using _destination = destination;
    using _last = last;
    await run(first, source, destination, last, kind);
  });
}

async function connect(name: KindName): Promise<[Conn, Conn]> {
  const kind = kinds.find((each) => each.name === name);
  assert(kind !== undefined);
  return await kind.connect();
}

testChain(
  "a pipe between connections copies everything, then ends",
  async (first, source, destination, last) => {
    const piping = source.readable.pipeTo(destination.writable);
    assert(source.readable.locked && destination.writable.locked);
    const writing = first.write(pattern(BLOCKING)).then(() =>
      first.closeWrite()
    );
    assertSameBytes(await drain(last), pattern(BLOCKING));
    await Promise.all([piping, writing]);
    assert(!source.readable.locked && !destination.writable.locked);
    assertEquals([source.state, destination.state], ["writeOnly", "readOnly"]);
    await last.writeString("back");
    assertEquals(await readText(destination, 4), "back");
  },
);

testEachKind(
  "a connection piped into itself is an echo",
  async (left, right) => {
    const echo = right.readable.pipeTo(right.writable);
    for (const text of ["one", "two", "three"]) {
      await left.writeString(text);
      assertEquals(await readText(left, text.length), text);
    }
    await left.closeWrite();
    await echo;
    await right.closed;
    assertEquals(await left.read(new Uint8Array(1)), null);
  },
);

testChain(
  "a pipe stops its source when its destination does not drain",
  async (first, source, destination, last) => {
    const piping = source.readable.pipeTo(destination.writable);
    const writing = errorOf(first.write(pattern(3 * BLOCKING)));
    await until(() => destination.bufferedBytes > 0);
    assert(await isPending(piping));
    const held = source.bytesRead - destination.bytesWritten;
    assert(held <= 1024 * 1024, `${held} bytes are held`);
    last.close();
    destination.close();
    assertClosed(await errorOf(piping));
    source.close();
    first.close();
    await writing;
  },
);

testChain(
  "preventClose leaves the destination open",
  async (first, source, destination, last) => {
    const piping = source.readable.pipeTo(destination.writable, {
      preventClose: true,
    });
    await first.writeString("one");
    await first.closeWrite();
    await piping;
    assertEquals(destination.state, "open");
    await destination.writeString("two");
    assertEquals(await readText(last, 6), "onetwo");
  },
);

testChain(
  "a source that fails ends the destination",
  async (first, source, destination, last, kind) => {
    const piping = errorOf(source.readable.pipeTo(destination.writable));
    await first.writeString("some");
    assertEquals(await readText(last, 4), "some");
    source.close();
    assertClosed(await piping);
    assertEquals((await drainAborted(last, kind)).length, 0);
    assertEquals(destination.state, "readOnly");
  },
);

testChain(
  "preventAbort leaves the destination of a failed source open",
  async (first, source, destination, last) => {
    const piping = errorOf(
      source.readable.pipeTo(destination.writable, { preventAbort: true }),
    );
    await first.writeString("some");
    assertEquals(await readText(last, 4), "some");
    source.close();
    assertClosed(await piping);
    await destination.writeString("more");
    assertEquals(await readText(last, 4), "more");
  },
);

testChain(
  "a destination that fails cancels the source",
  async (_first, source, destination) => {
    const piping = errorOf(source.readable.pipeTo(destination.writable));
    assert(await isPending(piping));
    destination.close();
    assertClosed(await piping);
    assertEquals(source.readable.locked, false);
    assertEquals(source.state, "writeOnly");
    assertClosed(await errorOf(source.read(new Uint8Array(1))));
  },
);

testChain(
  "preventCancel leaves the source of a failed destination readable",
  async (first, source, destination) => {
    const piping = errorOf(
      source.readable.pipeTo(destination.writable, { preventCancel: true }),
    );
    assert(await isPending(piping));
    destination.close();
    assertClosed(await piping);
    await first.writeString("kept");
    assertEquals(await readText(source, 4), "kept");
  },
);

testChain(
  "a destination that has ended fails the pipe at once",
  async (first, source, destination) => {
    await destination.writable.close();
    const piping = source.readable.pipeTo(destination.writable, {
      preventCancel: true,
    });
    const outcome = piping.then(() => "done", () => "failed");
    assertEquals(await isPending(outcome), false);
    await first.writeString("kept");
    assertEquals(await readText(source, 4), "kept");
  },
);

testChain(
  "a signal ends a pipe and both its ends",
  async (first, source, destination, last, kind) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new RangeError("Stop");
    const piping = errorOf(
      source.readable.pipeTo(destination.writable, { signal }),
    );
    await first.writeString("some");
    assertEquals(await readText(last, 4), "some");
    controller.abort(reason);
    assert(await piping === reason);
    assertEquals((await drainAborted(last, kind)).length, 0);
    assertEquals([source.state, destination.state], ["writeOnly", "readOnly"]);
  },
);

testChain(
  "a signal ends a pipe and leaves both ends usable, if told so",
  async (first, source, destination, last) => {
    const controller = new AbortController();
    const piping = errorOf(source.readable.pipeTo(destination.writable, {
      signal: controller.signal,
      preventAbort: true,
      preventCancel: true,
    }));
    await first.writeString("some");
    assertEquals(await readText(last, 4), "some");
    controller.abort("enough");
    assertEquals(await piping, "enough");
    await first.writeString("kept");
    assertEquals(await readText(source, 4), "kept");
    await destination.writeString("more");
    assertEquals(await readText(last, 4), "more");
  },
);

testChain(
  "a pipe may follow another without loss",
  async (first, source, destination, last) => {
    let text = "";
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const piping = errorOf(source.readable.pipeTo(destination.writable, {
        signal: controller.signal,
        preventAbort: true,
        preventCancel: true,
      }));
      assert(await isPending(piping));
      await first.writeString(`${round}`);
      text += await readText(last, 1);
      controller.abort("next");
      await piping;
    }
    const piping = source.readable.pipeTo(destination.writable);
    await first.writeString("end");
    await first.closeWrite();
    text += decode(await drain(last));
    await piping;
    assertEquals(text, "01234end");
  },
);

testChain(
  "a read limit of the source fails the pipe and ends the destination",
  async (_first, source, destination, last, kind) => {
    source.setReadTimeout(1);
    await assertTimesOut(source.readable.pipeTo(destination.writable));
    assertEquals((await drainAborted(last, kind)).length, 0);
    await until(() => destination.state === "readOnly");
  },
);

testChain(
  "a locked end makes pipeTo() reject and stays as it is",
  async (first, source, destination, last) => {
    const reader = source.readable.getReader();
    const failure = await errorOf(source.readable.pipeTo(destination.writable));
    assertInstanceOf(failure, TypeError);
    assertEquals(destination.writable.locked, false);
    reader.releaseLock();
    const writer = destination.writable.getWriter();
    const second = await errorOf(source.readable.pipeTo(destination.writable));
    assertInstanceOf(second, TypeError);
    assertEquals(source.readable.locked, false);
    await writer.write(encode("here"));
    assertEquals(await readText(last, 4), "here");
    await first.writeString("kept");
    assertEquals(await readText(source, 4), "kept");
  },
);

testEachKind("a slow foreign sink stops the peer", async (left, right) => {
  const gate = Promise.withResolvers<void>();
  let received = 0;
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      await gate.promise;
      received += chunk.length;
    },
  });
  const piping = right.readable.pipeTo(sink);
  const writing = left.write(pattern(BLOCKING)).then(() => left.closeWrite());
  await until(() => right.bytesRead > 0);
  assert(await isPending(writing));
  assert(right.bytesRead <= 1024 * 1024);
  gate.resolve();
  await Promise.all([piping, writing]);
  assertEquals(received, BLOCKING);
});

testEachKind(
  "a foreign sink that fails cancels reading",
  async (left, right) => {
    const reason = new RangeError("Full");
    const sink = new WritableStream<Uint8Array>({
      write: () => Promise.reject(reason),
    });
    const piping = errorOf(right.readable.pipeTo(sink));
    await left.writeString("some");
    assert(await piping === reason);
    assertEquals(right.state, "writeOnly");
    await right.write(encode("still here"));
    assertEquals(decode(await readBytes(left, 10)), "still here");
  },
);
