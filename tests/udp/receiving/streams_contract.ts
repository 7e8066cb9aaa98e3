import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { ClosedError, type Datagram, dialUdp, listenUdp } from "@vnet/net/udp";
import { assertTimeout } from "../support/_asserts.ts";
import {
  type Backend,
  bytes,
  makePair,
  text,
  until,
} from "../support/_support.ts";

/** Registers what has to hold for streams and loops on either back end. */
export function testStreams(backend: Backend): void {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test(`${name} (${backend})`, fn);

  test("readable piped to writable answers every peer until close()", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    const serving = server.readable.pipeTo(server.writable);
    using one = await dialUdp(server.addr, { backend });
    using two = await dialUdp(server.addr, { backend });
    await one.writeString("one");
    await two.writeString("two");
    assertEquals(text((await one.receive()).data), "one");
    assertEquals(text((await two.receive()).data), "two");

    server.close();
    await serving;
  });

  test("readable gives datagrams in order, and none to itself", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const reader = server.readable.getReader();
    const first = reader.read();
    for (const word of "1234") await client.writeString(word);
    await first;
    await until(() => server.stats.queued === 3);

    assertEquals(text((await server.receive()).data), "2");
    const { value } = await reader.read();
    assertEquals(text((value as Datagram).data), "3");
    assertEquals(text((await server.receive()).data), "4");
  });

  test("cancelling readable leaves its datagram to the next call", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const reader = server.readable.getReader();
    const reading = reader.read();
    await reader.cancel();
    assertEquals(await reading, { done: true, value: undefined });
    await client.writeString("hello");

    assertEquals(text((await server.receive()).data), "hello");
  });

  test("releasing a reader leaves its datagram to the next call", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const first = server.readable.getReader();
    const reading = first.read();
    first.releaseLock();
    await assertRejects(() => reading, TypeError);
    const receiving = server.receive();
    await client.writeString("call");
    assertEquals(text((await receiving).data), "call");

    const second = server.readable.getReader();
    const dropped = second.read();
    second.releaseLock();
    await assertRejects(() => dropped, TypeError);
    const third = server.readable.getReader();
    const last = third.read();
    second.releaseLock();
    await client.writeString("reader");
    const { value } = await last;
    assertEquals(text((value as Datagram).data), "reader");
    third.releaseLock();
    await assertRejects(() => third.closed, TypeError);
  });

  test("readable and writable are locked by one reader or writer at a time", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    const { readable, writable } = server;
    const reader = readable.getReader();
    const writer = writable.getWriter();
    assertEquals([readable.locked, writable.locked], [true, true]);
    assertThrows(() => readable.getReader(), TypeError);
    assertThrows(() => readable.tee(), TypeError);
    assertThrows(() => writable.getWriter(), TypeError);
    await assertRejects(() => readable.cancel(), TypeError);
    await assertRejects(() => writable.abort(), TypeError);
    await assertRejects(() => readable.pipeTo(writable), TypeError);
    reader.releaseLock();
    writer.releaseLock();
    assertThrows(() => readable.getReader({ mode: "byob" }), TypeError);
    // @ts-expect-error: not a mode
    assertThrows(() => readable.getReader({ mode: "x" }), TypeError);
    assertEquals([readable.locked, writable.locked], [false, false]);
  });

  test("a failed write ends writable, and abort() rejects later ones", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const failing = client.writable.getWriter();
    const error = await assertRejects(
      () => failing.write(5 as never),
      TypeError,
    );
    const closed = await assertRejects(() => failing.closed, TypeError);
    assertStrictEquals(closed, error);
    assertEquals(failing.desiredSize, null);

    const writer = server.writable.getWriter();
    await writer.abort(new RangeError("Stopped by the test"));
    await assertRejects(() => writer.closed, RangeError, "Stopped");
    await client.writeString("still open");
    assertEquals(text((await server.receive()).data), "still open");
  });

  test("close() ends readable, its pending read and its closed promise", async () => {
    const server = await listenUdp("127.0.0.1:0", { backend });
    const reader = server.readable.getReader();
    const reading = reader.read();
    server.close();

    assertEquals(await reading, { done: true, value: undefined });
    await reader.closed;
  });

  test("a limit makes readable fail, while the connection goes on", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    server.setReadTimeout(1);
    await assertTimeout(server.readable.getReader().read());
    server.setReadTimeout(Infinity);
    await client.writeString("hello");

    assertEquals(text((await server.receive()).data), "hello");
  });

  test("writable takes bytes when dialled, and datagrams", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const writer = client.writable.getWriter();
    await writer.write(bytes("bytes"));
    await writer.write({ data: bytes("datagram"), addr: server.addr });
    await writer.close();

    assertEquals(text((await server.receive()).data), "bytes");
    assertEquals(text((await server.receive()).data), "datagram");
    await client.writeString("still open");
    assertEquals(text((await server.receive()).data), "still open");
  });

  test("writable fails for bytes without a peer, and for nonsense", async () => {
    for (const chunk of [bytes("bytes"), 5, undefined]) {
      using server = await listenUdp("127.0.0.1:0", { backend });
      const writer = server.writable.getWriter();
      writer.closed.catch(() => {});
      await assertRejects(() => writer.write(chunk as never), TypeError);
    }
  });

  test("writable fails with a ClosedError after close()", async () => {
    using pair = await makePair(backend);
    const { client } = pair;
    const writer = client.writable.getWriter();
    writer.closed.catch(() => {});
    client.close();

    await assertRejects(() => writer.write(bytes("late")), ClosedError);
  });

  test("the connection closes when both streams are done", async () => {
    const conn = await dialUdp("127.0.0.1:9", { backend });
    await conn.readable.cancel();
    await conn.writeString("still open");
    await conn.writable.abort();

    await assertRejects(() => conn.writeString("late"), ClosedError);
  });

  test("for await ends at close(), and break leaves it open", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    for (const word of "123") await client.writeString(word);
    const words: string[] = [];
    for await (const { data } of server) {
      words.push(text(data));
      break;
    }
    for await (const { data } of server) {
      words.push(text(data));
      if (words.length === 3) server.close();
    }

    assertEquals(words, ["1", "2", "3"]);
    for await (const _ of server) assert(false);
  });

  test("for await rejects at a limit, and can begin anew", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    server.setReadDeadline(Date.now());
    const iterator = server[Symbol.asyncIterator]();
    await assertTimeout(iterator.next());
    server.setReadDeadline(undefined);
    await client.writeString("hello");

    const { value } = await iterator.next();
    assertEquals(text(value.data), "hello");
    await iterator.return?.();
    assertEquals(await iterator.next(), { done: true, value: undefined });
  });
}
