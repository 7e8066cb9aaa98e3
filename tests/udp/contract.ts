import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { ClosedError, dialUdp, listenUdp } from "@vnet/net/udp";
import { assertTimeout } from "./support/_asserts.ts";
import {
  type Backend,
  bytes,
  canBind,
  isGranted,
  makePair,
  text,
  turn,
  until,
} from "./support/_support.ts";

/** Registers what has to hold for a connection on either back end. */
export function testContract(backend: Backend): void {
  const test = (name: string, fn: () => Promise<void>, ignore = false) =>
    Deno.test({ name: `${name} (${backend})`, fn, ignore });

  test("receive() gives the bytes and the sender of a datagram", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    assertEquals(await client.writeString("hello"), 5);

    const { data, addr, truncated } = await server.receive();

    assertEquals(text(data), "hello");
    assertEquals(addr, client.addr);
    assertEquals(truncated, false);
    assertEquals(server.backend, backend);
  });

  test("read() fills the caller's buffer and tells the length", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("hello");
    const buffer = new Uint8Array(8);

    assertEquals(await server.read(buffer), [5, client.addr, false]);
    assertEquals(buffer, new Uint8Array([...bytes("hello"), 0, 0, 0]));
  });

  test("read() flags and counts a datagram longer than the buffer", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("hello");
    await client.writeString("next");
    const buffer = new Uint8Array(3);

    assertEquals(await server.read(buffer), [3, client.addr, true]);
    assertEquals(text(buffer), "hel");
    assertEquals(server.stats.truncated, 1);
    assertEquals(text((await server.receive()).data), "next");
  });

  test("read() flags a queued datagram longer than the buffer", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const [first, second] = [server.receive(), server.receive()];
    for (const word of ["a", "b", "hello"]) await client.writeString(word);
    await first;
    await second;
    await until(() => server.stats.queued === 1);

    const buffer = new Uint8Array(3);
    assertEquals(await server.read(buffer), [3, client.addr, true]);
    assertEquals(server.stats.truncated, 1);
  });

  test("read() into an empty buffer takes a datagram", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("one");
    await client.writeString("two");

    const [length, , truncated] = await server.read(new Uint8Array(0));

    assertEquals([length, truncated], [0, true]);
    assertEquals(text((await server.receive()).data), "two");
  });

  test("an empty datagram arrives", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    assertEquals(await client.write(new Uint8Array(0)), 0);

    assertEquals((await server.receive()).data, new Uint8Array(0));
    assertEquals([client.stats.sent, server.stats.received], [1, 1]);
  });

  test("65,507 bytes arrive whole", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const data = Uint8Array.from({ length: 65_507 }, (_, index) => index);
    assertEquals(await client.write(data), 65_507);

    const datagram = await server.receive();

    assertEquals(datagram.data, data);
    assertEquals(datagram.truncated, false);
  });

  test("65,508 bytes are a RangeError that tells the limit", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const data = new Uint8Array(65_508);

    await assertRejects(
      () => client.write(data),
      RangeError,
      "expected at most 65507",
    );
    await assertRejects(() => client.writeTo(server.addr, data), RangeError);
    assertEquals(client.stats.sent, 0);
  });

  test("maxDatagramSize cuts longer datagrams and flags them", async () => {
    using server = await listenUdp("127.0.0.1:0", {
      backend,
      maxDatagramSize: 4,
    });
    using client = await dialUdp(server.addr, { backend });
    await client.writeString("1234");
    await client.writeString("12345");

    const fits = await server.receive();
    const cut = await server.receive();

    assertEquals([text(fits.data), fits.truncated], ["1234", false]);
    assertEquals([text(cut.data), cut.truncated], ["1234", true]);
    assertEquals(server.stats.truncated, 1);
  });

  test("writeTo() takes strings, objects and a datagram's addr", async () => {
    using a = await listenUdp("127.0.0.1:0", { backend });
    using b = await listenUdp("127.0.0.1:0", { backend });
    const { hostname, port } = b.addr;

    await a.writeTo(`${hostname}:${port}`, bytes("1"));
    await a.writeTo(`${hostname}:${port}`, bytes("2"));
    await a.writeTo({ hostname, port }, bytes("3"));
    await a.writeTo({ port }, bytes("4"));
    await a.writeToString(`:${port}`, "5");
    await a.writeToString(`localhost:${port}`, "6");
    await a.writeToString(`localhost:${port}`, "7");

    for (const expected of "1234567") {
      const { data, addr } = await b.receive();
      assertEquals(text(data), expected);
      await b.writeTo(addr, data);
      assertEquals(text((await a.receive()).data), expected);
    }
  });

  test("a datagram is copied out at its true size, and is the caller's", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    for (const word of ["aaaa", "bb", "cccccc"]) await client.writeString(word);

    const datagrams = [];
    for (let count = 0; count < 3; count++) {
      datagrams.push((await server.receive()).data);
    }
    datagrams[1]?.fill(0);

    assertEquals(datagrams.map((data) => data.length), [4, 2, 6]);
    assertEquals(datagrams[0], bytes("aaaa"));
    assertEquals(datagrams[2], bytes("cccccc"));
  });

  test("calls that overlap get datagrams in the order asked", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const buffer = new Uint8Array(1);
    const pending = [
      server.receive(),
      server.read(buffer),
      server.receive(),
      server.receive(),
    ] as const;
    for (const word of "1234") await client.writeString(word);

    assertEquals(text((await pending[0]).data), "1");
    await pending[1];
    assertEquals(text(buffer), "2");
    assertEquals(text((await pending[2]).data), "3");
    assertEquals(text((await pending[3]).data), "4");
  });

  test("writes that overlap go out in the order asked", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const words = Array.from({ length: 50 }, (_, index) => `word ${index}`);

    await Promise.all(words.map((word) => client.writeString(word)));

    for (const word of words) {
      assertEquals(text((await server.receive()).data), word);
    }
  });

  test("3,000 datagrams of a pacing sender arrive in order, none lost", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const total = 3000;
    let seen = 0;
    const receiving = (async () => {
      for await (const { data } of server) {
        assertEquals(
          new DataView(data.buffer, data.byteOffset).getUint32(0),
          seen,
        );
        if (++seen === total) return;
      }
    })();
    const data = new Uint8Array(64);
    for (let index = 0; index < total; index++) {
      new DataView(data.buffer).setUint32(0, index);
      await client.write(data);
      if (index % 32 === 31) await until(() => seen > index - 32);
    }
    await receiving;

    assertEquals(seen, total);
    assertEquals(server.stats.received, total);
    assertEquals(server.stats.dropped, 0);
    assertEquals(client.stats.sent, total);
  });

  test("a burst during a busy moment waits in the queue, in order", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("first");
    await server.receive();

    // Ten times what the system's buffer holds, while nobody receives.
    for (let index = 0; index < 900; index++) {
      await client.writeString(String(index).padEnd(1000));
      if (index % 20 === 19) {
        await until(() => server.stats.queued > index - 20);
      }
    }

    await until(() => server.stats.queued === 900);
    for (let index = 0; index < 900; index++) {
      const { data } = await server.receive({ timeout: 0 });
      assertEquals(Number(text(data)), index);
    }
    assertEquals(server.stats.queuedBytes, 0);
  });

  test("a full queue drops the oldest and counts them", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend, maxQueued: 3 });
    using client = await dialUdp(server.addr, { backend });
    await client.writeString("first");
    await server.receive();

    for (const word of "12345") await client.writeString(word);
    await until(() => server.stats.received === 6);

    assertEquals(server.stats.dropped, 2);
    for (const word of "345") {
      assertEquals(text((await server.receive()).data), word);
    }
  });

  test("a full queue drops the newest if told so", async () => {
    using server = await listenUdp("127.0.0.1:0", {
      backend,
      maxQueuedBytes: 6,
      overflow: "newest",
    });
    using client = await dialUdp(server.addr, { backend });
    await client.writeString("first");
    await server.receive();

    for (const word of ["111", "222", "333"]) await client.writeString(word);
    await until(() => server.stats.received === 4);

    assertEquals(server.stats.dropped, 1);
    assertEquals(server.stats.queuedBytes, 6);
    assertEquals(text((await server.receive()).data), "111");
    assertEquals(text((await server.receive()).data), "222");
  });

  test("of a burst of 5,000 × 1 kB every datagram is accounted for", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const data = new Uint8Array(1000);
    for (let index = 0; index < 5000; index++) await client.write(data);
    let seen = 0;
    const receiving = (async () => {
      for await (const datagram of server) {
        if (datagram.data.length === 1) return;
        seen++;
      }
    })();
    let isOver = false;
    receiving.finally(() => isOver = true);
    // The end is told until there is room for that in the system's buffer.
    while (!isOver) {
      await client.write(new Uint8Array(1));
      await turn();
    }
    await receiving;

    const { sent } = client.stats;
    const { received, dropped } = server.stats;
    assert(seen > 0 && seen <= received - dropped);
    const drops = await server.kernelDrops();
    const isTold = Deno.build.os === "linux" &&
      isGranted("read", "write", "run", "sys");
    assertEquals(drops !== undefined, isTold);
    if (drops === undefined) return;
    // Ends that came late may be on their way still.
    await until(() => server.stats.received + drops >= sent);
    assertEquals(server.stats.received + drops, sent);
  });

  test("a timed-out read loses nothing: V's late packet", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    server.setReadTimeout(20);
    const late = new Uint8Array(100);
    await assertTimeout(server.read(late));

    await client.writeString("a late datagram");
    server.setReadTimeout(Infinity);
    const buffer = new Uint8Array(100);
    const [length] = await server.read(buffer);

    assertEquals(length, 15);
    assertEquals(text(buffer.subarray(0, length)), "a late datagram");
    assertEquals(late, new Uint8Array(100));
  });

  test("an aborted receive rejects with the reason and loses nothing", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const controller = new AbortController();
    const reason = new Error("Enough of waiting");
    const { signal } = controller;
    const pending = [server.receive({ signal }), server.receive()] as const;
    controller.abort(reason);

    assertStrictEquals(await assertRejects(() => pending[0]), reason);
    assertStrictEquals(
      await assertRejects(() => server.receive({ signal })),
      reason,
    );
    await client.writeString("for the second");
    assertEquals(text((await pending[1]).data), "for the second");
  });

  test("a timeout of 0 takes what is there, or else times out", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await assertTimeout(server.receive({ timeout: 0 }));
    const first = server.receive();
    for (const word of "12") await client.writeString(word);
    await first;
    await until(() => server.stats.queued === 1);

    assertEquals(text((await server.receive({ timeout: 0 })).data), "2");
    await assertTimeout(server.receive({ timeout: 0 }));
  });

  test("a timeout of 0 finds what came before anyone listened", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    await client.writeString("early");
    // One back end takes it from the system by itself, the other when asked.
    if (backend === "node") await until(() => server.stats.queued === 1);

    assertEquals(text((await server.receive({ timeout: 0 })).data), "early");
  });

  test("a read deadline ends the call that waits, a later one revives", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const pending = server.receive();
    server.setReadDeadline(Date.now());
    await assertTimeout(pending);
    await client.writeString("hello");
    await assertTimeout(server.receive());
    await assertTimeout(server.read(new Uint8Array(5)));

    const later = new Date(Date.now() + 60_000);
    server.setReadDeadline(later);
    assertEquals(server.readDeadline, later);
    assertEquals(text((await server.receive()).data), "hello");
    server.setReadDeadline(undefined);
    assertEquals(server.readDeadline, undefined);
  });

  test("a passed write deadline, a timeout and an abort send nothing", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    client.setWriteDeadline(Date.now() - 1);
    const error = await assertTimeout(client.writeString("never"));
    assertEquals(Reflect.get(error, "bytesWritten"), 0);
    client.setWriteDeadline(undefined);
    const signal = AbortSignal.abort(new Error("Not any more"));
    await assertRejects(
      () => client.writeString("never", { signal }),
      Error,
      "Not any more",
    );
    await assertTimeout(client.writeString("never", { deadline: 0 }));

    client.setWriteTimeout(10_000);
    assertEquals(client.writeTimeout, 10_000);
    assertEquals([client.readTimeout, client.writeDeadline], [
      Infinity,
      undefined,
    ]);
    await client.writeString("now", { timeout: 5000, signal: undefined });
    assertEquals(text((await server.receive()).data), "now");
    assertEquals(client.stats.sent, 1);
  });

  test("limits that are not valid are refused before anything happens", async () => {
    using pair = await makePair(backend);
    const { server } = pair;

    await assertRejects(() => server.receive({ timeout: -1 }), RangeError);
    await assertRejects(() => server.receive({ deadline: NaN }), RangeError);
    await assertRejects(
      () => server.writeToString(":9", "", { timeout: NaN }),
      RangeError,
    );
    assertThrows(() => server.setReadTimeout(-1), RangeError);
    assertThrows(() => server.setDeadline(NaN), RangeError);
  });

  test("the caller may reuse its buffer once write() has settled", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const data = bytes("before");
    const controller = new AbortController();
    const { signal } = controller;
    const writing = client.write(data, { signal });
    controller.abort();
    const error = await assertRejects(() => writing, DOMException);
    data.fill(0);
    await client.writeString("next");

    // It was with the system already, and so it goes out as it was.
    assertEquals(Reflect.get(error, "bytesWritten"), 6);
    assertEquals(text((await server.receive()).data), "before");
    assertEquals(text((await server.receive()).data), "next");
  });

  test("close() rejects all that waits, and is the end of everything", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const pending = [
      server.receive(),
      server.read(new Uint8Array(1)),
      server.writeTo(client.addr, new Uint8Array(1)),
    ];
    server.close();
    server.close();

    for (const call of pending) await assertRejects(() => call, ClosedError);
    for (
      const call of [
        () => server.receive(),
        () => server.receive({ timeout: 0 }),
        () => server.read(new Uint8Array(1)),
        () => server.writeToString(client.addr, "late"),
        () => server.writeToString("nonsense", "late"),
        () => server.joinMulticast("239.1.2.3"),
        () => server.kernelDrops(),
      ]
    ) await assertRejects(call, ClosedError, "the connection is closed");
    assertThrows(() => server.setBroadcast(true), ClosedError);
    assertThrows(() => server.sessions(), ClosedError);
    assertThrows(() => server.setReceiveBufferSize(1), ClosedError);
    server.ref();
    server.unref();
  });

  test("close() drops what is queued", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const first = server.receive();
    for (const word of "12") await client.writeString(word);
    await first;
    await until(() => server.stats.queued === 1);
    server.close();

    await assertRejects(() => server.receive(), ClosedError);
    assertEquals(server.stats.queued, 0);
  });

  test("a dialled connection talks with its peer only", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using stranger = await listenUdp("127.0.0.1:0", { backend });
    const waiting = client.receive();
    await stranger.writeToString(client.addr, "let me in");
    await until(() => client.stats.filtered === 1);
    await server.writeToString(client.addr, "welcome");

    const { data, addr } = await waiting;
    assertEquals(text(data), "welcome");
    assertEquals(addr, server.addr);
    assertEquals(client.stats.received, 1);
    await assertRejects(
      () => client.writeToString(stranger.addr, "hello"),
      TypeError,
      "the connection was dialled to",
    );
    await client.writeToString(server.addr, "hello");
    assertEquals(text((await server.receive()).data), "hello");
  });

  test("write() without a peer says what would do", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });

    await assertRejects(
      () => server.writeString("hello"),
      TypeError,
      "expected writeTo(), or a connection made by dialUdp()",
    );
  });

  test("data, text and buffers of a wrong type are TypeErrors", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const wrong = 5 as never;

    await assertRejects(() => client.write(wrong), TypeError);
    await assertRejects(() => client.writeString(wrong), TypeError);
    await assertRejects(() => server.writeTo(client.addr, wrong), TypeError);
    await assertRejects(() => server.writeTo("a.b:1", wrong), TypeError);
    await assertRejects(() => server.writeToString(":1", wrong), TypeError);
    await assertRejects(() => server.read(wrong), TypeError);
    await assertRejects(() => server.writeToString(wrong, ""), TypeError);
  });

  test("addresses and ports are checked before anything is sent", async () => {
    using conn = await listenUdp("127.0.0.1:0", { backend });
    const send = (address: string) => conn.writeToString(address, "hello");

    await assertRejects(() => send("127.0.0.1:70000"), RangeError, "70000");
    await assertRejects(() => send("127.0.0.1:0"), RangeError, "port from 1");
    await assertRejects(() => send("localhost:0"), RangeError, "port from 1");
    await assertRejects(() => send("127.0.0.1"), SyntaxError, "host:port");
    await assertRejects(
      () => conn.writeToString({ hostname: "127.0.0.1", port: NaN }, ""),
      RangeError,
    );
    await assertRejects(
      () => conn.writeToString({} as never, ""),
      TypeError,
    );
    await assertRejects(
      () => send("[::1]:9"),
      TypeError,
      'expected an IPv4 address, or a connection bound to an address such as "[::]:0"',
    );
    await assertRejects(
      () => conn.writeTo("localhost:9", new Uint8Array(65_508)),
      RangeError,
      "Cannot send 65508 bytes to 127.0.0.1:9",
    );
    assertEquals(conn.stats.sent, 0);
    await assertRejects(() => dialUdp("127.0.0.1:0", { backend }), RangeError);
    await assertRejects(
      () => dialUdp("127.0.0.1:0", "[::1]:9", { backend }),
      TypeError,
      "expected an IPv4 address",
    );
  });

  test("a name that does not exist is NotFound", async () => {
    using conn = await listenUdp("127.0.0.1:0", { backend });

    await assertRejects(
      () => conn.writeToString("nobody.invalid:9", "hello"),
      Deno.errors.NotFound,
      'Cannot look up "nobody.invalid"',
    );
    await assertRejects(
      () => dialUdp("nobody.invalid:9", { backend }),
      Deno.errors.NotFound,
    );
    await assertRejects(
      () => listenUdp("nobody.invalid:9", { backend }),
      Deno.errors.NotFound,
    );
  });

  test("a look-up lets others pass, and ends for who gives up", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const named = server.writeToString(`localhost:${client.addr.port}`, "2");
    const numeric = server.writeToString(client.addr, "1");
    await numeric;
    await named;
    assertEquals(text((await client.receive()).data), "1");
    assertEquals(text((await client.receive()).data), "2");

    const controller = new AbortController();
    const { signal } = controller;
    const aborted = assertRejects(
      () => server.writeToString("localhost:9", "never", { signal }),
      RangeError,
    );
    const shared = server.writeToString("localhost:9", "sent");
    controller.abort(new RangeError("Not there"));
    await aborted;
    await shared;
    assertEquals(server.stats.sent, 3);
  });

  test("listenUdp() reports a taken address as AddrInUse", async () => {
    using conn = await listenUdp("127.0.0.1:0", { backend });
    const { port } = conn.addr;

    const error = await assertRejects(
      () => listenUdp(conn.addr, { backend }),
      Deno.errors.AddrInUse,
      `Cannot listen on 127.0.0.1:${port}`,
    );
    assertInstanceOf(error.cause, Error);
    await assertRejects(
      () => dialUdp(conn.addr, "127.0.0.1:9", { backend }),
      Deno.errors.AddrInUse,
      "Cannot dial 127.0.0.1:9",
    );
  });

  test("listenUdp() reports an address of another machine", async () => {
    await assertRejects(
      () => listenUdp("203.0.113.1:0", { backend }),
      Deno.errors.AddrNotAvailable,
      "Cannot listen on 203.0.113.1:0",
    );
  });

  test("reuseAddress lets two connections share a port", async () => {
    const options = { backend, reuseAddress: true } as const;
    using first = await listenUdp("127.0.0.1:0", options);
    using second = await listenUdp(first.addr, options);

    assertEquals(second.addr, first.addr);
  });

  test("listenUdp() takes a port, and a name", async () => {
    using any = await listenUdp(0, { backend });
    using named = await listenUdp("localhost:0", { backend });

    assertEquals(any.addr.hostname, "0.0.0.0");
    assertEquals(named.addr.hostname, "127.0.0.1");
    assertEquals(String(named), `UdpConn(127.0.0.1:${named.addr.port})`);
    assertEquals(named.peerAddr, undefined);
  });

  test("dialUdp() takes two addresses, and binds near the peer", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    using one = await dialUdp(server.addr, { backend });
    using two = await dialUdp("127.0.0.1:0", server.addr, { backend });
    using three = await dialUdp(0, `localhost:${server.addr.port}`, {
      backend,
    });
    using far = await dialUdp("192.0.2.1:9", { backend });

    assertEquals(one.addr.hostname, "127.0.0.1");
    assertEquals(two.remoteAddr, server.addr);
    assertEquals(three.peerAddr, server.addr);
    assertEquals(far.addr.hostname, "0.0.0.0");
    await three.writeString("hello");
    const { addr, data } = await server.receive();
    assertEquals(addr.port, three.addr.port);
    await server.writeTo(addr, data);
    assertEquals(text((await three.receive()).data), "hello");
  });

  test("the limits of dialUdp() and listenUdp() are those of others", async () => {
    const signal = AbortSignal.abort(new RangeError("Stopped by the test"));
    await assertRejects(
      () => dialUdp("127.0.0.1:9", { backend, signal }),
      RangeError,
    );
    await assertRejects(
      () => listenUdp("127.0.0.1:0", { backend, signal }),
      RangeError,
    );
    await assertTimeout(listenUdp("127.0.0.1:0", { backend, deadline: 0 }));
    await assertTimeout(dialUdp("127.0.0.1:9", { backend, deadline: 0 }));
  });

  test("options out of bounds are refused", async () => {
    for (
      const options of [
        { maxQueued: -1 },
        { maxQueuedBytes: NaN },
        { maxDatagramSize: 0 },
        { maxDatagramSize: 65_528 },
        { maxReplyRatio: -1 },
      ]
    ) {
      await assertRejects(
        () => listenUdp("127.0.0.1:0", { backend, ...options }),
        RangeError,
      );
    }
    await assertRejects(
      () => listenUdp("127.0.0.1:0", { overflow: "both" as never }),
      TypeError,
    );
    await assertRejects(
      () => listenUdp("127.0.0.1:0", { backend: "other" as never }),
      TypeError,
    );
  });

  test("IPv6 addresses work", async () => {
    using server = await listenUdp("[::1]:0", { backend });
    using client = await dialUdp(server.addr, { backend });
    assertEquals(client.addr.hostname, "::1");
    const data = new Uint8Array(65_527).fill(1);
    await client.write(data);
    await assertRejects(
      () => client.write(new Uint8Array(65_528)),
      RangeError,
      `Cannot send 65528 bytes to [::1]:${server.addr.port}`,
    );

    const datagram = await server.receive();
    assertEquals(datagram.data.length, 65_527);
    await server.writeToString(`[0:0::1]:${client.addr.port}`, "back");
    assertEquals(text((await client.receive()).data), "back");
    await assertRejects(
      () => server.writeToString("127.0.0.1:9", "hello"),
      TypeError,
      "expected an IPv6 address",
    );
  }, !canBind("::1"));

  test("a dual-stack connection talks with IPv4 and IPv6", async () => {
    using server = await listenUdp("[::]:0", { backend });
    const { port } = server.addr;
    using four = await dialUdp(`127.0.0.1:${port}`, { backend });
    using six = await dialUdp(`[::1]:${port}`, { backend });
    await four.writeString("four");
    const first = await server.receive();
    assertEquals(first.addr.hostname, "::ffff:127.0.0.1");
    await server.writeTo(first.addr, first.data);
    await server.writeToString(`127.0.0.1:${four.addr.port}`, "again");
    assertEquals(text((await four.receive()).data), "four");
    assertEquals(text((await four.receive()).data), "again");
    await six.writeString("six");
    const second = await server.receive();
    assertEquals(second.addr, six.addr);
    await assertRejects(
      () => server.writeTo(first.addr, new Uint8Array(65_508)),
      RangeError,
    );

    using peer = await listenUdp("127.0.0.1:0", { backend });
    using dual = await dialUdp("[::]:0", peer.addr, { backend });
    await dual.writeString("ping");
    await peer.writeTo((await peer.receive()).addr, bytes("pong"));
    assertEquals(text((await dual.receive()).data), "pong");
  }, !canBind("::1") || Deno.build.os === "windows");

  test("to send to a port where nobody listens is no error", async () => {
    using conn = await dialUdp("127.0.0.1:9", { backend });
    await conn.writeString("anybody there?");
    await assertTimeout(conn.receive({ timeout: 1 }));
    assertEquals(await conn.writeString("nobody"), 6);
  });

  test("the system's refusal names the target", async () => {
    // From an address of loopback nothing goes to other machines.
    using conn = await listenUdp("127.0.0.1:0", { backend });
    const error = await assertRejects(
      () => conn.writeToString("192.0.2.77:9", "hello"),
      Error,
      "Cannot send to 192.0.2.77:9",
    );
    assertInstanceOf(error.cause, Error);
    assertEquals(Reflect.get(error, "bytesWritten"), 0);
  }, Deno.build.os !== "linux");

  test("the broadcast address takes setBroadcast(true)", async () => {
    using conn = await listenUdp("127.0.0.1:0", { backend });
    const send = () => conn.writeToString("255.255.255.255:9", "hello");
    await assertRejects(
      send,
      Deno.errors.PermissionDenied,
      "expected setBroadcast(true) before",
    );
    conn.setBroadcast(true);
    conn.setBroadcast(false);
    await assertRejects(send, Deno.errors.PermissionDenied);
  });

  test("a broadcast reaches whoever listens at the port", async () => {
    using receiver = await listenUdp("0.0.0.0:0", { backend });
    using sender = await listenUdp("0.0.0.0:0", { backend, broadcast: true });
    const { port } = receiver.addr;

    await sender.writeToString(`127.255.255.255:${port}`, "to all");

    assertEquals(text((await receiver.receive()).data), "to all");
  }, Deno.build.os !== "linux");

  test("the system's buffer sizes can't be set, and the error says why", async () => {
    using conn = await listenUdp("127.0.0.1:0", { backend });

    assertThrows(
      () => conn.setReceiveBufferSize(1 << 20),
      Deno.errors.NotSupported,
      "sysctl net.core.rmem_default",
    );
    assertThrows(
      () => conn.setSendBufferSize(1 << 20),
      Deno.errors.NotSupported,
      "sysctl net.core.wmem_default",
    );
  });
}
