import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../websocket/protocol_error.ts";
import { openEnds, PLACES } from "../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  type RawPeer,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";

/** Answers a close frame and ends, as a good peer does. */
async function finish(peer: RawPeer): Promise<number | undefined> {
  for (;;) {
    const frame = await peer.receive();
    if (frame === undefined || frame.opcode === CLOSE) {
      await peer.sendFrame(CLOSE, frame?.payload);
      peer.close();
      return frame?.payload && new DataView(frame.payload.buffer).getUint16(0);
    }
  }
}

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`readable gives the messages, and ends with the connection ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await peer.sendFrames([
      { opcode: TEXT, payload: "text" },
      { opcode: BINARY, payload: "bytes" },
      { opcode: CLOSE, payload: closeBytes(1000) },
    ]);
    peer.close();

    assertEquals(await Array.fromAsync(socket.readable), [
      "text",
      toBytes("bytes"),
    ]);
    assert(!socket.readable.locked);
  });

  Deno.test(`iterating the connection reads its messages ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const finishing = finish(peer);
    await peer.sendFrame(TEXT, "one");
    await peer.sendFrame(TEXT, "two");
    const texts = [];
    for await (const message of socket) {
      texts.push(message);
      if (texts.length === 2) break;
    }

    assertEquals(texts, ["one", "two"]);
    assertEquals(await finishing, 1000);
    assertEquals((await socket.closed).wasClean, true);
  });

  Deno.test(`readable errors when the link is lost or the peer breaks the protocol ${where}`, async () => {
    {
      using ends = await openEnds(side, transport);
      const reading = assertRejects(
        () => Array.fromAsync(ends.socket.readable),
        Deno.errors.UnexpectedEof,
      );
      ends.peer.close();
      await reading;
    }
    using ends = await openEnds(side, transport);
    const reading = assertRejects(
      () => Array.fromAsync(ends.socket.readable),
      ProtocolError,
    );
    await ends.peer.sendFrame(7);
    await finish(ends.peer);
    await reading;
  });

  Deno.test(`pipeTo() its writable echoes, and closes with the peer ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const piping = socket.readable.pipeTo(socket.writable);
    for (const [opcode, payload] of [[TEXT, "a"], [BINARY, "b"]] as const) {
      await peer.sendFrame(opcode, payload);
      const frame = await peer.receive();
      assertEquals([frame?.opcode, frame?.payload], [opcode, toBytes(payload)]);
    }
    await peer.sendFrame(CLOSE, closeBytes(1001));
    assertEquals(await finish(peer), 1001);

    await piping;
    assertEquals((await socket.closed).code, 1001);
  });

  Deno.test(`cancel() of readable closes the connection ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await peer.sendFrame(TEXT, "never read");
    const cancelling = socket.readable.cancel();

    assertEquals(await finish(peer), 1000);
    await cancelling;
    assertEquals((await socket.closed).wasClean, true);
  });

  Deno.test(`close() of a writer sends all, then the closing handshake ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const writer = socket.writable.getWriter();
    writer.write("a");
    writer.write(toBytes("b"));
    const closing = writer.close();

    assertEquals((await peer.receive())?.opcode, TEXT);
    assertEquals((await peer.receive())?.opcode, BINARY);
    assertEquals(await finish(peer), 1000);
    await closing;
    assertEquals((await socket.closed).wasClean, true);
  });

  Deno.test(`abort() of a writer cuts ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await socket.writable.abort(new RangeError("Stopped by the test"));

    assertEquals((await socket.closed).code, 1006);
    assertEquals(await peer.receive(), undefined);
  });

  Deno.test(`a writer feels a peer that does not read ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const writer = socket.writable.getWriter();
    const message = new Uint8Array(5_000_000);
    const writing = writer.write(message);
    const pending = await Promise.race([
      writing.then(() => false),
      new Promise((resolve) => setTimeout(() => resolve(true), 30)),
    ]);

    assertEquals(pending, true);
    assertEquals((await peer.receive())?.payload.length, message.length);
    await writing;
  });

  Deno.test(`a write that the end of the link overtakes rejects ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 1000 });
    const { socket, peer } = ends;
    const writer = socket.writable.getWriter();
    const message = new Uint8Array(20_000_000);
    const outcomes = Promise.allSettled([
      writer.write(message),
      writer.write("behind it"),
      writer.closed,
    ]);
    peer.close();

    assertEquals((await socket.closed).wasClean, false);
    assertEquals((await outcomes).map(({ status }) => status), [
      "rejected",
      "rejected",
      "rejected",
    ]);
  });

  Deno.test(`close() of a writer rejects when the closing handshake is not answered ${where}`, async () => {
    using ends = await openEnds(side, transport, { closeTimeout: 10 });
    const { socket } = ends;
    const writer = socket.writable.getWriter();
    writer.closed.catch(() => {});

    await assertRejects(() => writer.close(), Error);
    assertEquals((await socket.closed).code, 1006);
  });

  Deno.test(`a message for a read that releaseLock() has left is for the next reader ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const reader = socket.readable.getReader();
    const left = assertRejects(() => reader.read(), TypeError);
    await assertRejects(() => socket.read(), TypeError);
    reader.releaseLock();
    await left;
    const direct = socket.read();
    await peer.sendFrame(TEXT, "one");
    assertEquals(await direct, "one");

    const second = socket.readable.getReader();
    const abandoned = assertRejects(() => second.read(), TypeError);
    second.releaseLock();
    await abandoned;
    const third = socket.readable.getReader();
    const reading = third.read();
    await peer.sendFrame(TEXT, "two");
    assertEquals((await reading).value, "two");
    third.releaseLock();
    await peer.sendFrame(TEXT, "three");
    assertEquals(await socket.read({ timeout: 60_000 }), "three");
  });
}

Deno.test("a writable takes no chunk but text and bytes", async () => {
  using ends = await openEnds("server", "pipe");
  const writer = ends.socket.writable.getWriter();
  writer.closed.catch(() => {});

  await assertRejects(
    () => writer.write(1 as unknown as string),
    TypeError,
  );
});
