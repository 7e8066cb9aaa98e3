import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ClosedError,
  dialUdp,
  listenUdp,
  ReplyRefusedError,
  type UdpConn,
  type UdpSession,
} from "@vnet/net/udp";
import { beBusy } from "../internal/_be_busy.ts";
import { assertTimeout } from "./support/_asserts.ts";
import {
  type Backend,
  bytes,
  makePair,
  text,
  turn,
  until,
} from "./support/_support.ts";

/** Registers what has to hold for sessions on either back end. */
export function testSessions(backend: Backend): void {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test(`${name} (${backend})`, fn);

  async function echo(session: UdpSession): Promise<void> {
    await session.readable.pipeTo(session.writable);
  }

  test("each peer gets a session of its own over the one socket", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    const serving = (async () => {
      const echoes = [];
      for await (const session of server.sessions()) echoes.push(echo(session));
      await Promise.all(echoes);
      return echoes.length;
    })();
    const clients = [];
    for (let index = 0; index < 3; index++) {
      clients.push(await dialUdp(server.addr, { backend }));
    }
    for (const round of ["a", "b"]) {
      for (const [index, client] of clients.entries()) {
        await client.writeString(`${round}${index}`);
        assertEquals(text((await client.receive()).data), `${round}${index}`);
      }
    }
    for (const client of clients) client.close();
    server.close();

    assertEquals(await serving, 3);
  });

  test("a session reads and writes like a connection", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions();
    for (const word of ["one", "second", "three"]) {
      await client.writeString(word);
    }
    const session = await sessions.accept();
    const buffer = new Uint8Array(4);

    assertEquals(text((await session.receive())?.data ?? buffer), "one");
    assertEquals(await session.read(buffer), 4);
    assertEquals(text(buffer), "seco");
    assertEquals(server.stats.truncated, 1);
    for await (const { data, addr } of session) {
      assertEquals(text(data), "three");
      assertEquals(addr, client.addr);
      break;
    }
    assertEquals(session.peerAddr, client.addr);
    assertEquals(session.addr, server.addr);
    assertEquals(await session.write(bytes("four")), 4);
    assertEquals(await session.writeString("five"), 4);
    assertEquals(text((await client.receive()).data), "four");
    assertEquals(text((await client.receive()).data), "five");
    assertEquals(server.stats.sent, 2);
    await assertRejects(() => session.write("text" as never), TypeError);
    await assertRejects(() => session.writeString(5 as never), TypeError);
    await assertRejects(() => session.read("text" as never), TypeError);
    await assertRejects(
      () => session.write(new Uint8Array(65_508)),
      RangeError,
    );
  });

  test("a session has limits of its own, and loses nothing by them", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions();
    await client.writeString("hello");
    const session = await sessions.accept();
    await session.receive();
    await assertTimeout(session.receive({ timeout: 1 }));
    session.setReadTimeout(1);
    await assertTimeout(session.read(new Uint8Array(1)));
    session.setReadTimeout(Infinity);
    const pending = session.receive();
    session.setDeadline(Date.now());
    await assertTimeout(pending);
    await assertTimeout(session.writeString("late"));
    await assertTimeout(session[Symbol.asyncIterator]().next());
    await assertTimeout(session.readable.getReader().read());
    const writer = session.writable.getWriter();
    writer.closed.catch(() => {});
    await assertTimeout(writer.write(bytes("late")));
    session.setDeadline(undefined);

    await client.writeString("next");
    assertEquals(text((await session.receive())?.data ?? bytes("")), "next");
  });

  test("an idle session gives what is queued, and then null", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions({ idleTimeout: 5 });
    await client.writeString("hello");
    const session = await sessions.accept();
    await until(() => sessions.size === 0);

    const buffer = new Uint8Array(10);
    assertEquals(await session.read(buffer), 5);
    assertEquals(await session.read(buffer), null);
    assertEquals(await session.receive(), null);
    assertEquals(await Array.fromAsync(session), []);
    assertEquals(await Array.fromAsync(session.readable), []);
    await assertRejects(() => session.writeString("late"), ClosedError);
    await client.writeString("again");
    const second = await sessions.accept();
    assert(second !== session);
    assertEquals(await second.read(buffer), 5);
  });

  test("a session goes on whose datagram waits in the socket while the process is busy", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    using sessions = server.sessions({ idleTimeout: 200 });
    const pairs: [client: UdpConn, session: UdpSession][] = [];
    for (let count = 0; count < 3; count++) {
      // Its datagrams are with the system at once.
      const client = await dialUdp(server.addr, { backend: "native" });
      await client.writeString("first");
      const session = await sessions.accept();
      assertEquals(text((await session.receive())?.data ?? bytes("")), "first");
      pairs.push([client, session]);
    }
    for (let round = 0; round < 2; round++) {
      const writes = pairs.map(([client]) => client.writeString("more"));
      beBusy(400);
      for (const [, session] of pairs) {
        assertEquals(
          text((await session.receive())?.data ?? bytes("")),
          "more",
        );
      }
      await Promise.all(writes);
    }
    assertEquals(sessions.size, 3);
    for (const [client] of pairs) client.close();
  });

  test("an idle session ends the call that waits", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions({ idleTimeout: 5 });
    await client.writeString("hello");
    const session = await sessions.accept();
    await session.receive();

    assertEquals(await session.receive(), null);
  });

  test("a session in use outlives an idle one", async () => {
    using pair = await makePair(backend);
    const { server, client: idle } = pair;
    using busy = await dialUdp(server.addr, { backend });
    using sessions = server.sessions({ idleTimeout: 200 });
    await idle.writeString("idle");
    const first = await sessions.accept();
    await busy.writeString("busy");
    using second = await sessions.accept();
    while (sessions.size === 2) {
      await second.receive();
      await busy.writeString("busy");
      await turn();
    }

    assertEquals(await Array.fromAsync(first.readable), [bytes("idle")]);
    await second.receive();
    assertEquals(await second.receive(), null);
    assertEquals(sessions.size, 0);
  });

  test("peers beyond maxSessions are dropped and counted", async () => {
    using pair = await makePair(backend);
    const { server, client: one } = pair;
    using two = await dialUdp(server.addr, { backend });
    using sessions = server.sessions({ maxSessions: 1 });
    await one.writeString("one");
    const session = await sessions.accept();
    await two.writeString("two");
    await until(() => server.stats.dropped === 1);
    assertEquals(sessions.size, 1);

    session.close();
    await two.writeString("two");
    assertEquals((await sessions.accept()).remoteAddr, two.addr);
  });

  test("what waits in all sessions together is bounded, and a session that ends gives its part back", async () => {
    using pair = await makePair(backend);
    const { server, client: one } = pair;
    using two = await dialUdp(server.addr, { backend });
    // Two datagrams of 10 bytes, which count as 138 each.
    using sessions = server.sessions({ maxQueuedBytes: 300 });
    const data = new Uint8Array(10);
    await one.write(data);
    const first = await sessions.accept();
    await one.write(data);
    await until(() => sessions.queuedBytes === 20);
    // The other has nothing of its own that could go.
    await two.write(data);
    const second = await sessions.accept();
    await until(() => server.stats.dropped === 1);
    assertEquals([first.queued, second.queued], [2, 0]);
    // This one has: its oldest goes for the new one.
    await one.write(data);
    await until(() => server.stats.dropped === 2);
    assertEquals(first.queued, 2);

    first.close();
    await two.write(data);
    assertEquals((await second.receive())?.data, data);
  });

  test("closing a session ends it alone; its peer opens a new one", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions();
    await client.writeString("hello");
    const session = await sessions.accept();
    await session.receive();
    const pending = session.receive();
    const reader = session.readable.getReader();
    session.close();
    session.close();

    await assertRejects(() => pending, ClosedError, "the session is closed");
    await assertRejects(() => session.read(new Uint8Array(1)), ClosedError);
    await assertRejects(() => session.writeString("late"), ClosedError);
    assertEquals(await reader.read(), { done: true, value: undefined });
    assertEquals(await Array.fromAsync(session), []);
    await client.writeString("again");
    const second = await sessions.accept();
    assertEquals(text((await second.receive())?.data ?? bytes("")), "again");
  });

  test("close() of the connection ends all sessions and the loop", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("hello");
    const sessions = server.sessions();
    const session = await sessions.accept();
    await session.receive();
    const pending = session.receive();
    const accepting = sessions.accept();
    server.close();

    await assertRejects(() => pending, ClosedError);
    await assertRejects(() => accepting, ClosedError);
    await assertRejects(() => sessions.accept(), ClosedError);
    assertEquals(await Array.fromAsync(sessions), []);
  });

  test("leaving the loop stops accepting, and sessions go on", async () => {
    using pair = await makePair(backend);
    const { server, client: one } = pair;
    using two = await dialUdp(server.addr, { backend });
    await one.writeString("one");
    const sessions = server.sessions();
    let kept: UdpSession | undefined;
    for await (const session of sessions) {
      kept = session;
      break;
    }
    await two.writeString("two");
    await until(() => server.stats.dropped === 1);
    await sessions[Symbol.asyncIterator]().return?.();
    await one.writeString("more");
    await kept?.receive();
    assertEquals(text((await kept?.receive())?.data ?? bytes("")), "more");
    await assertRejects(() => sessions.accept(), ClosedError);

    // With the last of them the connection receives by itself again.
    kept?.close();
    await two.writeString("hello");
    assertEquals(text((await server.receive()).data), "hello");
  });

  test("leaving the loop ends the sessions that nobody has accepted", async () => {
    using pair = await makePair(backend);
    const { server, client: one } = pair;
    using two = await dialUdp(server.addr, { backend });
    const sessions = server.sessions();
    await one.writeString("one");
    await two.writeString("two");
    await until(() => sessions.size === 2);
    for await (const session of sessions) {
      assertEquals(session.remoteAddr, one.addr);
      break;
    }

    assertEquals(sessions.size, 1);
    await assertRejects(() => sessions.accept(), ClosedError);
    sessions.close();
    await two.writeString("hello");
    assertEquals(text((await server.receive()).data), "hello");
  });

  test("sessions get what was queued, and have it all to themselves", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const first = server.receive();
    assertThrows(() => server.sessions(), Deno.errors.Busy);
    for (const word of "123") await client.writeString(word);
    await first;
    await until(() => server.stats.queued === 2);
    using sessions = server.sessions();

    const session = await sessions.accept();
    assertEquals(server.stats.queued, 2);
    assertEquals(server.stats.queuedBytes, 2);
    assertEquals(text((await session.receive())?.data ?? bytes("")), "2");
    await assertRejects(() => server.receive(), Deno.errors.Busy);
    await assertRejects(
      () => server.read(new Uint8Array(1)),
      Deno.errors.Busy,
    );
    assertThrows(() => server.sessions(), Deno.errors.Busy);
  });

  test("accept() has limits, and options have bounds", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    assertThrows(() => server.sessions({ maxSessions: 0 }), RangeError);
    assertThrows(() => server.sessions({ maxQueuedBytes: -1 }), RangeError);
    assertThrows(() => server.sessions({ idleTimeout: -1 }), RangeError);
    using sessions = server.sessions({ idleTimeout: Infinity });

    await assertTimeout(sessions.accept({ timeout: 1 }));
    await assertRejects(() => sessions.accept({ timeout: -1 }), RangeError);
    const signal = AbortSignal.abort(new RangeError("Stopped by the test"));
    await assertRejects(() => sessions.accept({ signal }), RangeError);
  });

  test("a session that nobody accepts in time is dropped and counted", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using sessions = server.sessions({ idleTimeout: 1 });
    await client.writeString("hello");
    await until(() => server.stats.dropped === 1);

    assertEquals(sessions.size, 0);
    await assertTimeout(sessions.accept({ timeout: 0 }));
  });

  test("a full queue of a session is its own", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend, maxQueued: 2 });
    using one = await dialUdp(server.addr, { backend });
    using two = await dialUdp(server.addr, { backend });
    using sessions = server.sessions();
    await two.writeString("quiet");
    for (const word of "1234") await one.writeString(word);
    const quiet = await sessions.accept();
    const loud = await sessions.accept();
    await until(() => server.stats.dropped === 2);

    assertEquals(text((await loud.receive())?.data ?? bytes("")), "3");
    assertEquals(text((await loud.receive())?.data ?? bytes("")), "4");
    assertEquals(text((await quiet.receive())?.data ?? bytes("")), "quiet");
  });

  test("sessions keep to maxReplyRatio", async () => {
    using server = await listenUdp("127.0.0.1:0", {
      backend,
      maxReplyRatio: 2,
    });
    using client = await dialUdp(server.addr, { backend });
    using sessions = server.sessions();
    await client.writeString("1234");
    const session = await sessions.accept();

    await assertRejects(
      () => session.write(new Uint8Array(9)),
      ReplyRefusedError,
    );
    const writer = session.writable.getWriter();
    await writer.write(new Uint8Array(9));
    await writer.write(new Uint8Array(8));
    assertEquals((await client.receive()).data.length, 8);
    assertEquals(server.stats.refused, 2);
  });
}
