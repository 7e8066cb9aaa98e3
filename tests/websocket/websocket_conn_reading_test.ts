import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { pipe } from "../../tcp/pipe.ts";
import { until } from "../tcp/support/_outcomes.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { KEY, openEnds, PLACES, requestHead } from "../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  encode,
  PING,
  PONG,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`a reader that does not read stops the peer ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const payload = new Uint8Array(60_000);
    const frame = encode({ opcode: BINARY, payload }, side === "server");
    let sent = 0;
    let isDone = false;
    const count = 500;
    const sending = (async () => {
      for (let index = 0; index < count; index++) {
        await peer.send(frame);
        sent++;
      }
      isDone = true;
    })();
    // Until nothing more goes out.
    for (let before = -1; before !== sent;) {
      before = sent;
      await delay(40);
    }

    assert(!isDone, "30 MB went out unread");
    assert(socket.messagesReceived <= 19, `${socket.messagesReceived} queued`);
    for (let index = 0; index < count; index++) {
      const message = await socket.read();
      assertEquals(message?.length, payload.length);
    }
    await sending;
    assertEquals(socket.messagesReceived, count);
  });

  Deno.test(`at most 1,024 small messages wait to be read ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const sending = peer.sendFrames(
      Array.from({ length: 5000 }, (_, index) => ({
        opcode: TEXT,
        payload: String(index),
      })),
    );
    await until(() => socket.messagesReceived >= 1024);
    await delay(40);

    assertEquals(socket.messagesReceived, 1024);
    for (let index = 0; index < 5000; index++) {
      assertEquals(await socket.read(), String(index));
    }
    await sending;
  });

  Deno.test(`reads that time out or are aborted lose no message ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const controller = new AbortController();
    const reason = new RangeError("Stopped by the test");
    const timedOut = assertRejects(
      () => socket.read({ timeout: 1 }),
      DOMException,
    );
    const aborted = assertRejects(
      () => socket.read({ signal: controller.signal }),
      RangeError,
    );
    const deadlined = assertRejects(
      () => socket.read({ deadline: Date.now() - 1 }),
      DOMException,
    );
    await timedOut;
    await deadlined;
    controller.abort(reason);
    assertEquals(await aborted, reason);

    const first = socket.read({ timeout: 60_000 });
    const second = socket.read();
    await peer.sendFrames([
      { opcode: TEXT, payload: "one" },
      { opcode: BINARY, payload: "two" },
      { opcode: TEXT, payload: "three" },
    ]);
    assertEquals(await first, "one");
    assertEquals(await second, toBytes("two"));
    assertEquals(await socket.read({ timeout: 60_000 }), "three");
    await assertRejects(() => socket.read({ timeout: 0 }), DOMException);
  });

  Deno.test(`setReadTimeout() and setReadDeadline() limit reads ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    socket.setReadTimeout(1);
    assertEquals(socket.readTimeout, 1);
    await assertRejects(() => socket.read(), DOMException);
    socket.setReadTimeout(Infinity);

    const pending = assertRejects(() => socket.read(), DOMException);
    socket.setReadDeadline(Date.now() + 1);
    await pending;
    await assertRejects(() => socket.read(), DOMException);
    socket.setReadDeadline(undefined);
    assertEquals(socket.readDeadline, undefined);
    await peer.sendFrame(TEXT, "still here");
    assertEquals(await socket.read(), "still here");
  });

  Deno.test(`messages that came before the link was lost can be read ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await peer.sendFrames([
      { opcode: TEXT, payload: "one" },
      { opcode: TEXT, payload: "two" },
    ]);
    peer.close();
    await socket.closed;

    assertEquals(await socket.read(), "one");
    assertEquals(await socket.read(), "two");
    await assertRejects(() => socket.read(), Deno.errors.UnexpectedEof);
  });
}

// A client over a pipe has no handshake.
for (const [side, transport] of PLACES) {
  if (side === "client" && transport === "pipe") continue;
  const where = `(${side}, ${transport})`;

  Deno.test(`frames in the segment of the handshake are not lost ${where}`, async () => {
    const frames = [
      { opcode: TEXT, payload: "early" },
      { opcode: PING, payload: "p" },
      { opcode: TEXT, payload: "x".repeat(300) },
    ].map((spec) => encode(spec, side === "server"));
    const behindHead = Uint8Array.from(frames.flatMap((it) => [...it]));
    using ends = await openEnds(side, transport, { behindHead });
    const { socket, peer } = ends;

    assertEquals(await socket.read(), "early");
    assertEquals(await socket.read(), "x".repeat(300));
    assertEquals((await peer.receive())?.opcode, PONG);
  });
}

Deno.test("all cuts of a conversation give the same messages", async () => {
  const conversation = [
    { opcode: TEXT, payload: "héllo" },
    { opcode: PING, payload: "ping" },
    { opcode: BINARY, payload: new Uint8Array(130).fill(7), fin: false },
    { opcode: PING },
    { opcode: 0, payload: "end" },
    { opcode: CLOSE, payload: closeBytes(1000, "bye") },
  ];
  const bytes = conversation.flatMap((spec) => [...encode(spec, true)]);
  for (let cut = 1; cut < bytes.length; cut++) {
    const [left, right] = pipe();
    using _right = right;
    await right.write(toBytes(requestHead()));
    const socket = await acceptWebSocket(left);
    await right.write(Uint8Array.from(bytes.slice(0, cut)));
    await new Promise((resolve) => queueMicrotask(() => resolve(0)));
    await right.write(Uint8Array.from(bytes.slice(cut)));

    assertEquals(await socket.read(), "héllo");
    assertEquals((await socket.read())?.length, 133);
    right.close();
    assertEquals(await socket.read(), null);
    assertEquals(await socket.closed, {
      code: 1000,
      reason: "bye",
      wasClean: true,
    });
  }
});

Deno.test("a connection tells of the handshake it came from", async () => {
  using ends = await openEnds("server", "tcp");

  assertEquals(ends.socket.url, "/path");
  assertEquals(ends.socket.protocol, "");
  assertEquals(ends.socket.extensions, "");
  assertEquals(ends.socket.headers.get("sec-websocket-key"), KEY);
});

Deno.test("read() gives null once the peer has closed, though its link lingers", async () => {
  using ends = await openEnds("client", "tcp", { closeTimeout: Infinity });
  const { socket, peer } = ends;
  await peer.sendFrame(TEXT, "last");
  await peer.sendFrame(CLOSE, closeBytes(1000));

  assertEquals(await socket.read(), "last");
  assertEquals(await socket.read(), null);
  assertEquals(await Array.fromAsync(socket.readable), []);
  peer.close();
  assertEquals((await socket.closed).wasClean, true);
});
