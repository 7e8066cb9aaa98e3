import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Ends, openEnds, PLACES } from "../conformance/_ends.ts";
import { BINARY, TEXT } from "../conformance/_raw_peer.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { nextTurn } from "../tcp/support/_outcomes.ts";
import { turn } from "../internal/_turn.ts";
import { concat, masked } from "./support/_frames.ts";

const CHUNK = new Uint8Array(100_000);

/** Writes until the peer's window is full: from there on, bytes wait. */
async function fillWindow({ socket }: Ends): Promise<number> {
  for (let count = 1;; count++) {
    let isSent = false;
    socket.write(CHUNK).then(() => isSent = true, () => isSent = true);
    // Turns and not a time, as nothing is sent while the process stands still.
    for (let turn = 0; turn < 30 && !isSent; turn++) await nextTurn();
    if (!isSent) return count;
  }
}

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`bufferedBytes counts what a peer that does not read keeps waiting ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    assertEquals(socket.bufferedBytes, 0);
    const count = await fillWindow(ends);
    const before = socket.bufferedBytes;
    assert(before > 0 && before <= CHUNK.length + 14);

    const last = socket.write(CHUNK);
    assertEquals(
      socket.bufferedBytes,
      before + CHUNK.length + (side === "server" ? 10 : 14),
    );
    for (let index = 0; index <= count; index++) {
      assertEquals((await peer.receive())?.payload.length, CHUNK.length);
    }
    await last;
    assertEquals(socket.bufferedBytes, 0);
    assertEquals(socket.messagesSent, count + 1);
  });

  Deno.test(`a maxBufferedBytes of 0 sends one message after the other ${where}`, async () => {
    for (const sendPolicy of ["wait", "close", "drop"] as const) {
      using ends = await openEnds(side, transport, {
        maxBufferedBytes: 0,
        sendPolicy,
      });
      const { socket, peer } = ends;
      for (const text of ["a", "b"]) {
        await socket.write(text);
        const frame = await peer.receive();
        assertEquals(new TextDecoder().decode(frame?.payload), text);
      }
      assertEquals(socket.messagesDropped, 0);
    }
  });

  Deno.test(`"wait" holds messages back beyond maxBufferedBytes, in order ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      maxBufferedBytes: 1,
    });
    const { socket, peer } = ends;
    const count = await fillWindow(ends);
    const late = ["a", "b", "c"].map((text) => socket.write(text));
    await socket.write("now or never", { timeout: 5 }).then(
      () => assert(false, "Sent"),
      (error) => assertEquals(error.name, "TimeoutError"),
    );
    const reason = new Error("Stopped by the test");
    const controller = new AbortController();
    const aborted = socket.write("aborted", { signal: controller.signal });
    controller.abort(reason);
    await aborted.then(
      () => assert(false, "Sent"),
      (error) => assertEquals(error, reason),
    );

    for (let index = 0; index < count; index++) {
      assertEquals((await peer.receive())?.opcode, BINARY);
    }
    await Promise.all([...late, socket.write("d")]);
    const texts: string[] = [];
    for (let index = 0; index < 4; index++) {
      texts.push(new TextDecoder().decode((await peer.receive())?.payload));
    }
    assertEquals(texts, ["a", "b", "c", "d"]);
  });

  Deno.test(`a write to a peer that does not read ends at its limit ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 2 ** 30 });
    const { socket, peer } = ends;
    const count = await fillWindow(ends);
    const watchdog = setTimeout(() => socket.terminate(), 60_000);
    const error = await assertRejects(
      () => socket.write(CHUNK, { timeout: 5 }),
      DOMException,
    );
    clearTimeout(watchdog);
    assertEquals(error.name, "TimeoutError");

    // What has begun to go out does so to its end, and the socket goes on.
    for (let index = 0; index < count; index++) await peer.receive();
    const after = socket.write("after");
    let text = "";
    while (text !== "after") {
      text = new TextDecoder().decode((await peer.receive())?.payload);
    }
    await after;
  });

  Deno.test(`the buffer of a message may be reused once write() has returned ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const buffer = new Uint8Array(5).fill(1);
    const first = socket.write(buffer);
    buffer.fill(2);
    await Promise.all([first, socket.write(buffer)]);

    assertEquals((await peer.receive())?.payload, new Uint8Array(5).fill(1));
    assertEquals((await peer.receive())?.payload, new Uint8Array(5).fill(2));
  });
}

Deno.test("write() with a limit is served at once while there is room", async () => {
  using ends = await openEnds("server", "tcp");
  const { socket, peer } = ends;

  await socket.write("one", { timeout: 5000 });
  await socket.write("two", { deadline: Date.now() + 5000 });
  await assertRejects(
    () => socket.write("three", { deadline: Date.now() - 1 }),
    DOMException,
  );
  await assertRejects(
    () => socket.write("four", { signal: AbortSignal.abort(new RangeError()) }),
    RangeError,
  );
  await socket.write("five");
  const payloads = [];
  for (let index = 0; index < 3; index++) {
    payloads.push(new TextDecoder().decode((await peer.receive())?.payload));
  }
  assertEquals(payloads, ["one", "two", "five"]);
});

Deno.test("write() rejects what is neither text nor bytes", async () => {
  using ends = await openEnds("client", "pipe");

  for (const data of [null, undefined, 1, new ArrayBuffer(1), {}]) {
    await assertRejects(
      () => ends.socket.write(data as unknown as string),
      TypeError,
    );
  }
  await ends.socket.write("good");
  assertEquals((await ends.peer.receive())?.opcode, TEXT);
});

Deno.test("messages of one turn go out with one write", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  await Promise.all(["a", "b", "c"].map((text) => socket.write(text)));

  const buffer = new Uint8Array(100);
  assertEquals(await peer.link.read(buffer), 9);
});

for (const wait of [undefined, { timeout: 60_000 }]) {
  const how = wait ? "a limit" : "none";
  Deno.test(`write() with ${how} settles once its message is queued with fewer than 64 KiB`, async () => {
    using ends = await openEnds("server", "pipe", {
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    const count = await fillWindow(ends);
    // The peer reads nothing: what is written now only joins the queue.
    for (let index = 0; index < 100; index++) {
      await socket.write("queued", wait);
    }
    let isSettled = false;
    const large = socket.write(CHUNK, wait).then(() => isSettled = true);
    await turn();
    assertEquals(isSettled, false);
    for (let index = 0; index < count; index++) await peer.receive();
    for (let index = 0; index < 100; index++) {
      assertEquals((await peer.receive())?.payload.length, 6);
    }
    assertEquals((await peer.receive())?.payload.length, CHUNK.length);
    await large;
  });
}

Deno.test("a failure behind a write() that has settled shows in closed and the next call", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  await socket.write("lost");
  peer.close();
  assertEquals((await socket.closed).wasClean, false);
  await assertRejects(() => socket.write("too late"), ClosedError);
});

Deno.test("a loop of read() and an awaited write() answers what came together with one write", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  const count = 10;
  await peer.link.write(concat(
    ...Array.from({ length: count }, () => masked(TEXT, "hello")),
  ));
  const echo = (async () => {
    for (let left = count; left > 0; left--) {
      await socket.write(await socket.read() ?? "");
    }
  })();
  const buffer = new Uint8Array(1000);
  assertEquals(await peer.link.read(buffer), count * 7);
  await echo;
});

Deno.test("the answers of a loop to messages that came together go out with one write", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  const buffer = new Uint8Array(1000);
  const answers: (number | null)[] = [];
  const echo = socket.readable.pipeTo(socket.writable).catch(() => {});
  // Now and then the runtime polls in the middle.
  for (let round = 0; round < 20 && answers.at(-1) !== 90; round++) {
    await peer.sendFrames(
      Array.from({ length: 30 }, () => ({ opcode: TEXT, payload: "a" })),
    );
    for (let length = 0; length < 90;) {
      const answer = await peer.link.read(buffer);
      answers.push(answer);
      length += answer ?? 90;
    }
  }
  assertEquals(answers.at(-1), 90);
  peer.close();
  await echo;
});

Deno.test("a loop that waits for each answer to be out gets on through messages that came together", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  const echo = (async () => {
    for await (const message of socket) await socket.write(message);
  })();
  await peer.sendFrames(
    Array.from({ length: 300 }, (_, i) => ({ opcode: TEXT, payload: `${i}` })),
  );
  for (let i = 0; i < 300; i++) {
    const frame = await peer.receive();
    assertEquals(new TextDecoder().decode(frame?.payload), `${i}`);
  }
  peer.close();
  await echo.catch(() => {});
});

Deno.test("a client masks each frame with another key", async () => {
  using ends = await openEnds("client", "pipe");
  const { socket, peer } = ends;
  for (let index = 0; index < 1000; index++) socket.write("");
  const bytes = new Uint8Array(6000);
  for (let at = 0; at < bytes.length;) {
    at += await peer.link.read(bytes.subarray(at)) ?? bytes.length;
  }

  const keys = new Set<string>();
  for (let at = 0; at < bytes.length; at += 6) {
    keys.add(bytes.subarray(at + 2, at + 6).toHex());
  }
  assertEquals(keys.size, 1000);
});
